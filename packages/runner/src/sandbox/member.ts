import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads'
import { sandboxLimits } from './limits.ts'
import type { Ask, Question, Reply } from './protocol.ts'

/** A question that waits for its answer. */
export type Call = {
  question: Question
  settle: (outcome: object) => void
  fail: (reason: 'timeout' | 'memory' | 'closed') => void
}

/** One thread of the pool, with the calls it was given. */
export type Member = {
  readonly load: number
  /** True while one call takes so long that nothing should be put behind it. */
  readonly isSlow: boolean
  ask(call: Call): void
  stop(): Promise<void>
}

/** From dist the thread is JavaScript; from source Node strips the types of it and of what it imports. */
const workerUrl = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

/** After this long a call counts as slow, and those behind it are taken elsewhere. */
const SLOW_MS = 50

/** Starts a thread. `onSlow` gets the calls that wait behind a slow one, `onDead` all that were left after its end. */
export const startMember = (on: { slow: (calls: Call[]) => void; dead: (calls: Call[]) => void }): Member => {
  const { port1: port, port2 } = new MessageChannel()
  const worker = new Worker(workerUrl, {
    workerData: { port: port2 },
    transferList: [port2],
    env: {},
    execArgv: [],
    stdin: false,
    resourceLimits: { maxOldGenerationSizeMb: sandboxLimits.heapMb, stackSizeMb: sandboxLimits.stackMb },
  })
  worker.unref()
  const calls = new Map<number, Call>()
  const unsent: Ask[] = []
  let lastId = 0
  let isStarted = false
  let isStopped = false
  let isSlow = false
  let deadline: NodeJS.Timeout | null = null

  /** Begins the time of the call that is now at the head. */
  const watch = () => {
    if (deadline) clearTimeout(deadline)
    deadline = null
    isSlow = false
    if (calls.size === 0) port.unref()
    else if (isStarted) slowTimer.refresh()
  }
  const receive = (reply: Reply) => {
    if ('ready' in reply) {
      // Loading is our time, not the call's.
      isStarted = reply.ready
      return watch()
    }
    const call = calls.get(reply.id)
    calls.delete(reply.id)
    watch()
    call?.settle(reply.outcome)
  }
  const onSlow = () => {
    if (calls.size === 0 || !isStarted || isStopped || isSlow || drain(port, receive)) return
    isSlow = true
    const [head, ...others] = calls.keys()
    const moved = others.map((id) => calls.get(id)!)
    for (const id of others) calls.delete(id)
    deadline = setTimeout(() => onTimeout(head!), sandboxLimits.timeoutMs - SLOW_MS)
    if (moved.length > 0) on.slow(moved)
  }
  const onTimeout = (id: number) => {
    if (drain(port, receive) || !calls.has(id)) return
    const culprit = calls.get(id)!
    calls.delete(id)
    end()
    culprit.fail('timeout')
  }
  const end = () => {
    if (isStopped) return
    isStopped = true
    clearTimers()
    port.close()
    void worker.terminate()
    const left = [...calls.values()]
    calls.clear()
    on.dead(left)
  }

  const send = () => {
    const asks = unsent.splice(0).filter(({ id }) => calls.has(id))
    if (!isStopped && asks.length > 0) port.postMessage(asks)
  }

  const clearTimers = () => {
    clearTimeout(slowTimer)
    if (deadline) clearTimeout(deadline)
  }
  // One timer for the life of the thread: moving its time on is cheaper than a new one for each call.
  const slowTimer = setTimeout(onSlow, SLOW_MS).unref()

  port.on('message', receive)
  port.unref()
  worker.on('error', () => {
    // The heap ran over: the call at the head did it.
    const culprit = calls.keys().next().value
    const call = culprit === undefined ? undefined : calls.get(culprit)
    if (culprit !== undefined) calls.delete(culprit)
    end()
    call?.fail('memory')
  })

  return {
    get load() {
      return calls.size
    },
    get isSlow() {
      return isSlow
    },
    ask(call) {
      const id = ++lastId
      calls.set(id, call)
      port.ref()
      if (calls.size === 1) watch()
      // What comes within one turn goes as one message: waking a thread costs more than most questions.
      if (unsent.push({ id, question: call.question }) === 1) setImmediate(send)
    },
    async stop() {
      isStopped = true
      clearTimers()
      for (const call of calls.values()) call.fail('closed')
      calls.clear()
      port.close()
      await worker.terminate()
    },
  }
}

/** Hands over what arrived already; true when there was something. */
const drain = (port: MessagePort, receive: (reply: Reply) => void): boolean => {
  let hasAny = false
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
    hasAny = true
    receive(next.message as Reply)
  }
  return hasAny
}
