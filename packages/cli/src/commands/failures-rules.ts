import type { Command } from 'commander'
import { apiAction, withExample } from '../action.ts'
import { resolveId } from '../ids.ts'
import { plain } from '../print/width.ts'
import type { Terminal } from '../terminal/terminal.ts'

type RuleOptions = { pattern: string; template: string }
type ChangeOptions = Partial<RuleOptions> & { name?: string; on?: boolean; off?: boolean; place?: string }

const RULE = 'Id, the beginning of it, or the name.'
const PATTERN = 'Regular expression over "class: message" of a report.'
const TEMPLATE = 'What failures of one group share, such as {{category}}:{{param.model}}.'

/** `assay failures rules`: the workspace's own words on what is one group. */
export const rulesCommand = (failures: Command, terminal: Terminal): void => {
  const rules = failures
    .command('rules')
    .description('Manage your own rules on what is one group; they go before everything else.')

  withExample(rules.command('list').description('List the rules in their order.'), 'assay failures rules list').action(
    apiAction(terminal, async ({ connect, out }) => {
      const { client } = await connect()
      const { ruleTable } = await import('../print/failure-groups.ts')
      const { items } = await client.listFingerprintRules()
      out.list(items, () => ruleTable(items, { out }), 'There is no rule. Add one with `assay failures rules add`.')
    }),
  )

  withExample(
    rules
      .command('add')
      .argument('<name>', 'What the rule is called.')
      .requiredOption('--pattern <regex>', PATTERN)
      .requiredOption('--template <text>', TEMPLATE)
      .description('Add a rule behind the others; it decides for failures from now on.'),
    "assay failures rules add models --pattern 'model (?<model>\\S+) is overloaded' --template '{{category}}:{{param.model}}'",
  ).action(
    apiAction(terminal, async ({ connect, out }, name: string, { pattern, template }: RuleOptions) => {
      const { client } = await connect()
      const made = await client.createFingerprintRule({ body: { name, pattern, template } })
      out.show(made, (rule) => `Added ${plain(rule.name)}.`)
      out.note('It decides from now on; `assay failures regroup` tells what it would do to the failures that are kept.')
    }),
  )

  withExample(
    rules
      .command('try')
      .requiredOption('--pattern <regex>', PATTERN)
      .requiredOption('--template <text>', TEMPLATE)
      .description('Show what a rule would match of the newest failures, without keeping it.')
      .option('-n, --limit <count>', 'How many failures to look at, at most 1000.', '200'),
    "assay failures rules try --pattern 'model (?<model>\\S+) is overloaded' --template '{{category}}:{{param.model}}'",
  ).action(
    apiAction(terminal, async ({ connect, out }, { pattern, template, limit }: RuleOptions & { limit: string }) => {
      const { client } = await connect()
      const { trialText } = await import('../print/failure-groups.ts')
      const trial = await client.tryFingerprintRule({ body: { pattern, template, limit: Number(limit) } })
      out.show(trial, () => trialText(trial, { out }))
    }),
  )

  withExample(
    rules
      .command('change')
      .argument('<rule>', RULE)
      .description('Change a rule, its place, or whether it is on.')
      .option('--name <name>', 'Another name.')
      .option('--pattern <regex>', PATTERN)
      .option('--template <text>', TEMPLATE)
      .option('--place <number>', '0 is tried first.')
      .option('--on', 'Switch it on.')
      .option('--off', 'Switch it off.'),
    'assay failures rules change models --off',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, options: ChangeOptions) => {
      const { name, pattern, template, place, on, off } = options
      const body = {
        ...(name === undefined ? {} : { name }),
        ...(pattern === undefined ? {} : { pattern }),
        ...(template === undefined ? {} : { template }),
        ...(place === undefined ? {} : { place: Number(place) }),
        ...(on === off ? {} : { enabled: on === true }),
      }
      if (Object.keys(body).length === 0) {
        const { AssayError } = await import('@assay/core')
        throw new AssayError('usage.invalid', {
          reason: 'Nothing to change was named.',
          example: `assay failures rules change ${written} --off`,
        })
      }
      const { client } = await connect()
      const id = await resolveId('fingerprint rule', written, () => client.listFingerprintRules())
      out.show(await client.updateFingerprintRule({ params: { id }, body }), (rule) => `Changed ${plain(rule.name)}.`)
    }),
  )

  withExample(
    rules
      .command('remove')
      .argument('<rule>', RULE)
      .description('Remove a rule; the groups it made stay as they are.')
      .option('--yes', 'Do it; without it the rule is only shown.'),
    'assay failures rules remove models --yes',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, { yes }: { yes?: boolean }) => {
      const { client } = await connect()
      const id = await resolveId('fingerprint rule', written, () => client.listFingerprintRules())
      if (!yes) {
        const rule = (await client.listFingerprintRules()).items.find((one) => one.id === id)
        return out.show({ rule, removed: false }, () => `Would remove ${plain(rule?.name ?? id)}. Add --yes to do it.`)
      }
      out.show(await client.removeFingerprintRule({ params: { id } }), (rule) => `Removed ${plain(rule.name)}.`)
    }),
  )
}
