/** What a worker is asked; only plain values cross. */
export type Question =
  | { kind: 'regex'; pattern: string; text: string }
  | { kind: 'schema'; schema: string; isYaml: boolean; texts: string[] }
  | { kind: 'sql'; text: string; databaseType: string; allowedTables?: string[]; allowedColumns?: string[] }
  | { kind: 'javascript'; code: string; output: string; context: string }

/** One question with the number its reply comes back under. */
export type Ask = { id: number; question: Question }

/** What the worker answers: the outcome of the core's `Sandbox`, or whether it has what it needs or still loads it. */
export type Reply = { id: number; outcome: object } | { ready: boolean }
