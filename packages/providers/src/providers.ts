import { anthropic } from './anthropic/anthropic.ts'
import { azure } from './azure/azure.ts'
import { compatible, openai } from './compatible/compatible.ts'
import { google } from './google/google.ts'
import type { Provider } from './provider.ts'
import { createSim } from './sim/sim.ts'

/** Every provider by name; the simulator among them counts its callers, so each part of the service has its own. */
export const createProviders = (): ReadonlyMap<string, Provider> =>
  new Map([openai, anthropic, google, compatible, azure, createSim()].map((provider) => [provider.name, provider]))
