import { Button, Textarea } from '@mantine/core'
import type { RegressionTest } from '@assay/core'
import { useState } from 'react'
import { useChange } from '../app/change.ts'
import { client } from '../app/server.ts'
import { Section } from '../panel/panel.tsx'
import classes from './tests.module.css'
import { testWords } from './test-words.ts'

const touched = ['tests', 'runs', 'failures']

/** What a person may do with a test: show its proof, put it away for a while or for good, say what is right. */
export const TestActions = ({ test }: { test: RegressionTest }) => {
  const params = { id: test.id }
  const verify = useChange({
    change: () => client.verifyRegressionTest({ params, body: {} }),
    touched,
    said: () => testWords.verifying,
  })
  const quarantine = useChange({
    change: (quarantined: boolean) => client.quarantineRegressionTest({ params, body: { quarantined } }),
    touched,
    said: ({ name, state }) => (state === 'flaky' ? testWords.quarantined(name) : testWords.released(name)),
  })
  const retire = useChange({
    change: () => client.retireRegressionTest({ params }),
    touched,
    said: ({ name }) => testWords.retired(name),
  })
  const activate = useChange({
    change: (isActive: boolean) => client.updateRegressionTest({ params, body: { isActive } }),
    touched,
    said: ({ name, isActive }) => (isActive ? testWords.enabled(name) : testWords.disabled(name)),
  })
  const isRetired = test.state === 'retired'
  const isVerified = test.state === 'active' || test.state === 'flaky'
  return (
    <Section title={testWords.actions}>
      <div className={classes['actions']}>
        {!isRetired && (
          <Button size="xs" variant="default" loading={verify.isPending} onClick={() => verify.mutate(undefined)}>
            {testWords.verify}
          </Button>
        )}
        {isVerified && (
          <Button
            size="xs"
            variant="default"
            loading={quarantine.isPending}
            onClick={() => quarantine.mutate(test.state === 'active')}
          >
            {test.state === 'active' ? testWords.quarantine : testWords.release}
          </Button>
        )}
        <Button
          size="xs"
          variant="default"
          loading={activate.isPending}
          onClick={() => activate.mutate(!test.isActive)}
        >
          {test.isActive ? testWords.disable : testWords.enable}
        </Button>
        {!isRetired && (
          <Button size="xs" variant="default" loading={retire.isPending} onClick={() => retire.mutate(undefined)}>
            {testWords.retire}
          </Button>
        )}
      </div>
      {test.needsConfirmation && <Confirm id={test.id} />}
    </Section>
  )
}

/** A test that was made of feedback waits for this. */
const Confirm = ({ id }: { id: string }) => {
  const [corrected, setCorrected] = useState('')
  const confirm = useChange({
    change: () =>
      client.confirmRegressionTest({
        params: { id },
        body: corrected.trim() === '' ? {} : { corrected: corrected.trim() },
      }),
    touched,
    said: ({ name }) => testWords.confirmed(name),
  })
  return (
    <form
      className={classes['form']}
      onSubmit={(event) => {
        event.preventDefault()
        confirm.mutate(undefined)
      }}
    >
      <Textarea
        label={testWords.confirm}
        description={testWords.confirmHint}
        value={corrected}
        onChange={({ currentTarget }) => setCorrected(currentTarget.value)}
        autosize
        minRows={2}
      />
      <Button type="submit" size="xs" loading={confirm.isPending}>
        {testWords.confirm}
      </Button>
    </form>
  )
}
