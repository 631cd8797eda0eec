import type { Contract, ContractInput, ContractReply } from '@assay/core'
import type { WorkspaceScope } from '@assay/store'
import type { App } from '../app.ts'
import type { Caller, Member } from './caller.ts'

/** One request as a handler sees it: who asks, and the transaction of their workspace. */
export type Exchange = {
  app: App
  caller: Caller
  requestId: string
  remoteAddress: string | null
  /** A header of the request; undefined when it was not sent. */
  header: (name: string) => string | undefined
  /** The caller who belongs to a workspace; refuses a route that is open to nobody in particular. */
  member: () => Member
  /** One transaction in the caller's workspace. */
  inWorkspace: <Result>(work: (scope: WorkspaceScope) => Promise<Result>) => Promise<Result>
  /** Answers with another status than the contract's. */
  setStatus: (status: number) => void
  setCookie: (cookie: string) => void
}

/** What a route does, under the contract that says what it takes, gives and asks of its caller. */
export type Implementation<Definition extends Contract = Contract> = {
  contract: Definition
  handle(exchange: Exchange, input: ContractInput<Definition>): Promise<ContractReply<Definition>>
}

/** Puts behaviour under a contract. */
export const implement = <const Definition extends Contract>(
  contract: Definition,
  handle: Implementation<Definition>['handle'],
): Implementation<Definition> => ({ contract, handle })
