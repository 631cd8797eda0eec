import { Loader } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { Alone } from '../app/shell.tsx'
import { client } from '../app/server.ts'
import { queries } from '../app/queries.ts'
import { Command } from '../display/command.tsx'
import { Problem } from '../panel/problem.tsx'
import { words } from '../words.ts'

/** Turns a one-time link into a session. The token leaves the address before anything else happens. */
export const SignInScreen = ({ token }: { token: string | undefined }) => {
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const { mutate, isPending, error } = useMutation({
    mutationFn: (text: string) => client.signInWithLink({ body: { token: text } }),
    onSuccess: async (me) => {
      queryClient.clear()
      queryClient.setQueryData(queries.me().queryKey, me)
      await navigate({ to: '/w/$workspace/overview', params: { workspace: me.workspace.slug }, replace: true })
    },
  })

  // A link works once, and an effect may run twice.
  const used = useRef<string | null>(null)
  useEffect(() => {
    document.title = words.page(words.signIn.title)
    if (token === undefined || used.current === token) return
    used.current = token
    void navigate({ to: '/sign-in', search: {}, hash: '', replace: true })
    mutate(token)
  }, [token, navigate, mutate])

  if (isPending || token !== undefined) {
    return (
      <Alone>
        <h1>{words.signIn.working}</h1>
        <Loader size="sm" aria-label={words.signIn.working} />
      </Alone>
    )
  }
  return (
    <Alone>
      <h1>{error ? words.signIn.title : words.signIn.expired}</h1>
      {error && <Problem error={error} title={words.problem.title} />}
      <p>{error ? words.signIn.tryAgain : words.signIn.how}</p>
      <Command text={words.signIn.command} />
    </Alone>
  )
}
