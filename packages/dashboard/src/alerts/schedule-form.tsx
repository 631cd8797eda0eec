import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core'
import { isClientError } from '@assay/client'
import { environments, NANO_USD_PER_USD, type Schedule } from '@assay/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useChange } from '../app/change.ts'
import { client } from '../app/server.ts'
import { Problem } from '../panel/problem.tsx'
import { words } from '../words.ts'
import classes from '../vault/vault.module.css'
import own from './alerts.module.css'
import { NextRuns } from './next-runs.tsx'
import { alertQueries } from './queries.ts'
import { text as everyText } from './words.ts'

const text = everyText.schedules
const whiches = ['all', 'tag', 'named'] as const
type Which = (typeof whiches)[number]

const zones = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]

/** Adds a schedule or changes one; what is written is shown as its next three runs at once. */
export const ScheduleForm = ({ schedule, onDone }: { schedule: Schedule | null; onDone: () => void }) => {
  const [name, setName] = useState(schedule?.name ?? '')
  const [cron, setCron] = useState(schedule?.cron ?? '30 2 * * *')
  const [timeZone, setTimeZone] = useState(schedule?.timeZone ?? 'UTC')
  const [which, setWhich] = useState<Which>(whichOf(schedule))
  const [tag, setTag] = useState(schedule?.tag ?? '')
  const [testIds, setTestIds] = useState<string[]>(schedule?.testIds ?? [])
  const [environment, setEnvironment] = useState<Schedule['environment']>(schedule?.environment ?? 'production')
  const [dollars, setDollars] = useState(String((schedule?.dailyBudgetNanoUsd ?? NANO_USD_PER_USD) / NANO_USD_PER_USD))
  const preview = useQuery(alertQueries.preview(useSettled({ cron: cron.trim(), timeZone })))
  const problems = problemsOf(preview.error)
  const save = useChange({
    touched: ['runs'],
    change: () => {
      const body = {
        name: name.trim(),
        cron: cron.trim(),
        timeZone,
        tag: which === 'tag' ? tag.trim() : null,
        testIds: which === 'named' ? testIds : [],
        environment,
        dailyBudgetNanoUsd: Math.round(Number(dollars) * NANO_USD_PER_USD),
      }
      return schedule === null
        ? client.createSchedule({ body })
        : client.updateSchedule({ params: { id: schedule.id }, body })
    },
    said: (saved) => (schedule === null ? text.added(saved.name) : text.changed(saved.name)),
    onDone,
  })
  return (
    <form
      className={classes['form']}
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate(undefined)
      }}
    >
      <TextInput
        label={text.name}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
        required
        maxLength={80}
      />
      <TextInput
        label={text.cron}
        description={text.cronHint}
        value={cron}
        error={problems.get('cron')}
        onChange={({ currentTarget }) => setCron(currentTarget.value)}
        required
        spellCheck={false}
      />
      <NativeSelect
        label={text.zone}
        value={timeZone}
        error={problems.get('timeZone')}
        onChange={({ currentTarget }) => setTimeZone(currentTarget.value)}
        data={zones.includes(timeZone) ? zones : [timeZone, ...zones]}
      />
      <div className={own['preview']} aria-live="polite">
        {preview.data && !preview.error && <NextRuns times={preview.data.next} timeZone={timeZone} />}
      </div>
      <NativeSelect
        label={text.which}
        value={which}
        onChange={({ currentTarget }) => setWhich(whiches.find((one) => one === currentTarget.value) ?? 'all')}
        data={whiches.map((value) => ({ value, label: text.whichOf[value] }))}
      />
      {which === 'tag' && (
        <TextInput
          label={text.tag}
          value={tag}
          onChange={({ currentTarget }) => setTag(currentTarget.value)}
          required
          maxLength={64}
        />
      )}
      {which === 'named' && <ChosenTests chosen={testIds} onChange={setTestIds} />}
      <div className={classes['pair']}>
        <NativeSelect
          label={text.environment}
          description={text.environmentHint}
          value={environment}
          onChange={({ currentTarget }) =>
            setEnvironment(environments.find((one) => one === currentTarget.value) ?? 'production')
          }
          data={environments.map((value) => ({ value, label: words.environments[value] }))}
        />
        <TextInput
          label={text.budget}
          description={text.budgetHint}
          type="number"
          min={0}
          step="any"
          value={dollars}
          onChange={({ currentTarget }) => setDollars(currentTarget.value)}
          required
        />
      </div>
      {save.error && <Problem title={text.notSaved} error={save.error} />}
      <Button
        type="submit"
        size="sm"
        loading={save.isPending}
        disabled={preview.error !== null || (which === 'named' && testIds.length === 0)}
      >
        {schedule === null ? text.add : text.save}
      </Button>
    </form>
  )
}

const ChosenTests = ({ chosen, onChange }: { chosen: string[]; onChange: (ids: string[]) => void }) => {
  const tests = useQuery(alertQueries.tests())
  if (tests.error) return <Problem error={tests.error} onRetry={() => void tests.refetch()} />
  const items = tests.data?.items.filter(({ id, state }) => state !== 'retired' || chosen.includes(id)) ?? []
  if (tests.data && items.length === 0) return <p>{text.noTests}</p>
  return (
    <Checkbox.Group label={text.tests} value={chosen} onChange={onChange}>
      <div className={own['tests']}>
        {items.map(({ id, name }) => (
          <Checkbox key={id} value={id} label={name} mt="xs" />
        ))}
      </div>
    </Checkbox.Group>
  )
}

const whichOf = (schedule: Schedule | null): Which => {
  if (schedule === null) return 'all'
  if (schedule.testIds.length > 0) return 'named'
  return schedule.tag === null ? 'all' : 'tag'
}

const SETTLED_MS = 250

/** What is written once the hand rests. */
const useSettled = <Value extends object>(value: Value): Value => {
  const [settled, setSettled] = useState(value)
  const key = JSON.stringify(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(JSON.parse(key) as Value), SETTLED_MS)
    return () => clearTimeout(timer)
  }, [key])
  return settled
}

/** What the server says of each field, by its name. */
const problemsOf = (error: unknown): Map<string, string> => {
  if (!isClientError(error)) return new Map()
  const { issues } = error.details
  if (!Array.isArray(issues)) return new Map([['cron', error.message]])
  return new Map(
    (issues as { path: string; message: string }[]).map(({ path, message }) => [path.split('.').at(-1)!, message]),
  )
}
