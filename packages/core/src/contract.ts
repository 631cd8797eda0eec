import type { z } from 'zod'
import type { Role, Scope } from './workspace/access.ts'

/**
 * Who may call a route. `person` is a sign-in of at least `role` or, where `scope` stands, a key that has it;
 * `key` is keys only; `public` is anybody. A route without an access does not compile and does not register.
 */
export type Access = { who: 'public' } | { who: 'person'; role: Role; scope?: Scope } | { who: 'key'; scope: Scope }

/** What one HTTP route takes and gives: the one definition behind types, validation, OpenAPI and the client's call. */
export type Contract = {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** With parameters in braces: `/api/v1/failures/{id}`. */
  path: `/api/${string}`
  access: Access
  summary: string
  params?: z.ZodObject
  query?: z.ZodObject
  body?: z.ZodType
  reply: z.ZodType
  /** Takes an `Idempotency-Key`: sent again with the same one within a day, it answers what it answered first. */
  once?: true
  /** The largest body it takes, where that is not the one that every route takes. */
  maxBodyBytes?: number
  /** The status of success when it is not 200. */
  status?: 200 | 201 | 202 | 204 | 207
}

/** Writes a contract down, keeping its exact types. */
export const contract = <const Definition extends Contract>(definition: Definition): Definition => definition

type Part<Definition, Key extends string, Side extends 'input' | 'output'> = Definition extends {
  [K in Key]: infer Schema extends z.ZodType
}
  ? { [K in Key]: Side extends 'input' ? z.input<Schema> : z.output<Schema> }
  : unknown

/** What a handler receives: every part parsed. */
export type ContractInput<Definition extends Contract> = Part<Definition, 'params', 'output'> &
  Part<Definition, 'query', 'output'> &
  Part<Definition, 'body', 'output'>

/** What a caller sends: defaults may be left out. */
export type ContractCall<Definition extends Contract> = Part<Definition, 'params', 'input'> &
  Part<Definition, 'query', 'input'> &
  Part<Definition, 'body', 'input'>

/** What the route answers. */
export type ContractReply<Definition extends Contract> = z.output<Definition['reply']>
