import { DAY_MS, SECOND_MS } from '@assay/core'

export const SESSION_MS = 30 * DAY_MS

/** How the session's cookie is called and flagged: behind TLS with the prefix that ties it to this very host. */
export const createCookies = ({ secure }: { secure: boolean }) => {
  const name = secure ? '__Host-assay' : 'assay'
  const attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
  return {
    set: (token: string): string => `${name}=${token}; ${attributes}; Max-Age=${SESSION_MS / SECOND_MS}`,
    clear: (): string => `${name}=; ${attributes}; Max-Age=0`,
    /** The session's token in a Cookie header. */
    read: (header: string | undefined): string | null => {
      for (const pair of header?.split(';') ?? []) {
        const [key, value] = pair.trim().split('=', 2)
        if (key === name && value) return value
      }
      return null
    },
  }
}

export type Cookies = ReturnType<typeof createCookies>
