import { AssayError, endpointVars, type Sandbox } from '@assay/core'
import { readReply, replyAnswer } from './provider-reply.ts'
import type { Target } from './target.ts'

/** JavaScript that answers: a function, an object with `callApi`, or a class of one, as promptfoo's providers are. */
export const scriptTarget = ({ sandbox, now }: { sandbox: Sandbox; now: () => number }): Target => ({
  async answer({ planned, messages }) {
    const { vars, modelId: id, model: label, parameters: config, script = '' } = planned
    const { prompt } = endpointVars(vars, messages)
    const text = typeof prompt === 'string' ? prompt : JSON.stringify(prompt)
    const startedAt = now()
    const outcome = await sandbox.javascript({
      code: `${script}\n;${CALL}`,
      output: {
        prompt: text,
        options: { id, config },
        context: { vars, prompt: { raw: text, label }, test: { vars } },
      },
      context: {},
    })
    const failed = (reason: string) => new AssayError('suite.script_failed', { script: id, reason })
    if ('thrown' in outcome) throw failed(outcome.thrown)
    if (outcome.json === undefined) throw failed('it returned nothing')
    const read = readReply(JSON.parse(outcome.json))
    if (read.error !== null) throw failed(read.error)
    return replyAnswer(read, { latencyMs: Math.round(now() - startedAt) })
  },
})

const CALL = `
const made = (() => {
  if (typeof exported !== 'function') return exported;
  const isClass = typeof exported.prototype?.callApi === 'function' || /^class\\b/.test(String(exported));
  return isClass ? new exported(output.options) : exported;
})();
if (typeof made === 'function') return made(output.prompt, output.context, output.options);
if (typeof made?.callApi !== 'function') throw new TypeError('it exports neither a function nor an object with callApi');
return made.callApi(output.prompt, output.context, output.options)`
