/** Something that a person may name by its id, the beginning of its id or its name. */
type Named = { id: string; name?: string }

const WHOLE_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const SHORTEST = 8

/** The whole id for what a person wrote: an id as it is, else the one thing whose id begins or ends so or that has this name. */
export const resolveId = async (
  what: string,
  written: string,
  list: () => Promise<{ items: readonly Named[] }>,
): Promise<string> => {
  if (WHOLE_ID.test(written)) return written
  const { items } = await list()
  const named = items.filter(({ name }) => name === written)
  const part = written.toLowerCase()
  const found = named.length > 0 ? named : items.filter(({ id }) => id.startsWith(part) || id.endsWith(part))
  if (found.length === 1) return found[0]!.id
  const { AssayError } = await import('@assay/core')
  if (found.length === 0) throw new AssayError('resource.not_found', { what, id: written })
  throw new AssayError('usage.invalid', {
    reason: `${written} could be any of ${found.length} of these: ${found
      .slice(0, 5)
      .map(({ id }) => id)
      .join(', ')}.`,
    example: found[0]!.id,
  })
}

/** Ids cut to the shortest length, at least 8, at which those of one list still differ. */
export const shortIds = (ids: readonly string[]): ((id: string) => string) => {
  const distinct = new Set(ids).size
  let length = SHORTEST
  while (length < 36 && new Set(ids.map((id) => id.slice(0, length))).size < distinct) length++
  return (id) => id.slice(0, length).replace(/-$/, '')
}
