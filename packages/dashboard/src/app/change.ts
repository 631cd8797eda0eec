import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useToast } from './toast.tsx'

/** One change by a person: says what came of it, and reads again all that begins with the names of `touched`. */
export const useChange = <Wanted, Result>({
  change,
  touched,
  said,
  isBad,
  onDone,
}: {
  change: (wanted: Wanted) => Promise<Result>
  touched: readonly string[]
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
    onSettled: () => Promise.all(touched.map((name) => queryClient.invalidateQueries({ queryKey: [name] }))),
  })
}
