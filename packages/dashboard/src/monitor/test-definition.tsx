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
          { name: words.test.target, value: <code>{test.target.model}</code> },
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
      <div className={classes['part']}>
        <h3>{words.test.messages}</h3>
        {test.request.messages.map((message, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- the place is the turn
          <Block key={index} text={`${message.role}: ${textOf(message)}`} />
        ))}
      </div>
    </div>
  </Section>
)

/** Each expectation in one sentence. */
export const expectationsOf = ({ expected }: RegressionTest): string[] => [
  ...(expected.shouldNotFail ? [words.test.shouldNotFail] : []),
  ...(expected.schema ? [words.test.schema] : []),
  ...(expected.fingerprintAbsent ? [words.test.fingerprint(expected.fingerprintAbsent)] : []),
  ...(expected.maxDurationMs === undefined ? [] : [words.test.longest(formatDuration(expected.maxDurationMs))]),
  ...(expected.maxCostUsd === undefined ? [] : [words.test.dearest(`$${expected.maxCostUsd}`)]),
  ...(expected.assertions ?? []).map(({ type, value }) =>
    words.test.assertion(type, value === undefined ? '' : JSON.stringify(value)),
  ),
]

const textOf = ({ content }: RegressionTest['request']['messages'][number]): string =>
  typeof content === 'string' ? content : JSON.stringify(content ?? '')
