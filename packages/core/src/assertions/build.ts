import type { z } from 'zod'
import type { Assertion } from './define.ts'
import { assertions } from './list.ts'
import { portableSchema } from './standard-schema.ts'
import { weighed, type WeighedOptions } from './weighed.ts'

type Listed = (typeof assertions)[number]

/** An assertion with options by its own names, such as `{ type: 'length', options: { max: 80 } }`. */
export type BuiltAssertion = Listed extends infer One ? BuiltOf<One> : never

type BuiltOf<One> = One extends { type: infer Type extends string; options: infer Options extends z.ZodType }
  ? { type: Type | `not-${Type}`; options: Readonly<z.input<Options>> } & WeighedOptions
  : never

/** A function for each assertion of the list: its options, and how much it counts. */
export type Builders = { [One in Listed as CamelCase<One['type']>]: Builder<One['type'], z.input<One['options']>> }

type Builder<Type extends string, Options> = (
  ...given: object extends Options
    ? [options?: Options, counted?: WeighedOptions]
    : [options: Options, counted?: WeighedOptions]
) => { type: Type; options: Options } & WeighedOptions

type CamelCase<Text extends string> = Text extends `${infer First}${'-' | ':'}${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Text

/** The name of an assertion's function: `is-json` is `isJson`, `trajectory:tool-used` is `trajectoryToolUsed`. */
export const builderName = (type: string): string =>
  type.replace(/[-:]([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

const builderOf =
  ({ type }: Assertion) =>
  (options: Record<string, unknown> = {}, counted: WeighedOptions = {}) => ({
    type,
    options: 'schema' in options ? { ...options, schema: portableSchema(options['schema']) } : options,
    ...weighed(counted),
  })

/** The functions of all assertions by their names; the list makes them. */
export const builders = Object.fromEntries(
  assertions.map((assertion: Assertion) => [builderName(assertion.type), builderOf(assertion)]),
) as unknown as Builders

/** The same assertion turned round. */
export const not = <Type extends string, Rest extends object>(
  assertion: { type: Type } & Rest,
): { type: `not-${Type}` } & Rest => ({ ...assertion, type: `not-${assertion.type}` as const })
