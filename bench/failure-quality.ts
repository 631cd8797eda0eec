/**
 * How well failures are classified and grouped: `node -C assay-source bench/failure-quality.ts [file.jsonl] [--wrong]`.
 * Each line holds `message`, `stack?`, `http_status?` and the labels `category`, `group`, `coarse`.
 */
import { readFileSync } from 'node:fs'
import { categories, diagnose } from '@assay/core'

type Labelled = {
  id: string
  message: string
  stack?: string
  http_status?: number
  name?: string
  category: string
  group: string
  coarse: string
}
type Judged = Labelled & { found: ReturnType<typeof diagnose> }

const path = process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? '../shared/data/failures/dev.jsonl'
const showWrong = process.argv.includes('--wrong')
const labelled = readFileSync(path, 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line) as Labelled)

const judged: Judged[] = labelled.map((failure) =>
  Object.assign(failure, {
    found: diagnose({
      message: failure.message,
      ...(failure.stack === undefined ? {} : { stack: failure.stack }),
      ...(failure.http_status === undefined ? {} : { httpStatus: failure.http_status }),
      ...(failure.name === undefined ? {} : { name: failure.name }),
    }),
  }),
)

const byGroup = (failure: Judged) => failure.group
const byFingerprint = (failure: Judged) => failure.found.fingerprint
const byCoarse = (failure: Judged) => failure.coarse
const byFamily = (failure: Judged) => failure.found.family

console.log(
  `${judged.length} messages, ${new Set(judged.map(byGroup)).size} groups, ${new Set(judged.map(byFingerprint)).size} fingerprints`,
)
report('all', judged)
console.log('\nfive folds, whole families in one fold:')
const coarse = [...new Set(judged.map(byCoarse))].sort()
for (let fold = 0; fold < 5; fold++) {
  const families = new Set(coarse.filter((_, index) => index % 5 === fold))
  report(
    `fold ${fold + 1}`,
    judged.filter((failure) => families.has(failure.coarse)),
  )
}
if (showWrong) printWrong()

function report(name: string, failures: Judged[]): void {
  const group = pairs(failures, byGroup, byFingerprint)
  const family = pairs(failures, byCoarse, byFamily)
  console.log(
    `${name.padEnd(8)} n=${String(failures.length).padStart(3)}  pair precision ${percent(group.precision)}  recall ${percent(group.recall)}  F1 ${percent(group.f1)}` +
      `  V ${percent(vMeasure(failures, byGroup, byFingerprint))}  category accuracy ${percent(accuracy(failures))}  macro-F1 ${percent(macroF1(failures))}  family F1 ${percent(family.f1)}`,
  )
}

function pairs(failures: Judged[], truth: (failure: Judged) => string, found: (failure: Judged) => string) {
  const choose = (count: number) => (count * (count - 1)) / 2
  const sum = (keys: string[]) => [...counts(keys).values()].reduce((total, count) => total + choose(count), 0)
  const both = sum(failures.map((failure) => `${truth(failure)}\u0000${found(failure)}`))
  const precision = both / sum(failures.map(found))
  const recall = both / sum(failures.map(truth))
  return { precision, recall, f1: (2 * precision * recall) / (precision + recall) }
}

/** Rosenberg and Hirschberg 2007: the harmonic mean of homogeneity and completeness. */
function vMeasure(failures: Judged[], truth: (failure: Judged) => string, found: (failure: Judged) => string): number {
  const entropy = (keys: string[]) =>
    [...counts(keys).values()].reduce(
      (total, count) => total - (count / keys.length) * Math.log(count / keys.length),
      0,
    )
  const hTruth = entropy(failures.map(truth))
  const hFound = entropy(failures.map(found))
  const hBoth = entropy(failures.map((failure) => `${truth(failure)}\u0000${found(failure)}`))
  const homogeneity = hTruth === 0 ? 1 : 1 - (hBoth - hFound) / hTruth
  const completeness = hFound === 0 ? 1 : 1 - (hBoth - hTruth) / hFound
  return (2 * homogeneity * completeness) / (homogeneity + completeness)
}

function accuracy(failures: Judged[]): number {
  return failures.filter((failure) => failure.category === failure.found.category).length / failures.length
}

function macroF1(failures: Judged[]): number {
  const scores = categories
    .filter((category) => failures.some((failure) => failure.category === category))
    .map((category) => {
      const right = failures.filter(
        (failure) => failure.category === category && failure.found.category === category,
      ).length
      const wrong = failures.filter(
        (failure) => (failure.category === category) !== (failure.found.category === category),
      ).length
      return (2 * right) / (2 * right + wrong)
    })
  return scores.reduce((total, score) => total + score, 0) / scores.length
}

function printWrong(): void {
  console.log('\nwrong categories:')
  for (const failure of judged.filter(({ category, found }) => category !== found.category)) {
    console.log(
      `  ${failure.group}: ${failure.category}, found ${failure.found.why[0]}\n    ${oneLine(failure.message)}`,
    )
  }
  console.log('\ngroups in several fingerprints:')
  for (const [group, members] of grouped(byGroup)) {
    if (new Set(members.map(byFingerprint)).size === 1) continue
    console.log(`  ${group}`)
    for (const member of members) console.log(`    ${byFingerprint(member)} ${member.found.why.slice(1).join(' | ')}`)
  }
  console.log('\nfingerprints over several groups:')
  for (const [, members] of grouped(byFingerprint)) {
    const groups = [...new Set(members.map(byGroup))]
    if (groups.length > 1) console.log(`  ${groups.join(', ')}: ${members[0]!.found.why[1]}`)
  }
  console.log('\nfamilies over several labels, labels in several families:')
  for (const [family, members] of grouped(byFamily)) {
    const labels = [...new Set(members.map(byCoarse))]
    if (labels.length > 1) console.log(`  ${family}: ${labels.join(', ')}`)
  }
  for (const [label, members] of grouped(byCoarse)) {
    const families = [...new Set(members.map(byFamily))]
    if (families.length > 1) console.log(`  ${label}: ${families.join(', ')}`)
  }
}

function grouped(key: (failure: Judged) => string): Map<string, Judged[]> {
  return Map.groupBy(judged, key)
}

function counts(keys: string[]): Map<string, number> {
  const found = new Map<string, number>()
  for (const key of keys) found.set(key, (found.get(key) ?? 0) + 1)
  return found
}

function percent(share: number): string {
  return share.toFixed(3)
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 200)
}
