import { createClient } from '@assay/client'

/** What stands before every path when the server is published under a prefix; without a slash at its end. */
export const basePath = (document.querySelector<HTMLMetaElement>('meta[name="assay-base"]')?.content ?? '/').replace(
  /\/+$/,
  '',
)

/** Where this server is reached, as a person would write it. */
export const serverUrl = `${location.origin}${basePath}`

/** A panel waits no longer than this. */
const TIMEOUT_MS = 15_000

/** Every call of the pages goes through here: the API that everybody else has, under the session's cookie. */
export const client = createClient({ url: serverUrl, timeoutMs: TIMEOUT_MS })
