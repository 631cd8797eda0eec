import type { GroupChange, GroupFingerprint, Severity } from '@assay/core'
import { formatCount } from '../display/number.ts'

const plural = (count: number, one: string): string => `${formatCount(count)} ${count === 1 ? one : `${one}s`}`

/** The texts of what is done to failure groups; apart from the others, which every page loads. */
export const groupWords = {
  severity: 'Severity',
  anySeverity: 'Any severity',
  family: (family: string) => `Family ${family}`,
  anyFamily: 'All families',
  widespread: 'Widespread now',
  widespreadHint:
    'It hits five users or more, or a quarter of a route, within five minutes; so it counts one step higher.',
  incidents: 'Incidents',
  incidentsHint: 'Occurrences of another user than the one before, or at least ten minutes later.',
  countedIncidents: (count: number, threshold: number) => `${count} of ${threshold} incidents`,
  resolvedIn: (release: string) => `Fixed in ${release}`,
  mutedUntil: 'Muted until',
  mutedFor: (count: number) => `Muted for ${plural(count, 'more occurrence')}`,

  release: 'Release with the fix',
  releaseHint: 'Optional. Failures of older releases then do not reopen the group.',
  resolve: 'Resolve',
  muteFor: 'Mute',
  muteChoices: {
    day: 'For a day',
    week: 'For a week',
    ten: 'For 10 more occurrences',
    hundred: 'For 100 more occurrences',
    ever: 'For ever',
  },
  howLong: 'How long',
  title: 'Title',
  rename: 'Save title',
  renamed: 'The group has its new title.',
  more: 'Settle or rename',

  similar: {
    title: 'Reads like',
    what: 'similar groups',
    none: 'No other group reads like this one.',
    alike: (share: number) => `${Math.floor(share * 100)} % alike`,
    merge: 'Merge into it',
    mergeAbout: (title: string) => `this group into ${title}`,
    merged: (title: string) => `Merged into ${title}. What comes from now on is counted there.`,
    suggested: 'Suggested',
  },
  parts: {
    title: 'Fingerprints',
    note: (count: number) => `${plural(count, 'fingerprint')} counted here`,
    origins: {
      own: 'its own',
      rule: 'by a rule',
      similar: 'joined for its likeness',
      split: 'taken out by hand',
      regroup: 'grouped anew',
    } satisfies Record<GroupFingerprint['origin'], string>,
    take: 'Take out',
    taken: (title: string) => `Taken out into a group of its own: ${title}.`,
    select: (at: string) => `Select the occurrence of ${at}`,
    takeSelected: (count: number) => `Take ${plural(count, 'occurrence')} out`,
    selectHint: 'Select occurrences that do not belong here to take them out.',
  },
  releases: { title: 'Releases', none: 'No occurrence named its release.' },
  changes: {
    title: 'Merged and split',
    none: 'Nothing was merged or split.',
    kinds: {
      merge: 'Merged in',
      split: 'Taken out',
      regroup: 'Grouped anew',
    } satisfies Record<GroupChange['kind'], string>,
    occurrences: (count: number) => plural(count, 'occurrence'),
    undo: 'Undo',
    undone: 'Undone: everything is where it was, and what came since where it belongs.',
    wasUndone: 'undone',
  },
  rules: {
    open: 'Grouping rules',
    title: 'Grouping rules',
    note: 'Your own word on what is one group. The first rule that matches decides, before everything else.',
    none: 'There is no rule yet.',
    name: 'Name',
    pattern: 'Pattern',
    patternHint: 'A regular expression over "class: message". Named groups, (?<model>…), can be used below.',
    template: 'Grouped as',
    templateHint: 'What failures of one group share, such as {{category}}:{{param.model}}.',
    try: 'Try it',
    add: 'Add the rule',
    added: (name: string) => `${name} decides from now on.`,
    notAdded: 'The rule was not added',
    notTried: 'The rule was not tried',
    remove: 'Remove',
    removed: (name: string) => `${name} is removed. The groups it made stay.`,
    on: 'Switch on',
    off: 'Switch off',
    changed: (name: string, isOn: boolean) => `${name} is ${isOn ? 'on' : 'off'}.`,
    matched: (matched: number, looked: number) =>
      `Matches ${formatCount(matched)} of the ${formatCount(looked)} newest failures.`,
    slow: 'The pattern takes too long; as a rule it would be switched off.',
    trialGroup: (failures: number, groups: number) =>
      `${plural(failures, 'failure')} of ${plural(groups, 'group')} today`,
    settings: 'When a group gets its test',
    threshold: 'Threshold',
    countBy: 'Counted by',
    countByChoices: { occurrences: 'Occurrences', incidents: 'Incidents' },
    save: 'Save',
    saved: 'Saved. It holds for every group without a test, from its next failure on.',
  },
  families: {
    title: 'Open failures by family',
    groups: (count: number) => plural(count, 'group'),
  },
}

