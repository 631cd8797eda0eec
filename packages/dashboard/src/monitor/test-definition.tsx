import type { RegressionTest } from '@assay/core'
import { Block } from '../display/command.tsx'
import { Facts } from '../display/facts.tsx'
import { formatDuration } from '../display/number.ts'
import { Section } from '../panel/panel.tsx'
import { words } from '../words.ts'
import { testPage } from './test-words.ts'
import classes from './monitor.module.css'

/** What a test asks, of what, and what must hold of the answer. */
export const TestDefinition = ({ test }: { test: RegressionTest }) => (
  <Section title={testPage.what}>
    <div className={classes['definition']}>
      <Facts
        facts={[
          { name: testPage.target, value: <code>{targetName(test.target)}</code> },
          { name: testPage.method, value: words.testMethods[test.method] },
        ]}
      />
      <div className={classes['part']}>
        <h3>{testPage.expectations}</h3>
        <ul className={classes['why']}>
          {expectationsOf(test).map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      </div>
      {test.request && (
        <div className={classes['part']}>
          <h3>{testPage.messages}</h3>
          {test.request.messages.map((message, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- the place is the turn
            <Block key={index} text={`${message.role}: ${textOf(message)}`} />
          ))}
        </div>
      )}
    </div>
  </Section>
)

/** A target in a few words. */
export const targetName = (target: RegressionTest['target']): string => {
  if (target.kind === 'alias') return target.alias
  if (target.kind === 'endpoint') return `${target.config.method} ${target.url}`
  if (target.kind === 'suite') return testPage.suite
  if (target.kind === 'database') return testPage.database
  return target.kind === 'gateway' ? testPage.gateway(target.dialect, target.model) : target.model
}

/** Each expectation in one sentence. */
export const expectationsOf = ({ expected }: RegressionTest): string[] => [
  ...(expected.shouldNotFail ? [testPage.shouldNotFail] : []),
  ...(expected.shouldNotFail === false ? [testPage.mayRefuse] : []),
  ...(expected.minimumFiles === undefined ? [] : [testPage.files(expected.minimumFiles)]),
  ...(expected.schema ? [testPage.schema] : []),
  ...(expected.fingerprintAbsent ? [testPage.fingerprint(expected.fingerprintAbsent)] : []),
  ...(expected.maxDurationMs === undefined ? [] : [testPage.longest(formatDuration(expected.maxDurationMs))]),
  ...(expected.maxCostUsd === undefined ? [] : [testPage.dearest(`$${expected.maxCostUsd}`)]),
  ...(expected.assertions ?? []).map(({ type, value }) =>
    testPage.assertion(type, value === undefined ? '' : JSON.stringify(value)),
  ),
]

const textOf = ({ content }: NonNullable<RegressionTest['request']>['messages'][number]): string =>
  typeof content === 'string' ? content : JSON.stringify(content ?? '')
