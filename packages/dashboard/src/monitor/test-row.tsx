import { ActionIcon, Tooltip } from '@mantine/core'
import type { RegressionTest } from '@assay/core'
import { Link } from '@tanstack/react-router'
import { Icon } from '../display/icon.tsx'
import { Tag } from '../display/status.tsx'
import { Time } from '../display/time.tsx'
import { testList } from './test-words.ts'
import { ConfidenceMeter } from './confidence-meter.tsx'
import { useRunTests, type Environment } from './run-tests.ts'
import { TestState } from './test-state.tsx'
import classes from './monitor.module.css'

/** One regression test: where it stands, how far it is trusted, and a button that runs it. */
export const TestRow = ({ test, environment }: { test: RegressionTest; environment: Environment }) => {
  const run = useRunTests()
  return (
    <li className={classes['testRow']}>
      <div className={classes['groupTitle']}>
        <Link
          from="/w/$workspace/regression-tests"
          to="/w/$workspace/regression-tests/$id"
          params={{ id: test.id }}
          search={(before) => before}
          className={classes['rowLink'] ?? ''}
        >
          {test.name}
        </Link>
        <p>
          <TestState state={test.state} />
          {test.tags.slice(0, MOST_TAGS).map((tag) => (
            <Tag key={tag}>{tag}</Tag>
          ))}
        </p>
      </div>
      <ConfidenceMeter value={test.confidence} />
      <p className={classes['testRuns']}>
        {test.runs > 0 && <span>{testList.passes(test.passes, test.runs)}</span>}
        <span>{test.lastRunAt === null ? testList.never : <Time at={test.lastRunAt} />}</span>
      </p>
      <Tooltip label={testList.run}>
        <ActionIcon
          variant="default"
          size="md"
          loading={run.isPending}
          onClick={() => run.mutate({ testId: test.id, environment })}
          aria-label={testList.runTest(test.name)}
          className={classes['above'] ?? ''}
        >
          <Icon name="play" size={14} />
        </ActionIcon>
      </Tooltip>
    </li>
  )
}

const MOST_TAGS = 3
