import { Button, CopyButton } from '@mantine/core'
import type { ChatMessage, KeptBody, RequestDetail } from '@assay/core'
import { serverUrl } from '../app/server.ts'
import { Block, Command } from '../display/command.tsx'
import { Icon } from '../display/icon.tsx'
import { words } from '../words.ts'
import classes from './request-drawer.module.css'

/** What was asked and answered, where that is kept; else its beginning and how to keep the next one. */
export const RequestBody = ({ request: { body, promptPreview } }: { request: RequestDetail }) => {
  if (body === null) {
    return (
      <>
        <blockquote className={classes['prompt']}>{promptPreview || words.requests.noPrompt}</blockquote>
        <p className={classes['note']}>{words.request.bodies}</p>
        <Command text={words.request.keepBodies} />
      </>
    )
  }
  const { request, answer, redactions } = body
  const taken = Object.entries(redactions).map(([kind, count]) => `${count} ${kind}`)
  return (
    <>
      <ol className={classes['messages']}>
        {request.messages.map((message, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- a message is its place in the conversation
          <li key={index} data-role={message.role}>
            <h4>{words.request.roles[message.role] ?? message.role}</h4>
            <Block text={messageText(message)} />
          </li>
        ))}
        <li data-role="answer">
          <h4>{words.request.answer}</h4>
          {answer.reasoningText !== '' && (
            <details>
              <summary>{words.request.reasoning}</summary>
              <Block text={answer.reasoningText} />
            </details>
          )}
          {answer.text !== '' && <Block text={answer.text} />}
          {answer.toolCalls.map((call) => (
            <Block key={call.id} text={`${call.name}(${call.arguments})`} />
          ))}
          {answer.text === '' && answer.toolCalls.length === 0 && (
            <p className={classes['note']}>{words.request.noAnswer}</p>
          )}
        </li>
      </ol>
      <div className={classes['actions']}>
        <CopyButton value={curlOf(body)}>
          {({ copied, copy }) => (
            <Button
              size="xs"
              variant="default"
              leftSection={<Icon name={copied ? 'check' : 'copy'} size={14} />}
              onClick={copy}
            >
              {copied ? words.copied : words.request.copyCurl}
            </Button>
          )}
        </CopyButton>
        {taken.length > 0 && <p className={classes['note']}>{words.redacted(taken.join(', '))}</p>}
      </div>
    </>
  )
}

const messageText = (message: ChatMessage): string => {
  const { role: _role, content, ...others } = message
  const text = typeof content === 'string' ? content : ''
  const rest = text === '' ? { content, ...others } : others
  const more = Object.values(rest).some((value) => value !== undefined && value !== null)
  return [text, more ? JSON.stringify(rest, null, 2) : ''].filter((part) => part !== '').join('\n')
}

/** The same request as it can be sent from a shell; the key stays out of it. */
const curlOf = ({ request }: KeptBody): string =>
  `curl ${serverUrl}/v1/chat/completions -H "authorization: Bearer $ASSAY_KEY" -H 'content-type: application/json' -d '${JSON.stringify(request).replaceAll("'", String.raw`'\''`)}'`
