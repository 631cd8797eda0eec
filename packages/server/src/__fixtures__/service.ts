import { randomBytes } from 'node:crypto'
import { readConfig, silentLog, type Log } from '@assay/core'
import { temporaryDirectory } from '@assay/testkit'
import { serve, type Service } from '../serve.ts'

export const adminKey = 'a-key-for-tests-only'

/** How a test calls the service: with the operator's key unless told otherwise. */
export type Call = {
  key?: string | null
  headers?: Record<string, string>
  body?: unknown
}

export type Answer<Body> = { status: number; body: Body; headers: Headers }

/** A whole service on any free port, on the embedded engine in a directory of its own. */
export const startService = async (
  options: { environment?: Record<string, string>; log?: Log; dataDir?: string } = {},
) => {
  const directory = options.dataDir === undefined ? await temporaryDirectory() : null
  const config = readConfig({
    ASSAY_DATA: options.dataDir ?? directory!.path,
    ASSAY_PORT: '0',
    ASSAY_ADMIN_KEY: adminKey,
    ASSAY_MASTER_KEY: randomBytes(32).toString('hex'),
    ...options.environment,
  })
  const service: Service = await serve(config, { log: options.log ?? silentLog })
  const call = async <Body = Record<string, never>>(
    route: string,
    { key = adminKey, headers = {}, body }: Call = {},
  ): Promise<Answer<Body>> => {
    const [method = 'GET', path = '/'] = route.split(' ')
    const response = await fetch(service.url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '')
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as Body }
  }
  return {
    ...service,
    config,
    call,
    /** Signs in with the link of the start, as a browser on the page would; answers the Cookie header. */
    signIn: async (): Promise<string> => {
      const token = new URL(service.signInUrl).hash.replace('#token=', '')
      const { headers } = await call('POST /api/v1/sign-in', { key: null, body: { token } })
      return headers.get('set-cookie')!.split(';', 1)[0]!
    },
    [Symbol.asyncDispose]: async () => {
      await service.close()
      await directory?.[Symbol.asyncDispose]()
    },
  }
}

export type TestService = Awaited<ReturnType<typeof startService>>
