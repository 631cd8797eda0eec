import type { z } from 'zod'
import { AssayError } from '../../errors.ts'
import type { ChatMessage } from '../../gateway/chat.ts'
import { defineAssertion, type Answer, type Finding, type Reader } from '../define.ts'
import type { Verdict } from '../../suite/result.ts'
import type { Sandbox } from '../sandbox.ts'

/** What a judge is asked, and how its reply is read. */
export type Question<Reply> = {
  messages: ChatMessage[]
  /** What a reply must be: one JSON object of this shape and nothing beside it. */
  reply: z.ZodType<Reply>
  /** The reply as the judge is asked for it, where what is taken is wider. */
  wanted?: z.ZodType
  /** The shape as the judge is told it. */
  shape: string
  /** Reads what prompts of the user's own make a judge say instead; null when it is not that either. */
  readText?: ((text: string) => Reply | null) | undefined
}

/** A model that judges. What it cannot answer ends in `assertion.judge_unavailable` or `assertion.judge_unreadable`. */
export type Judge = {
  ask<Reply>(question: Question<Reply>): Promise<Reply>
  /** The embedding of a text. */
  embed(text: string): Promise<readonly number[]>
}

/** What a judged assertion is checked with. */
export type JudgeTools = { judge: Judge; sandbox: Sandbox; type: string }

/** An assertion whose verdict a model gives: without one it cannot be decided. */
export const defineJudged = <
  const Type extends string,
  Shape extends z.ZodRawShape,
  Names extends Record<string, Reader>,
>(definition: {
  type: Type
  options: Shape
  names: Names
  check: (answer: Answer, options: z.infer<z.ZodObject<Shape>>, tools: JudgeTools) => Promise<Finding>
}) => ({
  ...defineAssertion({
    ...definition,
    check: async (answer, options, { judge, ...tools }) => {
      if (!judge) throw new AssayError('assertion.needs_model', { type: tools.type })
      return definition.check(answer, options, { ...tools, judge })
    },
  }),
  isJudged: true as const,
})

/** The code of an error that says a judge could not be asked or understood, which is no failure of the answer; else null. */
export const unscoredCode = ({ code }: { code: string }): Verdict['unscored'] | null =>
  code === 'assertion.judge_unavailable' || code === 'assertion.judge_unreadable' ? code : null
