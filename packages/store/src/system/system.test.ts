import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** What works without a workspace. A name here is a hole in the first wall, so each is written down. */
const allowed = {
  'alerts.ts': ['workspacesToTell', 'workspacesToWatch', 'workspacesWithFailures'],
  'bodies.ts': ['insertBodies'],
  'budgets.ts': [
    'settleHolds',
    'moveFromLeases',
    'renewLeases',
    'findOwnedLeases',
    'endLeases',
    'loseLeases',
    'foldLedger',
    'fullestBudgets',
    'warnOfBudgets',
  ],
  'cache.ts': ['insertAnswers', 'countHits', 'readCacheKeys', 'tidyCache', 'trimCache', 'countMembers'],
  'credentials.ts': ['endGraces', 'listDueCredentials'],
  'data-keys.ts': ['countDataKeys', 'listDataKeysOfOthers'],
  'drain.ts': ['insertRequests'],
  'enqueue.ts': ['enqueue', 'listPendingJobs', 'countJobs', 'putBackJobs'],
  'gateway-keys.ts': ['findGatewayKey', 'noteKeyUse'],
  'key-check.ts': ['readKeyCheck', 'writeKeyCheck', 'countCiphertexts'],
  'partitions.ts': ['readPartitions', 'ensureDay', 'ensurePartitions', 'dropPartitions'],
  'people.ts': [
    'ensureLocalWorkspace',
    'listWorkspaces',
    'createSignInLink',
    'takeSignInLink',
    'createSession',
    'findSession',
    'deleteSession',
  ],
  'retention.ts': ['applyRetention'],
  'roll-up.ts': ['countUsage'],
  'roles.ts': ['enterWorkspace', 'enterSystem', 'asOwner'],
  'schedules.ts': ['dueSchedules'],
}

const functionsOf = (folder: string): Record<string, string[]> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .toSorted()
      .map((file) => {
        const source = readFileSync(join(folder, file), 'utf8')
        return [file, [...source.matchAll(/^export const (\w+) = (?:async )?(?:<\w+>)?\(/gm)].map(([, name]) => name!)]
      }),
  )

test('only the listed functions work without a workspace', () => {
  expect(functionsOf(import.meta.dirname)).toEqual(allowed)
})

test('a system scope is taken nowhere else', () => {
  const files = readdirSync(join(import.meta.dirname, '..'), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map(({ name }) => name)
  const users = files.filter((file) =>
    /\bSystemScope\b/.test(readFileSync(join(import.meta.dirname, '..', file), 'utf8')),
  )
  expect(users.toSorted()).toEqual(['index.ts', 'open-store.ts', 'scope.ts'])
})
