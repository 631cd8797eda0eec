import type { Command } from 'commander'
import type { ModelNames } from '@assay/core'
import { apiAction, withExample } from '../action.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** `assay router aliases`: the workspace's own names for models. */
export const aliasCommands = (router: Command, terminal: Terminal): void => {
  const aliases = router.command('aliases').description('See and change your own names for models.')
  withExample(
    aliases.command('list').description('List the names, and whose model a bare name means.'),
    'assay router aliases list',
  ).action(
    apiAction(terminal, async ({ connect, out }) => {
      const { client } = await connect()
      out.show(await client.getModelNames(), namesIn)
    }),
  )
  withExample(
    aliases
      .command('set')
      .argument('<name>', 'What applications ask for.')
      .argument('<models...>', 'provider/model: the one it stands for, then those tried when that one fails.')
      .description('Give models a name of your own, at once and for all keys.'),
    'assay router aliases set fast openai/gpt-5-mini anthropic/claude-haiku-4-5',
  ).action(
    apiAction(terminal, async ({ connect, out }, name: string, models: string[]) => {
      const { client } = await connect()
      out.show(await client.updateModelNames({ body: { set: [{ name, models }] } }), namesIn)
    }),
  )
  withExample(
    aliases.command('remove').argument('<names...>', 'Names to take back.').description('Take names back.'),
    'assay router aliases remove fast',
  ).action(
    apiAction(terminal, async ({ connect, out }, names: string[]) => {
      const { client } = await connect()
      out.show(await client.updateModelNames({ body: { remove: names } }), namesIn)
    }),
  )
  withExample(
    aliases
      .command('order')
      .argument('[providers...]', 'Providers, the preferred first; none takes the order back.')
      .description('Say whose model a bare name means when several providers have it.'),
    'assay router aliases order anthropic openai',
  ).action(
    apiAction(terminal, async ({ connect, out }, providerOrder: string[]) => {
      const { client } = await connect()
      out.show(await client.updateModelNames({ body: { providerOrder } }), namesIn)
    }),
  )
}

const namesIn = (names: ModelNames): string => {
  const rows = names.aliases.map(({ name, models }) => `${name} → ${models.join(', then ')}`)
  const order = names.providerOrder.length > 0 ? [`Bare names mean: ${names.providerOrder.join(' > ')}`] : []
  return [...(rows.length > 0 ? rows : ['No alias is set.']), ...order].join('\n')
}
