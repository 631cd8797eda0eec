import type { RequestRecord } from '@assay/core'
import { formatCount } from '../display/number.ts'
import { words } from '../words.ts'
import classes from './request-drawer.module.css'

/** The tokens of a request by class, as shares of one bar and in numbers. */
export const TokenBar = ({ request }: { request: RequestRecord }) => {
  const parts = tokenClasses(request)
  return (
    <div className={classes['tokens']}>
      <div className={classes['bar']} aria-hidden="true">
        {parts.map(({ name, count, colour }) => (
          <span key={name} style={{ flexGrow: count, background: `var(${colour})` }} />
        ))}
      </div>
      <dl className={classes['classes']}>
        {parts.map(({ name, count, colour }) => (
          <div key={name}>
            <span className={classes['swatch']} style={{ background: `var(${colour})` }} aria-hidden="true" />
            <dt>{words.request.classes[name]}</dt>
            <dd>{formatCount(count)}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

type TokenClass = { name: keyof typeof words.request.classes; count: number; colour: string }

/** The classes that have tokens; input and output always, so that zero is said rather than left out. */
export const tokenClasses = (request: RequestRecord): TokenClass[] => {
  const { inputTokens, outputTokens, cacheReadInputTokens, cacheWriteInputTokens, reasoningOutputTokens } = request
  const parts: TokenClass[] = [
    {
      name: 'fresh',
      count: Math.max(0, inputTokens - cacheReadInputTokens - cacheWriteInputTokens),
      colour: '--accent-mark',
    },
    { name: 'cacheRead', count: cacheReadInputTokens, colour: '--pass-mark' },
    { name: 'cacheWrite', count: cacheWriteInputTokens, colour: '--warn-mark' },
    { name: 'output', count: Math.max(0, outputTokens - reasoningOutputTokens), colour: '--gold' },
    { name: 'reasoning', count: reasoningOutputTokens, colour: '--mute-mark' },
  ]
  return parts.filter(({ name, count }) => count > 0 || name === 'fresh' || name === 'output')
}
