import { expect, test } from 'vitest'
import { nearestScreens } from './navigation.ts'

test.each([
  ['requets', 'requests'],
  ['failure', 'failures'],
  ['OVERVIEW', 'overview'],
  ['regression-test', 'regression-tests'],
])('%s is nearest to %s', (looked, found) => {
  expect(nearestScreens(looked)[0]?.name).toBe(found)
})
