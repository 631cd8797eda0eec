import { useMutation, useQueryClient } from '@tanstack/react-query'
import { client } from '../app/server.ts'
import { useToast } from '../app/toast.tsx'
import { words } from '../words.ts'
import { testList } from './test-words.ts'

export type Environment = keyof typeof words.environments

/** Queues a run of one test or of all; what comes of it arrives by the live stream. */
export const useRunTests = () => {
  const queryClient = useQueryClient()
  const say = useToast()
  return useMutation({
    mutationFn: ({ testId, environment }: { testId?: string; environment: Environment }) =>
      client.runRegressionTests({ body: { environment, ...(testId ? { testId } : { runAll: true }) } }),
    onSuccess: ({ tests }) => {
      say(testList.queued(tests))
      void queryClient.invalidateQueries({ queryKey: ['runs'] })
    },
    onError: (error) => say(error.message, 'bad'),
  })
}
