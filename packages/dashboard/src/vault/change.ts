import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useToast } from '../app/toast.tsx'

/** One change of credentials or keys: says what came of it, and reads both lists again. */
export const useChange = <Wanted, Result>({
  change,
  said,
  onDone,
}: {
  change: (wanted: Wanted) => Promise<Result>
  said: (result: Result) => string
  onDone?: (result: Result) => void
}) => {
  const queryClient = useQueryClient()
  const say = useToast()
  return useMutation({
    mutationFn: change,
    onSuccess: (result) => {
      say(said(result))
      onDone?.(result)
    },
    onError: (error) => say(error.message, 'bad'),
    onSettled: async () => {
      await queryClient.invalidateQueries({ queryKey: ['credentials'] })
      await queryClient.invalidateQueries({ queryKey: ['gateway-keys'] })
    },
  })
}
