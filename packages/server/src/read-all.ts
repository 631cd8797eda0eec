import type { Page } from '@assay/core'

const PAGE_SIZE = 200

/** Every item of a list that is known to be small, page by page. */
export const readAll = async <Item>(
  readPage: (page: { limit: number; cursor?: string }) => Promise<Page<Item>>,
): Promise<Item[]> => {
  const all: Item[] = []
  let cursor: string | null = null
  do {
    const page: Page<Item> = await readPage({ limit: PAGE_SIZE, ...(cursor === null ? {} : { cursor }) })
    all.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null)
  return all
}
