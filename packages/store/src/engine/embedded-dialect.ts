import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely'
import type { EmbeddedEngine, Turn } from './embedded.ts'
import type { Statement } from './messages.ts'

/** Kysely on the embedded engine: a connection is a turn, so that a transaction has the one session to itself. */
export const embeddedDialect = (engine: EmbeddedEngine): Dialect => ({
  createAdapter: () => new PostgresAdapter(),
  createIntrospector: (db) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
  createDriver: () => createDriver(engine),
})

const createDriver = (engine: EmbeddedEngine): Driver => ({
  init: async () => {},
  acquireConnection: async () => new TurnConnection(await engine.take()),
  releaseConnection: async (connection) => (connection as TurnConnection).release(),
  beginTransaction: async (connection) => (connection as TurnConnection).begin(),
  commitTransaction: (connection) => (connection as TurnConnection).commit(),
  rollbackTransaction: (connection) => (connection as TurnConnection).rollback(),
  destroy: async () => {},
})

class TurnConnection implements DatabaseConnection {
  readonly #turn: Turn
  /** A `begin` that waits for the first statement, to travel to the thread with it. */
  #pending: Statement[] = []

  constructor(turn: Turn) {
    this.#turn = turn
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const statements = [...this.#pending, { sql, parameters }]
    this.#pending = []
    const { rows, affectedRows, command } = (await this.#turn.run(statements)).at(-1)!
    return {
      rows: rows as Row[],
      ...(changing.has(command) ? { numAffectedRows: BigInt(affectedRows) } : {}),
    }
  }

  // eslint-disable-next-line require-yield -- the engine has no cursors to stream from
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('The embedded engine cannot stream a query; read it in pages.')
  }

  begin(): void {
    this.#pending = [{ sql: 'begin', parameters: [] }]
  }

  async commit(): Promise<void> {
    if (this.#isUntouched()) return
    const [result] = await this.#turn.run([{ sql: 'commit', parameters: [] }])
    if (result!.command === 'ROLLBACK') throw new Error('The transaction had failed before its commit and was undone.')
  }

  async rollback(): Promise<void> {
    if (this.#isUntouched()) return
    await this.#turn.run([{ sql: 'rollback', parameters: [] }])
  }

  release(): void {
    this.#turn.release()
  }

  #isUntouched(): boolean {
    const untouched = this.#pending.length > 0
    this.#pending = []
    return untouched
  }
}

const changing = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])
