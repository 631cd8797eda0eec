import { Button, Popover, TextInput } from '@mantine/core'
import type { Run } from '@assay/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { client } from '../app/server.ts'
import { useToast } from '../app/toast.tsx'
import { words } from '../words.ts'
import classes from './suite.module.css'

/** What can be done with a run: end it while it goes on, keep it as a baseline when it has ended. */
export const RunActions = ({ run }: { run: Run }) =>
  run.status === 'queued' || run.status === 'running' ? <Cancel run={run} /> : <Baseline run={run} />

/** A change of a run: what came of it is said, and what is shown is read again. */
const useRunChange = <Given,>(change: (given: Given) => Promise<Run>, told: (run: Run) => string) => {
  const queryClient = useQueryClient()
  const say = useToast()
  return useMutation({
    mutationFn: change,
    onSuccess: (run) => {
      say(told(run))
      void queryClient.invalidateQueries({ queryKey: ['runs'] })
    },
    onError: (error) => say(error.message, 'bad'),
  })
}

const Cancel = ({ run: { id } }: { run: Run }) => {
  const cancel = useRunChange(
    () => client.cancelRun({ params: { id } }),
    () => words.run.cancelled,
  )
  return (
    <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate(undefined)}>
      {words.run.cancel}
    </Button>
  )
}

const Baseline = ({ run: { id, baselineOf } }: { run: Run }) => {
  const [isOpen, setIsOpen] = useState(false)
  const [name, setName] = useState(baselineOf ?? 'main')
  const keep = useRunChange(
    (wanted: string | null) => client.updateRun({ params: { id }, body: { baselineOf: wanted } }),
    (run) => {
      setIsOpen(false)
      return run.baselineOf === null ? words.run.noBaseline : words.run.isBaseline(run.baselineOf)
    },
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    keep.mutate(name.trim())
  }
  return (
    <Popover opened={isOpen} onChange={setIsOpen} position="bottom-end" trapFocus returnFocus withinPortal={false}>
      <Popover.Target>
        <Button variant="default" onClick={() => setIsOpen(!isOpen)} aria-expanded={isOpen}>
          {words.run.keepAsBaseline}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={words.run.keepAsBaseline}>
        <form onSubmit={submit} className={classes['baseline']}>
          <TextInput
            size="xs"
            label={words.run.baselineName}
            description={words.run.baselineHint}
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
            pattern="[A-Za-z0-9][A-Za-z0-9._\-]{0,99}"
            title={words.run.baselineRule}
            required
          />
          <div>
            <Button type="submit" size="xs" loading={keep.isPending}>
              {words.run.keep}
            </Button>
            {baselineOf !== null && (
              <Button size="xs" variant="default" onClick={() => keep.mutate(null)}>
                {words.run.letGo}
              </Button>
            )}
          </div>
        </form>
      </Popover.Dropdown>
    </Popover>
  )
}
