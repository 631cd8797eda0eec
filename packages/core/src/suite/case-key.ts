/** Hashes a text to hex; the core has no cryptography of its own. */
export type Sha256 = (text: string) => string

/** What tells one case from another between runs: its own id, else the hash of what is asked. */
export const caseKeyOf = (
  {
    id,
    prompt,
    input,
    messages,
    vars,
  }: { id?: string | undefined; prompt: unknown; input?: unknown; messages?: unknown; vars: unknown },
  sha256: Sha256,
): string => id ?? sha256(canonicalJson([prompt, input ?? null, messages ?? null, vars]))

/** JSON with the keys of objects in order: equal values give equal texts. */
export const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`)
  return `{${members.join(',')}}`
}
