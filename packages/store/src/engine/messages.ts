import type { EngineCode } from './engine-code.ts'

/** One statement with its bound parameters. */
export type Statement = { sql: string; parameters: readonly unknown[] }

/** What one statement gave. */
export type StatementResult = {
  rows: Record<string, unknown>[]
  affectedRows: number
  /** The command tag, such as INSERT; a COMMIT of a failed transaction says ROLLBACK. */
  command: string
}

/** What the thread of the engine is told when it starts. */
export type EngineStart = { directory: string; durable: boolean; code: EngineCode }

/** What is asked of the thread. `run` sends statements one by one, `script` several in one text without parameters. */
export type EngineRequest =
  | { id: number; kind: 'run'; statements: Statement[] }
  | { id: number; kind: 'script'; sql: string }
  | { id: number; kind: 'close' }

/** What the thread says; id 0 is the start itself. */
export type EngineReply =
  | { id: number; results: StatementResult[]; syncs: number }
  | { id: number; error: ErrorFields; fatal: boolean }

/** An error of the database, field by field: a structured clone of an Error would drop all of them. */
export type ErrorFields = { message: string; name: string } & Partial<Record<(typeof errorFields)[number], string>>

export const errorFields = [
  'code',
  'severity',
  'detail',
  'hint',
  'position',
  'internalPosition',
  'internalQuery',
  'where',
  'schema',
  'table',
  'column',
  'dataType',
  'constraint',
  'routine',
] as const

/** An error taken apart for the way between threads. */
export const toErrorFields = (error: unknown): ErrorFields => {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const fields: ErrorFields = { name: error.name, message: error.message }
  for (const field of errorFields) {
    const value = (error as unknown as Record<string, unknown>)[field]
    if (value !== undefined && value !== null) fields[field] = typeof value === 'string' ? value : JSON.stringify(value)
  }
  return fields
}

/** The same error on this side. */
export const fromErrorFields = ({ message, name, ...fields }: ErrorFields): Error =>
  Object.assign(new Error(message), { name }, fields)
