import { readConfig, silentLog } from '@assay/core'
import { serve } from '../serve.ts'

const service = await serve(readConfig(process.env), { log: silentLog })
process.once('SIGTERM', () => void service.close())
process.stdout.write(`${JSON.stringify({ url: service.url })}\n`)
