import { statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { silentLog } from '@assay/core'
import { requestOf } from '@assay/testkit'
import { openSpool } from '../spool.ts'

/** A process that fills the disk it is given and then adds one record, so that its calls can be watched. */
const disk = process.argv[2]!
const options = { dir: join(disk, 'a/spool'), maxBytes: 1e9, log: silentLog, reserveBytes: 1_048_576 }
await openSpool(options).then((spool) => spool.close())
const spool = await openSpool(options)
const { bavail, bsize } = statfsSync(disk)
try {
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(bavail * bsize))
} catch {
  // it is as full as it gets
}
await spool.append({ kind: 'close', request: requestOf() })
process.stdout.write('acknowledged\n')
process.exit()
