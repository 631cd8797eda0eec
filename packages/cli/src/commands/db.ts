import type { Command } from 'commander'
import { action, withExample } from '../action.ts'
import type { Terminal } from '../terminal/terminal.ts'

type RollbackOptions = { to?: string; acceptLoss?: boolean }

const NOT_AS_IT_SHOULD_BE = 1

/** `assay db`: the schema and the state of the database. */
export const dbCommand = (program: Command, terminal: Terminal): void => {
  const db = program.command('db').description('Look after the database: its schema and its state.')

  withExample(
    db
      .command('migrate')
      .description('Bring the schema up to date.')
      .option('--to <migration>', 'Up to and with this one, by name or number.'),
    'assay db migrate',
  ).action(
    action(terminal, async ({ out }, { to }: { to?: string }) => {
      const { inSchema } = await import('../schema.ts')
      const applied = await inSchema(terminal, (schema) => schema.migrate(to))
      for (const name of applied) out.event({ event: 'applied', name })
      for (const name of applied) out.line(`applied ${name}`)
      if (applied.length === 0) out.note('Nothing was pending.')
    }),
  )

  withExample(
    db
      .command('rollback')
      .description('Take the last migration back; refuses when rows would be lost.')
      .option('--to <migration>', 'Take back all after this one; 0 is before the first.')
      .option('--accept-loss', 'Go on although rows are lost.'),
    'assay db rollback --to 0001',
  ).action(
    action(terminal, async ({ out }, { to, acceptLoss = false }: RollbackOptions) => {
      const { inSchema } = await import('../schema.ts')
      const reverted = await inSchema(terminal, (schema) => schema.rollBack({ to, acceptLoss }))
      for (const name of reverted) out.event({ event: 'reverted', name })
      for (const name of reverted) out.line(`took back ${name}`)
      if (reverted.length === 0) out.note('There was nothing to take back.')
    }),
  )

  withExample(db.command('status').description('List migrations, applied and pending.'), 'assay db status').action(
    action(terminal, async ({ out }) => {
      const [{ inSchema }, { statusTable }] = await Promise.all([import('../schema.ts'), import('../print/schema.ts')])
      const rows = await inSchema(terminal, (schema) => schema.status())
      out.list(rows, () => statusTable(rows, { out, now: terminal.now() }), 'There are no migrations.')
    }),
  )

  withExample(
    db.command('history').description('List what was done to the schema, the oldest first.'),
    'assay db history',
  ).action(
    action(terminal, async ({ out }) => {
      const [{ inSchema }, { historyTable }] = await Promise.all([import('../schema.ts'), import('../print/schema.ts')])
      const rows = await inSchema(terminal, (schema) => schema.history())
      out.list(rows, () => historyTable(rows, { out, now: terminal.now() }), 'Nothing was done to the schema yet.')
    }),
  )

  withExample(
    db
      .command('new')
      .argument('<name>', 'What it does, in a few words.')
      .description('Write an empty migration with the next number, in a clone of the sources.'),
    "assay db new 'budgets per key'",
  ).action(
    action(terminal, async ({ out }, name: string) => {
      const { newMigration } = await import('@assay/store')
      const path = await newMigration(name)
      out.show({ path }, () => path)
    }),
  )

  withExample(
    db
      .command('check')
      .description('Check the database: schema, sums against their rows, groups against their failures, audit chain.'),
    'assay db check',
  ).action(
    action(terminal, async ({ out }) => {
      const [{ readConfig }, { findOwner }, { askOwner, checkData }, { findingText }] = await Promise.all([
        import('@assay/core'),
        import('@assay/store'),
        import('../readiness.ts'),
        import('../print/doctor.ts'),
      ])
      const { DATABASE_URL: server, ASSAY_DATA: dataDir } = readConfig(terminal.environment)
      const owner = server ? null : await findOwner(dataDir)
      const checks = await (owner ? askOwner(owner) : checkData(terminal))
      for (const { name, ok, detail } of checks) {
        out.event({ event: 'check', name, ok, detail })
        out.line(findingText({ name, status: ok ? 'ok' : 'fail', detail }, out.colours))
      }
      if (owner)
        out.note(`Pid ${owner.pid} has the data open; stop it for the check of every sum and of the audit chain.`)
      return checks.every(({ ok }) => ok) ? 0 : NOT_AS_IT_SHOULD_BE
    }),
  )
}
