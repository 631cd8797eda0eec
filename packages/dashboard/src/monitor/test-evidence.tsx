import type { Evidence, RegressionTest } from '@assay/core'
import { Block } from '../display/command.tsx'
import { Figures } from '../display/facts.tsx'
import { Time } from '../display/time.tsx'
import { Section } from '../panel/panel.tsx'
import { words } from '../words.ts'
import { testWords } from './test-words.ts'
import classes from './tests.module.css'

/** The numbers of a test, each with what it answers and what it decides. */
export const TestNumbers = ({ test }: { test: RegressionTest }) => (
  <Figures
    label={testWords.figures}
    figures={[
      { name: testWords.confidence, value: test.confidence, hint: testWords.confidenceHint },
      {
        name: testWords.trust,
        value: Math.round(test.trust),
        hint: testWords.trustHint(Math.round(test.trustLow), Math.round(test.trustHigh)),
      },
      {
        name: testWords.health,
        value: test.healthExecutions === 0 ? words.unknown : Math.round(test.health),
        hint: testWords.healthHint(test.healthExecutions),
      },
      { name: testWords.version, value: test.version, hint: testWords.versionHint },
    ]}
  />
)

/** What the test was seen to fail on, and that it passes now. */
export const TestEvidence = ({ test: { verification, quarantine } }: { test: RegressionTest }) => (
  <Section title={testWords.evidence}>
    <div className={classes['evidence']}>
      {verification.red ? (
        <Shown title={testWords.red} evidence={verification.red} />
      ) : (
        <p className={classes['quiet']}>{testWords.noRed}</p>
      )}
      {verification.green.map((evidence, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- the place is the pass
        <Shown key={index} title={testWords.green(index + 1)} evidence={evidence} />
      ))}
      {verification.green.length < 2 && <p className={classes['quiet']}>{testWords.noGreen}</p>}
      {quarantine !== null && quarantine.endedAt === null && (
        <p className={classes['quiet']}>{testWords.inQuarantine(quarantine.until.slice(0, 10))}</p>
      )}
    </div>
  </Section>
)

const Shown = ({ title, evidence }: { title: string; evidence: Evidence }) => (
  <div className={classes['shown']}>
    <h3>
      {title}, {testWords.sources[evidence.source]}, <Time at={evidence.at} />
    </h3>
    <Block text={evidence.actual || words.unknown} />
  </div>
)
