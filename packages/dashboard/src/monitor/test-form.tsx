import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core'
import type { RegressionTest } from '@assay/core'
import { useState } from 'react'
import { useChange } from '../app/change.ts'
import { client } from '../app/server.ts'
import { Problem } from '../panel/problem.tsx'
import { words } from '../words.ts'
import { testWords } from './test-words.ts'
import classes from './tests.module.css'

type Kind = RegressionTest['kind']
const kinds = Object.keys(words.testKinds) as Kind[]

/** Writes a test by hand. */
export const CreateTest = ({ onDone }: { onDone: () => void }) => {
  const [name, setName] = useState('')
  const [kind, setKind] = useState<Kind>('smoke')
  const [target, setTarget] = useState('')
  const [prompt, setPrompt] = useState('')
  const [expected, setExpected] = useState('{ "shouldNotFail": true }')
  const [badOutput, setBadOutput] = useState('')
  const [tags, setTags] = useState('')
  const isJson = isObject(expected)
  const save = useChange({
    change: () =>
      client.createRegressionTest({
        body: {
          name: name.trim(),
          kind,
          target: target.trim(),
          expected: JSON.parse(expected) as RegressionTest['expected'],
          tags: listOf(tags),
          ...(prompt.trim() === '' ? {} : { prompt }),
          ...(badOutput.trim() === '' ? {} : { badOutput }),
        },
      }),
    touched: ['tests'],
    said: (test) => testWords.created(test.name),
    onDone,
  })
  return (
    <form
      className={classes['form']}
      aria-label={testWords.create}
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate(undefined)
      }}
    >
      <TextInput
        label={testWords.name}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
        required
        maxLength={120}
      />
      <NativeSelect
        label={testWords.kind}
        value={kind}
        onChange={({ currentTarget }) => setKind(kinds.find((one) => one === currentTarget.value) ?? 'smoke')}
        data={kinds.map((value) => ({ value, label: words.testKinds[value] }))}
      />
      <TextInput
        label={testWords.target}
        description={testWords.targetHint}
        value={target}
        onChange={({ currentTarget }) => setTarget(currentTarget.value)}
        required
      />
      <Textarea
        label={testWords.prompt}
        description={testWords.promptHint}
        value={prompt}
        onChange={({ currentTarget }) => setPrompt(currentTarget.value)}
        autosize
        minRows={2}
      />
      <Textarea
        label={testWords.expected}
        description={testWords.expectedHint}
        error={isJson ? null : testWords.badJson}
        value={expected}
        onChange={({ currentTarget }) => setExpected(currentTarget.value)}
        autosize
        minRows={2}
      />
      <Textarea
        label={testWords.badOutput}
        description={testWords.badOutputHint}
        value={badOutput}
        onChange={({ currentTarget }) => setBadOutput(currentTarget.value)}
        autosize
        minRows={1}
      />
      <TextInput label={testWords.tags} value={tags} onChange={({ currentTarget }) => setTags(currentTarget.value)} />
      {save.error && <Problem title={testWords.notSaved} error={save.error} />}
      <Button type="submit" size="sm" loading={save.isPending} disabled={!isJson}>
        {testWords.save}
      </Button>
    </form>
  )
}

/** Changes what must hold and how a test is found. */
export const EditTest = ({ test, onDone }: { test: RegressionTest; onDone: () => void }) => {
  const [name, setName] = useState(test.name)
  const [expected, setExpected] = useState(JSON.stringify(test.expected, null, 2))
  const [tags, setTags] = useState(test.tags.join(', '))
  const isJson = isObject(expected)
  const save = useChange({
    change: () =>
      client.updateRegressionTest({
        params: { id: test.id },
        body: {
          name: name.trim(),
          expected: JSON.parse(expected) as RegressionTest['expected'],
          tags: listOf(tags),
        },
      }),
    touched: ['tests'],
    said: (changed) => testWords.edited(changed.name),
    onDone,
  })
  return (
    <form
      className={classes['form']}
      aria-label={testWords.edit}
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate(undefined)
      }}
    >
      <p className={classes['quiet']}>{testWords.editHint}</p>
      <TextInput
        label={testWords.name}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
        required
      />
      <Textarea
        label={testWords.expected}
        description={testWords.expectedHint}
        error={isJson ? null : testWords.badJson}
        value={expected}
        onChange={({ currentTarget }) => setExpected(currentTarget.value)}
        autosize
        minRows={4}
      />
      <TextInput label={testWords.tags} value={tags} onChange={({ currentTarget }) => setTags(currentTarget.value)} />
      {save.error && <Problem title={testWords.notSaved} error={save.error} />}
      <Button type="submit" size="sm" loading={save.isPending} disabled={!isJson}>
        {testWords.save}
      </Button>
    </form>
  )
}

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean)

const isObject = (text: string): boolean => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
