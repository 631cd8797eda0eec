import { Button, NativeSelect, NumberInput, TextInput } from '@mantine/core'
import type { FingerprintRule, MonitorSettings } from '@assay/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { client } from '../app/server.ts'
import { Empty, PanelBody } from '../panel/panel.tsx'
import { Problem } from '../panel/problem.tsx'
import { ConfirmButton } from '../vault/confirm-button.tsx'
import { useGroupChange } from './group-change.ts'
import { groupQueries } from './group-queries.ts'
import { groupWords } from './group-words.ts'
import classes from './groups.module.css'

const text = groupWords.rules

/** The workspace's own rules on what is one group, and when a group gets its test. */
export const GroupRules = () => {
  const rules = useQuery(groupQueries.rules())
  const settings = useQuery(groupQueries.settings())
  return (
    <div className={classes['settle']}>
      <p className={classes['quiet']}>{text.note}</p>
      <PanelBody
        query={rules}
        what={text.title}
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty text={text.none} />}
      >
        {({ items }) => (
          <ul className={classes['rows']}>
            {items.map((rule) => (
              <Rule key={rule.id} rule={rule} />
            ))}
          </ul>
        )}
      </PanelBody>
      <RuleForm />
      <PanelBody query={settings} what={text.settings}>
        {(known) => <SettingsForm key={known.updatedAt} known={known} />}
      </PanelBody>
    </div>
  )
}

const Rule = ({ rule: { id, name, pattern, template, enabled, disabledReason } }: { rule: FingerprintRule }) => {
  const toggle = useGroupChange({
    change: () => client.updateFingerprintRule({ params: { id }, body: { enabled: !enabled } }),
    said: (rule) => text.changed(rule.name, rule.enabled),
  })
  const remove = useGroupChange({
    change: () => client.removeFingerprintRule({ params: { id } }),
    said: (rule) => text.removed(rule.name),
  })
  return (
    <li>
      <strong>{name}</strong>
      <p className={classes['quote']}>
        <code>{pattern}</code>
      </p>
      <p>
        <code>{template}</code>
        {disabledReason !== null && <span>{disabledReason}</span>}
      </p>
      <div className={classes['buttons']}>
        <Button
          size="compact-xs"
          variant="default"
          loading={toggle.isPending}
          aria-label={`${enabled ? text.off : text.on}: ${name}`}
          onClick={() => toggle.mutate(undefined)}
        >
          {enabled ? text.off : text.on}
        </Button>
        <ConfirmButton about={name} isWorking={remove.isPending} onConfirm={() => remove.mutate(undefined)}>
          {text.remove}
        </ConfirmButton>
      </div>
    </li>
  )
}

const RuleForm = () => {
  const [rule, setRule] = useState({ name: '', pattern: '', template: '' })
  const { pattern, template } = rule
  const trial = useMutation({ mutationFn: () => client.tryFingerprintRule({ body: { pattern, template } }) })
  const add = useGroupChange({
    change: () => client.createFingerprintRule({ body: { ...rule, name: rule.name.trim() } }),
    said: ({ name }) => text.added(name),
    onDone: () => {
      setRule({ name: '', pattern: '', template: '' })
      trial.reset()
    },
  })
  const field = (name: keyof typeof rule, hint?: string) => (
    <TextInput
      label={text[name]}
      {...(hint ? { description: hint } : {})}
      value={rule[name]}
      required
      onChange={({ currentTarget }) => setRule({ ...rule, [name]: currentTarget.value })}
    />
  )
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        add.mutate(undefined)
      }}
    >
      {field('name')}
      {field('pattern', text.patternHint)}
      {field('template', text.templateHint)}
      {trial.error && <Problem title={text.notTried} error={trial.error} />}
      {trial.data && (
        <output className={classes['trial']}>
          <p>{text.matched(trial.data.matched, trial.data.looked)}</p>
          {trial.data.tooSlow > 0 && <p>{text.slow}</p>}
          <ul className={classes['rows']}>
            {trial.data.groups.slice(0, 5).map(({ key, failures, groups }) => (
              <li key={key}>
                <code>{key}</code>
                <p>{text.trialGroup(failures, groups)}</p>
              </li>
            ))}
          </ul>
        </output>
      )}
      {add.error && <Problem title={text.notAdded} error={add.error} />}
      <div className={classes['buttons']}>
        <Button
          variant="default"
          loading={trial.isPending}
          disabled={pattern === '' || template === ''}
          onClick={() => trial.mutate()}
        >
          {text.try}
        </Button>
        <Button type="submit" loading={add.isPending}>
          {text.add}
        </Button>
      </div>
    </form>
  )
}

const SettingsForm = ({ known }: { known: MonitorSettings }) => {
  const [threshold, setThreshold] = useState(known.threshold)
  const [countBy, setCountBy] = useState(known.countBy)
  const save = useGroupChange({
    change: () => client.updateMonitorSettings({ body: { threshold, countBy } }),
    said: () => text.saved,
  })
  return (
    <form
      aria-label={text.settings}
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate(undefined)
      }}
    >
      <h3>{text.settings}</h3>
      <NumberInput
        label={text.threshold}
        min={2}
        max={100}
        value={threshold}
        hideControls
        onChange={(value) => setThreshold(Number(value))}
      />
      <NativeSelect
        label={text.countBy}
        value={countBy}
        data={(['occurrences', 'incidents'] as const).map((value) => ({ value, label: text.countByChoices[value] }))}
        onChange={({ currentTarget }) => setCountBy(currentTarget.value === 'incidents' ? 'incidents' : 'occurrences')}
      />
      <Button type="submit" variant="default" loading={save.isPending}>
        {text.save}
      </Button>
    </form>
  )
}
