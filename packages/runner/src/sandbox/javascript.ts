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
  const { runtime, world, run } = fresh ?? createWorld(module)
  fresh = null
  const deadline = performance.now() + sandboxLimits.timeoutMs - 50
  let isLate = false
  runtime.setInterruptHandler(() => (isLate ||= performance.now() > deadline))
  const broken = (failure: { error: QuickJSHandle }): JavascriptOutcome | 'timeout' => {
    const outcome = thrown(failure.error.consume((error) => world.dump(error)))
    return isLate ? 'timeout' : outcome
  }
  const given = [code, output, context].map((text) => world.newString(text))
  try {
    const called = world.callFunction(run, world.undefined, ...given)
    if (called.error) return broken(called)
    const state = called.value.consume((value) => world.dump(value) as State)
    if (state.done) return isLate ? 'timeout' : read(state)
    const jobs = runtime.executePendingJobs()
    if (jobs.error) return broken(jobs)
    jobs.dispose()
    const settled = world.evalCode('__settled()')
    if (settled.error) return broken(settled)
    const outcome = read(settled.value.consume((value) => world.dump(value) as State))
    return isLate ? 'timeout' : outcome
  } finally {
    for (const handle of given) handle.dispose()
    run.dispose()
    world.dispose()
    runtime.dispose()
  }
}

/** Makes the world of the next script while nobody waits for it. */
export const prepareWorld = async (): Promise<void> => {
  const module = await loadEngine()
  fresh ??= createWorld(module)
}

type World = { runtime: QuickJSRuntime; world: QuickJSContext; run: QuickJSHandle }

let fresh: World | null = null

const createWorld = (module: QuickJSWASMModule): World => {
  const runtime = module.newRuntime()
  runtime.setMemoryLimit(sandboxLimits.scriptHeapBytes)
  runtime.setMaxStackSize(512 * 1024)
  const world = runtime.newContext()
  return { runtime, world, run: world.unwrapResult(world.evalCode(frame, 'assertion.js')) }
}

/**
 * Tries the code as an expression, then as statements whose last expression counts, then as a body with `return`.
 * Whether it parses is asked before anything of it runs.
 */
const frame = `(() => {
  const { parse, stringify } = JSON
  const build = (body) => {
    try {
      return new Function(body)
    } catch (error) {
      if (error instanceof SyntaxError) return null
      throw error
    }
  }
  const evaluate = (code) => {
    const expression = build('return (\\n' + code.replace(/[;\\s]+$/, '') + '\\n)')
    if (expression) return expression()
    try {
      return (0, eval)(code)
    } catch (error) {
      if (!(error instanceof SyntaxError) || !/return/.test(error.message)) throw error
      return new Function(code)()
    }
  }
  const state = { done: false }
  const settle = (value) => {
    const isFinite = typeof value !== 'number' || Number.isFinite(value)
    state.json = stringify(isFinite ? value : String(value))
    state.done = true
  }
  const refuse = (error) => {
    state.thrown = error instanceof Error ? error.name + ': ' + error.message : String(error)
    state.done = true
  }
  return (code, output, context) => {
    globalThis.output = parse(output)
    globalThis.context = parse(context)
    globalThis.__settled = () => state
    try {
      const value = evaluate(code)
      if (value && typeof value.then === 'function') value.then(settle, refuse)
      else settle(value)
    } catch (error) {
      refuse(error)
    }
    return state
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
