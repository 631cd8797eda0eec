import { useMutation, useQueryClient } from '@tanstack/react-query'
import { client } from '../app/server.ts'
import { useToast } from '../app/toast.tsx'
import { words } from '../words.ts'

/** Says how it went, and lets what depends on it be read again. */
const useChange = <Input, Result>(options: {
  change: (input: Input) => Promise<Result>
  touched: readonly string[]
  said: (result: Result) => string
}) => {
  const queryClient = useQueryClient()
  const say = useToast()
  return useMutation({
    mutationFn: options.change,
    onSuccess: (result) => {
      say(options.said(result))
      for (const feature of options.touched) void queryClient.invalidateQueries({ queryKey: [feature] })
    },
    onError: (error) => say(error.message, 'bad'),
  })
}

export const usePin = () =>
  useChange({
    change: ({ key, pinned }: { key: string; pinned: boolean }) =>
      client.updateCacheEntry({ params: { key }, body: { pinned } }),
    touched: ['cache'],
    said: ({ pinned }) => (pinned ? words.cache.pinnedNow : words.cache.unpinnedNow),
  })

export const useInvalidate = () =>
  useChange({
    change: (filter: { keys: string[] }) => client.invalidateCache({ body: filter }),
    touched: ['cache'],
    said: ({ count }) => words.cache.invalidatedNow(count),
  })

export const useNearDuplicateMode = () =>
  useChange({
    change: (nearDuplicates: 'off' | 'suggest' | 'serve') => client.updateCacheSettings({ body: { nearDuplicates } }),
    touched: ['cache'],
    said: () => words.cache.near.changed,
  })

export const useVote = () =>
  useChange({
    change: (body: { requestId: string; vote: 'up' | 'down' }) => client.giveFeedback({ body }),
    touched: ['feedback', 'cache'],
    said: ({ cache }) => (cache?.invalidated ? words.vote.invalidated : words.vote.said),
  })
