import { useChange } from '../app/change.ts'
import { client } from '../app/server.ts'
import { words } from '../words.ts'
import { cacheWords } from './cache-words.ts'

export const usePin = () =>
  useChange({
    change: ({ key, pinned }: { key: string; pinned: boolean }) =>
      client.updateCacheEntry({ params: { key }, body: { pinned } }),
    touched: ['cache'],
    said: ({ pinned }) => (pinned ? cacheWords.pinnedNow : cacheWords.unpinnedNow),
  })

export const useInvalidate = () =>
  useChange({
    change: (filter: { keys: string[] }) => client.invalidateCache({ body: filter }),
    touched: ['cache'],
    said: ({ count }) => cacheWords.invalidatedNow(count),
  })

export const useNearDuplicateMode = () =>
  useChange({
    change: (nearDuplicates: 'off' | 'suggest' | 'serve') => client.updateCacheSettings({ body: { nearDuplicates } }),
    touched: ['cache'],
    said: () => cacheWords.near.changed,
  })

export const useVote = () =>
  useChange({
    change: (body: { requestId: string; vote: 'up' | 'down' }) => client.giveFeedback({ body }),
    touched: ['feedback', 'cache'],
    said: ({ cache }) => (cache?.invalidated ? words.vote.invalidated : words.vote.said),
  })
