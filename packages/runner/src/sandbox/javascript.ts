import type { JavascriptOutcome } from '@assay/core'
import variant from '@jitl/quickjs-wasmfile-release-sync'
import {
  newQuickJSWASMModuleFromVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSSyncVariant,
  type QuickJSWASMModule,
} from 'quickjs-emscripten-core'
import { sandboxLimits } from './limits.ts'

let engine: QuickJSWASMModule | null = null

/** Loads the interpreter; the first script waits for it, no other. Its types describe the CommonJS build. */
export const loadEngine = async (): Promise<QuickJSWASMModule> =>
  (engine ??= await newQuickJSWASMModuleFromVariant(variant as unknown as QuickJSSyncVariant))

/**
 * Runs a script in a world of its own that holds `output`, `context` and nothing of ours. It ends by itself shortly
 * before the pool would end the thread.
 */
export const runJavascript = (
  module: QuickJSWASMModule,
  { code, output, context }: { code: string; output: string; context: string },
): JavascriptOutcome | 'timeout' => {
  const deadline = performance.now() + sandboxLimits.timeoutMs - 50
  const { runtime, world } = fresh ?? createWorld(module)
  fresh = null
  runtime.setInterruptHandler(() => performance.now() > deadline)
  const broken = (failure: { error: QuickJSHandle }): JavascriptOutcome | 'timeout' => {
    const outcome = thrown(failure.error.consume((error) => world.dump(error)))
    return performance.now() > deadline ? 'timeout' : outcome
  }
  try {
    give(world, '__code', code)
    give(world, '__output', output)
    give(world, '__context', context)
    const evaluated = world.evalCode(frame, 'assertion.js')
    if (evaluated.error) return broken(evaluated)
    evaluated.value.dispose()
    const jobs = runtime.executePendingJobs()
    if (jobs.error) return broken(jobs)
    jobs.dispose()
    const state = world.evalCode('__read()')
    if (state.error) return broken(state)
    return read(state.value.consume((value) => world.dump(value) as State))
  } finally {
    world.dispose()
    runtime.dispose()
  }
}

type World = { runtime: QuickJSRuntime; world: QuickJSContext }

let fresh: World | null = null

/** Makes the world of the next script while nobody waits for it. */
export const prepareWorld = async (): Promise<void> => {
  const module = await loadEngine()
  fresh ??= createWorld(module)
}

const createWorld = (module: QuickJSWASMModule): World => {
  const runtime = module.newRuntime()
  runtime.setMemoryLimit(sandboxLimits.scriptHeapBytes)
  runtime.setMaxStackSize(512 * 1024)
  return { runtime, world: runtime.newContext() }
}

/**
 * Tries the code as an expression, then as statements whose last expression counts, then as a body with `return`.
 * Whether it parses is asked before anything of it runs.
 */
const frame = `(() => {
  const code = globalThis.__code
  const stringify = JSON.stringify
  globalThis.output = JSON.parse(globalThis.__output)
  globalThis.context = JSON.parse(globalThis.__context)
  delete globalThis.__code
  delete globalThis.__output
  delete globalThis.__context
  const state = { done: false }
  globalThis.__read = () => state
  const settle = (value) => {
    if (typeof value === 'number' && !Number.isFinite(value)) value = String(value)
    state.json = stringify(value)
    state.done = true
  }
  const refuse = (error) => {
    state.thrown = error instanceof Error ? error.name + ': ' + error.message : String(error)
    state.done = true
  }
  const build = (body) => {
    try {
      return new Function(body)
    } catch (error) {
      if (error instanceof SyntaxError) return null
      throw error
    }
  }
  const run = () => {
    const expression = build('return (\\n' + code.replace(/[;\\s]+$/, '') + '\\n)')
    if (expression) return expression()
    try {
      return (0, eval)(code)
    } catch (error) {
      if (!(error instanceof SyntaxError) || !/return/.test(error.message)) throw error
      return new Function(code)()
    }
  }
  try {
    const value = run()
    if (value && typeof value.then === 'function') value.then(settle, refuse)
    else settle(value)
  } catch (error) {
    refuse(error)
  }
})()`

type State = { done: boolean; json?: string; thrown?: string }

const read = ({ done, json, thrown }: State): JavascriptOutcome => {
  if (thrown !== undefined) return { thrown: thrown.slice(0, 2_000) }
  if (!done) return { thrown: 'the promise it returned was never settled' }
  if ((json?.length ?? 0) > sandboxLimits.outputCharacters) return { thrown: 'what it returned is larger than 64 KB' }
  return { json }
}

const thrown = (error: unknown): JavascriptOutcome => {
  const { name = 'Error', message = String(error) } = (error ?? {}) as { name?: string; message?: string }
  return { thrown: `${name}: ${message}`.slice(0, 2_000) }
}

const give = (world: QuickJSContext, name: string, text: string): void => {
  const handle = world.newString(text)
  world.setProp(world.global, name, handle)
  handle.dispose()
}
