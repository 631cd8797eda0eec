import { ActionIcon, Tooltip } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Icon } from '../display/icon.tsx'
import { words } from '../words.ts'
import { client } from './server.ts'
import { useToast } from './toast.tsx'

/** Ends the session of this browser and forgets what was read under it. */
export const SignOut = () => {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const say = useToast()
  const { mutate, isPending } = useMutation({
    mutationFn: () => client.signOut(),
    onSuccess: async () => {
      await navigate({ to: '/sign-in', search: {} })
      queryClient.clear()
    },
    onError: (error) => say(error.message, 'bad'),
  })
  return (
    <Tooltip label={words.signOut}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        loading={isPending}
        onClick={() => mutate()}
        aria-label={words.signOut}
      >
        <Icon name="signOut" />
      </ActionIcon>
    </Tooltip>
  )
}
