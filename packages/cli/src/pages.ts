import { type Command, InvalidArgumentError } from 'commander'

/** How much of a list is wanted. */
export type ListOptions = { limit: number }

const LARGEST_PAGE = 200

/** Gives a command that lists something its `--limit`. */
export const withLimit = (command: Command): Command =>
  command.option('-n, --limit <count>', 'How many at most.', parseCount, 50)

/** Reads pages until enough is there or nothing is left. */
export const readPages = async <Item>(
  { limit: wanted }: ListOptions,
  readPage: (page: { limit: number; cursor?: string }) => Promise<{ items: Item[]; nextCursor: string | null }>,
): Promise<Item[]> => {
  const items: Item[] = []
  let cursor: string | null = null
  do {
    const size = Math.min(LARGEST_PAGE, wanted - items.length)
    const page = await readPage({ limit: size, ...(cursor === null ? {} : { cursor }) })
    items.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null && items.length < wanted)
  return items
}

const parseCount = (written: string): number => {
  const count = Number(written)
  if (Number.isSafeInteger(count) && count > 0) return count
  throw new InvalidArgumentError('It is a whole number from 1.')
}
