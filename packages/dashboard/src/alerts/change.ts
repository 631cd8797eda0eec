import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useToast } from '../app/toast.tsx'

/** One change of alerts or of who is told of them: says what came of it, and reads everything here again. */
export const useAlertChange = <Wanted, Result>({
  change,
  said,
  isBad,
  onDone,
}: {
  change: (wanted: Wanted) => Promise<Result>
  said: (result: Result) => string
  isBad?: (result: Result) => boolean
  onDone?: (result: Result) => void
}) => {
  const queryClient = useQueryClient()
  const say = useToast()
  return useMutation({
    mutationFn: change,
    onSuccess: (result) => {
      say(said(result), isBad?.(result) ? 'bad' : 'plain')
      onDone?.(result)
    },
    onError: (error) => say(error.message, 'bad'),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['alerts'] }),
  })
}
