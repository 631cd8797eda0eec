import { Button, NativeSelect, TextInput } from '@mantine/core'
import type { BudgetWindow } from '@assay/core'
import { useState } from 'react'
import { client } from '../app/server.ts'
import { Command } from '../display/command.tsx'
import { Problem } from '../panel/problem.tsx'
import { words } from '../words.ts'
import { useKeyChange } from './change.ts'
import type { ListedKey } from './gateway-key-list.tsx'
import classes from './vault.module.css'

const text = words.providers.keys
const NANO = 1_000_000_000
const windows: readonly BudgetWindow[] = ['hour', 'day', 'month', 'total']

type Shown = { name: string; key: string }

/** Makes a key, or changes the limits of one. */
export const GatewayKeyForm = ({
  item,
  onDone,
}: {
  /** Left out: a new one is made. */
  item?: ListedKey | undefined
  onDone: (shown: Shown | null) => void
}) => {
  const [name, setName] = useState(item?.name ?? '')
  const [models, setModels] = useState(item?.allowedModels.join(', ') ?? '')
  const [rpm, setRpm] = useState(item?.rpm?.toString() ?? '')
  const [budget, setBudget] = useState(item?.budgetNanoUsd ? String(item.budgetNanoUsd / NANO) : '')
  const [window, setWindow] = useState<BudgetWindow>(item?.budgetWindow ?? 'month')
  const save = useKeyChange({
    change: async (): Promise<Shown | null> => {
      const body = {
        name: name.trim(),
        allowedModels: models
          .split(',')
          .map((glob) => glob.trim())
          .filter(Boolean),
        rpm: rpm === '' ? null : Number(rpm),
        budgetNanoUsd: budget === '' ? null : Math.round(Number(budget) * NANO),
        budgetWindow: budget === '' ? null : window,
      }
      if (!item) return client.createGatewayKey({ body })
      await client.updateGatewayKey({ params: { id: item.id }, body })
      return null
    },
    said: () => (item ? text.changed(name) : text.made(name)),
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
        maxLength={100}
      />
      <TextInput
        label={text.models}
        description={text.modelsHint}
        value={models}
        onChange={({ currentTarget }) => setModels(currentTarget.value)}
        placeholder="openai/*, sim/*"
      />
      <TextInput
        label={text.rpmLabel}
        type="number"
        min={1}
        value={rpm}
        onChange={({ currentTarget }) => setRpm(currentTarget.value)}
      />
      <div className={classes['pair']}>
        <TextInput
          label={text.budgetLabel}
          type="number"
          min={0.000001}
          step="any"
          value={budget}
          onChange={({ currentTarget }) => setBudget(currentTarget.value)}
        />
        <NativeSelect
          label={text.window}
          value={window}
          onChange={({ currentTarget }) => setWindow(windows.find((one) => one === currentTarget.value) ?? 'month')}
          data={windows.map((value) => ({ value, label: text.windows[value] }))}
        />
      </div>
      {save.error && <Problem title={text.notMade} error={save.error} />}
      <Button type="submit" size="sm" loading={save.isPending}>
        {item ? text.save : text.make}
      </Button>
    </form>
  )
}

/** The one time that a key is seen. */
export const ShownKey = ({ shown, onClose }: { shown: Shown; onClose: () => void }) => (
  <div className={classes['form']}>
    <p>{text.once(shown.name)}</p>
    <Command text={shown.key} />
    <Button size="sm" variant="default" onClick={onClose}>
      {text.kept}
    </Button>
  </div>
)
