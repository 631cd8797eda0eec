import type { Command } from 'commander'
import { apiAction, type ApiContext, withExample } from '../action.ts'
import type { Connection } from '../connect.ts'
import { resolveId } from '../ids.ts'
import { type ListOptions, readPages, withLimit } from '../pages.ts'
import { plain } from '../print/width.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { pastTime } from '../times.ts'

type Yes = { yes?: boolean }
type SplitOptions = Yes & { fingerprint?: string[]; failure?: string[]; title?: string }
type RegroupOptions = Yes & { dryRun?: boolean; since?: string }
type SettingsOptions = { threshold?: string; countBy?: string; bodies?: string }

/** The whole id of a failure group, from the beginning of it. */
export const groupId = (client: Connection['client'], written: string): Promise<string> =>
  resolveId('failure group', written, () => client.listFailureGroups({ query: { limit: 200 } }))

const GROUP = 'Id of a group, or the beginning of it.'

/** What is one group, changed by hand: merge, split, undo, group anew. */
export const groupCommands = (failures: Command, terminal: Terminal): void => {
  withExample(
    failures
      .command('families')
      .description('List the families of open groups: one kind of failure each, whatever it names.'),
    'assay failures families',
  ).action(
    apiAction(terminal, async ({ connect, out }) => {
      const { client } = await connect()
      const { familyTable } = await import('../print/failure-groups.ts')
      const { items } = await client.listFailureFamilies({ query: { limit: 200 } })
      out.list(items, () => familyTable(items, { out, now: terminal.now() }), 'No failure group is open.')
    }),
  )

  withExample(
    failures.command('similar').argument('<id>', GROUP).description('List groups that may be the same failure.'),
    'assay failures similar 0199c3f2',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const { similarTable } = await import('../print/failure-groups.ts')
      const { items } = await client.listSimilarGroups({ params: { id: await groupId(client, written) } })
      out.list(items, () => similarTable(items, { out }), 'No other group reads like it.')
    }),
  )

  withExample(
    failures
      .command('merge')
      .argument('<id>', 'Id of the group that goes, or the beginning of it.')
      .requiredOption('--into <id>', 'The group that stays.')
      .description('Count a group as part of another, now and from now on; it can be undone.')
      .option('--yes', 'Do it; without it only the effect is told.'),
    'assay failures merge 0199c3f2 --into 0199c41a --yes',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, options: Yes & { into: string }) => {
      const { client } = await connect()
      const [id, into] = [await groupId(client, written), await groupId(client, options.into)]
      if (!options.yes) {
        const [from, survivor] = [
          await client.getFailureGroup({ params: { id } }),
          await client.getFailureGroup({ params: { id: into } }),
        ]
        const merged = { from, into: survivor, merged: false }
        return out.show(merged, () => {
          const counts = `${from.occurrences} occurrences of ${plain(from.title)}`
          return `Would count ${counts}\n  into ${plain(survivor.title)} (${survivor.occurrences}). Add --yes to do it.`
        })
      }
      const done = await client.mergeFailureGroup({ params: { id }, body: { into } })
      out.show(
        done,
        ({ group, change }) =>
          `Merged into ${plain(group.title)}: ${group.occurrences} occurrences.\n${undoHint(change.id)}`,
      )
    }),
  )

  withExample(
    failures
      .command('split')
      .argument('<id>', GROUP)
      .description('Take fingerprints, or some failures, out of a group into one of their own; the rest stays.')
      .option('--fingerprint <fingerprint...>', 'Fingerprints to take out; `assay failures show` lists them.')
      .option('--failure <id...>', 'Ids of failures to take out.')
      .option('--title <title>', 'What the new group is called.')
      .option('--yes', 'Do it; without it only the effect is told.'),
    'assay failures split 0199c3f2 --fingerprint 9f3a61c427b011d5 --yes',
    'assay failures split 0199c3f2 --failure 0199c3f2-77aa-7c41-9d55-0a3f0e6d1b2c --yes',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, options: SplitOptions) => {
      const { fingerprint: fingerprints, failure: failureIds, title, yes } = options
      if ((fingerprints === undefined) === (failureIds === undefined)) {
        const { AssayError } = await import('@assay/core')
        throw new AssayError('usage.invalid', {
          reason: 'Split takes either --fingerprint or --failure.',
          example: `assay failures split ${written} --fingerprint 9f3a61c427b011d5`,
        })
      }
      const { client } = await connect()
      const id = await groupId(client, written)
      if (!yes) {
        const from = await client.getFailureGroup({ params: { id } })
        const part = from.fingerprints.filter(({ fingerprint }) => fingerprints?.includes(fingerprint))
        const taken = failureIds?.length ?? part.reduce((sum, { occurrences }) => sum + occurrences, 0)
        return out.show({ from, taken, split: false }, () => {
          return `Would take ${taken} of ${from.occurrences} out of ${plain(from.title)}. Add --yes to do it.`
        })
      }
      const body = {
        ...(fingerprints ? { fingerprints } : {}),
        ...(failureIds ? { failureIds } : {}),
        ...(title ? { title } : {}),
      }
      const done = await client.splitFailureGroup({ params: { id }, body })
      out.show(
        done,
        ({ group, change }) =>
          `New group ${group.id}: ${plain(group.title)}, ${group.occurrences} occurrences.\n${undoHint(change.id)}`,
      )
    }),
  )

  withExample(
    failures
      .command('undo')
      .argument('<change>', 'Id of a merge, split or regrouping, or the beginning of it.')
      .description('Undo a merge, a split or a regrouping; what came since goes where it belongs.'),
    'assay failures undo 0199c5aa',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const id = await resolveId('merge or split', written, () => client.listGroupChanges({ query: { limit: 200 } }))
      const change = await client.undoGroupChange({ params: { id } })
      out.show(change, ({ kind, occurrences }) => `Undone: the ${kind} of ${occurrences} occurrences.`)
    }),
  )

  withExample(
    withLimit(failures.command('changes').description('List merges, splits and regroupings, newest first.')),
    'assay failures changes',
  ).action(
    apiAction(terminal, async ({ connect, out }, options: ListOptions) => {
      const { client } = await connect()
      const { changeTable } = await import('../print/failure-groups.ts')
      const rows = await readPages(options, (page) => client.listGroupChanges({ query: page }))
      out.list(rows, () => changeTable(rows, { out, now: terminal.now() }), 'Nothing was merged or split yet.')
    }),
  )

  withExample(
    failures
      .command('regroup')
      .description('Group the kept failures anew by the rules of today. Tells the effect unless --yes is there.')
      .option('--dry-run', 'Only tell the effect; the default.')
      .option('--since <time>', 'Only failures received since, such as 7d.')
      .option('--yes', 'Do it; it can be undone.'),
    'assay failures regroup --dry-run',
  ).action(apiAction(terminal, (context: ApiContext, options: RegroupOptions) => regroup(context, options)))

  withExample(
    failures
      .command('settings')
      .description('Show or change when a group gets its test, and whether requests are kept.')
      .option('--threshold <count>', 'From 2 to 100.')
      .option('--count-by <what>', 'occurrences, or incidents: another user, or ten minutes apart.')
      .option('--bodies <kept>', 'on or off.'),
    'assay failures settings --threshold 5 --count-by incidents',
  ).action(
    apiAction(terminal, async ({ connect, out }, { threshold, countBy, bodies }: SettingsOptions) => {
      const { client } = await connect()
      const body = {
        ...(threshold === undefined ? {} : { threshold: Number(threshold) }),
        ...(countBy === undefined ? {} : { countBy: countBy as 'occurrences' }),
        ...(bodies === undefined ? {} : { bodies: bodies as 'on' }),
      }
      const isChange = Object.keys(body).length > 0
      const settings = isChange ? await client.updateMonitorSettings({ body }) : await client.getMonitorSettings()
      out.show(
        settings,
        (now) =>
          `A group gets its test at ${now.threshold} ${now.countBy}. Requests and outputs are ${now.bodies === 'on' ? 'kept' : 'not kept'}.`,
      )
    }),
  )
}

const undoHint = (id: string): string => `Undo it with: assay failures undo ${id}`

const regroup = async ({ connect, out, terminal }: ApiContext, options: RegroupOptions): Promise<void> => {
  const { yes, dryRun, since } = options
  if (yes && dryRun) {
    const { AssayError } = await import('@assay/core')
    throw new AssayError('usage.invalid', {
      reason: '--yes and --dry-run do not go together.',
      example: 'assay failures regroup --yes',
    })
  }
  const { client } = await connect()
  const from = since === undefined ? {} : { since: await pastTime(since, { flag: '--since', now: terminal.now() }) }
  const effect = await client.regroupFailures({ body: { apply: yes === true, ...from } })
  const { regroupText } = await import('../print/failure-groups.ts')
  out.show(effect, () => regroupText(effect, { out }))
}
