import type { RegressionTest } from '@assay/core'
import { Block } from '../display/command.tsx'
import { Facts } from '../display/facts.tsx'
import { formatDuration } from '../display/number.ts'
import { Section } from '../panel/panel.tsx'
import { words } from '../words.ts'
import classes from './monitor.module.css'

/** What a test asks, of what, and what must hold of the answer. */
export const TestDefinition = ({ test }: { test: RegressionTest }) => (
  <Section title={words.test.what}>
    <div className={classes['definition']}>
      <Facts
        facts={[
          { name: words.test.target, value: <code>{targetName(test.target)}</code> },
          { name: words.test.method, value: words.testMethods[test.method] },
        ]}
      />
      <div className={classes['part']}>
        <h3>{words.test.expectations}</h3>
        <ul className={classes['why']}>
          {expectationsOf(test).map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      </div>
      {test.request && (
        <div className={classes['part']}>
          <h3>{words.test.messages}</h3>
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
  if (target.kind === 'suite') return words.test.suite
  if (target.kind === 'database') return words.test.database
  return target.kind === 'gateway' ? words.test.gateway(target.dialect, target.model) : target.model
}

/** Each expectation in one sentence. */
export const expectationsOf = ({ expected }: RegressionTest): string[] => [
  ...(expected.shouldNotFail ? [words.test.shouldNotFail] : []),
  ...(expected.shouldNotFail === false ? [words.test.mayRefuse] : []),
  ...(expected.minimumFiles === undefined ? [] : [words.test.files(expected.minimumFiles)]),
  ...(expected.schema ? [words.test.schema] : []),
  ...(expected.fingerprintAbsent ? [words.test.fingerprint(expected.fingerprintAbsent)] : []),
  ...(expected.maxDurationMs === undefined ? [] : [words.test.longest(formatDuration(expected.maxDurationMs))]),
  ...(expected.maxCostUsd === undefined ? [] : [words.test.dearest(`$${expected.maxCostUsd}`)]),
  ...(expected.assertions ?? []).map(({ type, value }) =>
    words.test.assertion(type, value === undefined ? '' : JSON.stringify(value)),
  ),
]

const textOf = ({ content }: NonNullable<RegressionTest['request']>['messages'][number]): string =>
  typeof content === 'string' ? content : JSON.stringify(content ?? '')
