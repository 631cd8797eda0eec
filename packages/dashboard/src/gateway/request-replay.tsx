import { Button, TextInput } from '@mantine/core'
import { formatUsd, textChanges, type Replay, type RequestDetail } from '@assay/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { client } from '../app/server.ts'
import { formatCount, formatDuration } from '../display/number.ts'
import { Unseen } from '../display/unseen.tsx'
import { Problem } from '../panel/problem.tsx'
import { words } from '../words.ts'
import { RequestStatus } from './request-status.tsx'
import classes from './request-drawer.module.css'

/** A model may think for a while; the server gives up after two minutes. */
const LONGEST_MS = 130_000

/** The same question once more, if wanted to another model, and what is different in the answer. */
export const RequestReplay = ({ request }: { request: RequestDetail }) => {
  const [model, setModel] = useState('')
  const queryClient = useQueryClient()
  const replay = useMutation({
    mutationFn: () => {
      const wanted = model.trim()
      const body = wanted === '' ? {} : { model: wanted }
      return client.replayRequest({ params: { id: request.id }, body }, { timeoutMs: LONGEST_MS })
    },
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: ['requests', 'newest'] }),
  })
  const asked = request.body?.request.model ?? request.requestModel
  return (
    <>
      <form
        className={classes['form']}
        onSubmit={(event) => {
          event.preventDefault()
          replay.mutate()
        }}
      >
        <TextInput
          size="xs"
          label={words.replay.model}
          placeholder={asked}
          value={model}
          maxLength={256}
          onChange={({ currentTarget }) => setModel(currentTarget.value)}
        />
        <Button type="submit" size="xs" loading={replay.isPending}>
          {words.replay.ask}
        </Button>
      </form>
      <p className={classes['note']}>{words.replay.costs(formatUsd(request.costNanoUsd))}</p>
      {replay.error !== null && <Problem error={replay.error} title={words.replay.failed} />}
      <output>{replay.data && <Compared replay={replay.data} />}</output>
    </>
  )
}

const Compared = ({ replay: { before, after, isSameText } }: { replay: Replay }) => (
  <div className={classes['compared']}>
    <table className={classes['rejected']}>
      <caption>{words.replay.figures}</caption>
      <thead>
        <tr>
          <th scope="col">{words.replay.answer}</th>
          <th scope="col">{words.requests.status}</th>
          <th scope="col">{words.requests.model}</th>
          <th scope="col">{words.replay.tokens}</th>
          <th scope="col">{words.request.cost}</th>
          <th scope="col">{words.request.latency}</th>
        </tr>
      </thead>
      <tbody>
        {([words.replay.before, words.replay.now] as const).map((name, index) => {
          const one = index === 0 ? before : after
          return (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                <RequestStatus status={one.status} isQuiet />
              </td>
              <td>{one.model}</td>
              <td>{one.outputTokens === null ? words.unknown : formatCount(one.outputTokens)}</td>
              <td>{formatUsd(one.costNanoUsd)}</td>
              <td>{formatDuration(one.latencyMs)}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
    {after.error && (
      <div className={classes['error']}>
        <code>{after.error.code}</code>
        <p>{after.error.message}</p>
      </div>
    )}
    {isSameText && <p>{words.replay.same}</p>}
    {!isSameText && after.answer && <Difference before={before.answer?.text ?? ''} after={after.answer.text} />}
    <Link
      from="/w/$workspace/requests"
      to="/w/$workspace/requests/$id"
      params={{ id: after.requestId }}
      search={(search) => search}
      resetScroll={false}
    >
      {words.replay.open}
    </Link>
  </div>
)

/** Both answers in one text: what went is struck out, what came is underlined, and both are said to who cannot see it. */
const Difference = ({ before, after }: { before: string; after: string }) => (
  // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so the keyboard must reach it
  <section className={classes['difference']} tabIndex={0} aria-label={words.replay.difference}>
    {textChanges(before, after).map(({ kind, text }, index) => {
      // oxlint-disable react/no-array-index-key -- a stretch is its place in the text
      if (kind === 'same') return <span key={index}>{text}</span>
      const Mark = kind === 'removed' ? 'del' : 'ins'
      return (
        <Mark key={index}>
          <Unseen>{kind === 'removed' ? words.replay.removed : words.replay.added}</Unseen>
          {text}
        </Mark>
      )
      // oxlint-enable react/no-array-index-key
    })}
  </section>
)