/** The texts of the page of one failure group. */
export const groupText = {
  back: 'All failures',
  resolve: 'Resolve',
  reopen: 'Reopen',
  mute: 'Mute',
  resolved: 'The group is resolved. It reopens by itself when the failure comes back.',
  reopened: 'The group is open again.',
  muted: 'The group is muted. It goes on counting and stays out of the way.',
  samples: 'Occurrences',
  noSamples: 'The single occurrences are no longer kept; the group and its counts are.',
  why: 'Why these belong together',
  fingerprint: 'Fingerprint',
  family: 'Family',
  test: 'Regression test',
  days: 'Last 14 days',
  stack: 'Stack',
  output: 'Answer of the model',
  request: 'Request',
  context: 'Context',
  message: 'Message',
  count: (count: number) => `counts ${count} times`,
  facts: 'Facts',
  occurrences: 'Occurrences',
  users: 'Users',
  severity: 'Severity',
}

/** How near a group is to its test. */
export const meterText = {
  label: (count: number, threshold: number) => `${count} of ${threshold}`,
  toTest: (count: number, threshold: number) => `${count} of ${threshold} occurrences until a test is made`,
  made: 'Test made',
  alert_only: 'Alert only',
  needs_request: 'Needs a request',
  why: {
    waiting: (left: number) =>
      `${plural(left, 'more occurrence')} of this cause and it becomes a regression test by itself.`,
    created: 'Its regression test was made at the threshold, without anybody asking.',
    alert_only:
      'No test will come: a key or a quota cannot be fixed by running the request again, so this only alerts.',
    needs_request:
      'No test yet: none of the occurrences brought the request that failed, so there is nothing to run again. Report one with its request.',
  },
  open: 'Open the test',
}

/** What each severity asks of an operator. */
export const severityHints = {
  low: 'Passes by itself, or is the caller’s to change.',
  medium: 'Should be looked at; the product still works.',
  high: 'This call cannot succeed until something changes.',
  critical: 'Nothing works until a person acts.',
} satisfies Record<Severity, string>

/** The texts of the list of failure groups. */
export const listText = {
  state: 'State',
  states: { all: 'All', open: 'Open', reopened: 'Reopened', resolved: 'Resolved', muted: 'Muted' },
  category: 'Category',
  anyCategory: 'Any category',
  search: 'Search titles',
  sort: 'Order',
  sorts: { lastSeen: 'Last seen', occurrences: 'Most frequent' },
  none: 'No failure group matches these filters.',
  empty: 'Nothing has failed yet. The gateway reports its own failures; your application reports its own like this:',
  emptyFiltered: 'No failure group is open.',
  shown: (count: number, isAll: boolean) => `${plural(count, 'group')}${isAll ? '' : ' loaded, more below'}`,
  occurrences: (count: number) => plural(count, 'occurrence'),
  users: (count: number) => plural(count, 'user'),
  lastSeen: 'Last seen',
  firstSeen: 'First seen',
}
