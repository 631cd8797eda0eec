import { startFakeProvider } from '@assay/testkit'

/** A provider on 127.0.0.1 that answers whoever sends a key it accepts, as OpenAI would, and remembers every call. */
export const startGuardedProvider = async (...accepted: string[]) => {
  const keys = [...accepted]
  const models = ['test-model', 'other-model']
  const fake = await startFakeProvider({ keys, models, always: 'Hello there.' })
  return {
    host: fake.host,
    baseUrl: fake.baseUrl,
    calls: fake.calls,
    accept: (key: string) => void keys.push(key),
    refuse: (key: string) => void keys.splice(0, keys.length, ...keys.filter((other) => other !== key)),
    slow: (latencyMs: number) => fake.always({ text: 'Hello there.', latencyMs }),
    [Symbol.asyncDispose]: () => fake.close(),
  }
}

export type GuardedProvider = Awaited<ReturnType<typeof startGuardedProvider>>
