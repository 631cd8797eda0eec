import { tmpdir } from 'node:os'
import type { Suite } from '@assay/core'
import {
  agentTarget,
  choosePlugins,
  chooseTarget,
  createAskEndpoint,
  maskOf,
  openersOf,
  wantsAgent,
  type RunOptions,
} from '@assay/runner'
import type { App } from '../app.ts'

/** Shorter values of headers are words that stand in answers for their own sake. */
const SHORTEST_SECRET = 8

type Parts = Pick<App, 'egress' | 'sandbox' | 'now'>

/** What the cases of a run are run against: addresses and tools by the one way out, models, scripts in the sandbox. */
export const targetsOf = ({ egress, sandbox, now }: Parts, suite: Suite): NonNullable<RunOptions['targetOf']> =>
  chooseTarget({
    ask: createAskEndpoint({ egress, now }),
    sandbox,
    now,
    // Nothing of this process's environment gets into a suite, so that there is nothing of it to take out.
    mask: maskOf({}, []),
    onError: () => {},
    ofModels: agentsOf({ egress, sandbox, now }, suite),
  })

/** Agents where the suite has tools for them; what starts programs or sees files was refused when it was read. */
const agentsOf = ({ egress, now }: Parts, suite: Suite): RunOptions['targetOf'] => {
  if (!wantsAgent(suite)) return undefined
  const plugins = choosePlugins({ options: [], suite })
  const folder = tmpdir()
  const options = {
    plugins: openersOf(plugins, { egress, environment: {}, suiteFolder: folder, typedIn: folder }),
    workspace: { suiteFolder: folder },
    secrets: plugins
      .flatMap((plugin) => (plugin.kind === 'server' ? Object.values(plugin.server.headers) : []))
      .flatMap((value) => [value, value.replace(/^\w+ /, '')])
      .filter(({ length }) => length >= SHORTEST_SECRET)
      .toSorted((a, b) => b.length - a.length),
    now,
  }
  return (complete, planned) => agentTarget(complete, planned, options)
}
