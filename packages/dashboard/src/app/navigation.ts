import type { IconName } from '../display/icon.tsx'
import { words } from '../words.ts'

/** The screens, in the order and the groups in which they stand in the navigation. */
export const navigation = [
  {
    group: words.groups.observe,
    screens: [
      { name: 'overview', to: '/w/$workspace/overview', icon: 'overview' },
      { name: 'requests', to: '/w/$workspace/requests', icon: 'requests' },
      { name: 'failures', to: '/w/$workspace/failures', icon: 'failures' },
    ],
  },
  {
    group: words.groups.test,
    screens: [
      { name: 'runs', to: '/w/$workspace/runs', icon: 'play' },
      { name: 'regression-tests', to: '/w/$workspace/regression-tests', icon: 'tests' },
      { name: 'quality', to: '/w/$workspace/quality', icon: 'chart' },
      { name: 'schedules', to: '/w/$workspace/schedules', icon: 'bell' },
    ],
  },
  {
    group: words.groups.route,
    screens: [
      { name: 'providers', to: '/w/$workspace/providers', icon: 'key' },
      { name: 'cache', to: '/w/$workspace/cache', icon: 'cache' },
    ],
  },
] as const satisfies readonly { group: string; screens: readonly Screen[] }[]

type Screen = { name: keyof typeof words.screens; to: string; icon: IconName }

type ScreenLink = (typeof navigation)[number]['screens'][number]

/** The screens whose names are nearest to what somebody looked for. */
export const nearestScreens = (looked: string, count = 3) =>
  navigation
    .flatMap(({ screens }): readonly ScreenLink[] => screens)
    .map((screen) => ({ screen, distance: editDistance(looked.toLowerCase(), screen.name) }))
    .toSorted((left, right) => left.distance - right.distance)
    .slice(0, count)
    .map(({ screen }) => screen)

/** Levenshtein's distance: how many letters must be put in, taken out or changed. */
const editDistance = (left: string, right: string): number => {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++) {
      const change = left[i - 1] === right[j - 1] ? 0 : 1
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + change))
    }
    row = next
  }
  return row[right.length]!
}
