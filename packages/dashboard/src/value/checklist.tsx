import { isClientError } from '@assay/client'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { queries } from '../app/queries.ts'
import { serverUrl } from '../app/server.ts'
import { Command } from '../display/command.tsx'
import { Icon } from '../display/icon.tsx'
import { Section } from '../panel/panel.tsx'
import { words } from '../words.ts'
import { checklistCommands } from './checklist-commands.ts'
import classes from './checklist.module.css'

/** The first steps in an empty workspace, each with the exact command, ticked off as they happen. */
export const Checklist = () => {
  const keys = useQuery(queries.gatewayKeys())
  const providers = useQuery(queries.credentials())
  const requests = useQuery(queries.anyRequest())
  const runs = useQuery(queries.runs())
  const groups = useInfiniteQuery(queries.failureGroups({ sort: 'lastSeen' }))
  const has = (items: readonly unknown[] | undefined) => (items?.length ?? 0) > 0
  const done = {
    // Who may not see the keys cannot know; then the step stays open.
    key: !isClientError(keys.error) && has(keys.data?.items),
    request: has(requests.data?.items),
    provider: has(providers.data?.items),
    suite: has(runs.data?.items),
    failure: has(groups.data?.pages[0]?.items),
  }
  const commands = checklistCommands(serverUrl)
  const steps = Object.keys(commands) as (keyof typeof commands)[]
  const finished = steps.filter((step) => done[step]).length
  return (
    <Section title={words.checklist.title} note={words.checklist.progress(finished, steps.length)}>
      <p className={classes['lead']}>{words.checklist.lead}</p>
      <ol className={classes['steps']}>
        {steps.map((step, index) => (
          <li key={step} data-done={done[step]}>
            <span className={classes['number']} aria-hidden="true">
              {done[step] ? <Icon name="check" size={14} /> : index + 1}
            </span>
            <div>
              <h3>
                {words.checklist.steps[step].title}
                <span className={classes['mark']}>{done[step] ? words.checklist.done : words.checklist.open}</span>
              </h3>
              <p>{words.checklist.steps[step].body}</p>
            </div>
            <Command text={commands[step]} />
          </li>
        ))}
      </ol>
    </Section>
  )
}
