/** Who votes through a key: its holder, or the user of the holder's application. */
export const keyVoter = (keyId: string | null, userHash: string | null): string =>
  `key:${keyId ?? 'operator'}${userHash === null ? '' : `:${userHash}`}`
