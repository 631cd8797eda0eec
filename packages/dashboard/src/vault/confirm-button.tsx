import { Button } from '@mantine/core'
import { useState } from 'react'
import { words } from '../words.ts'

/** A button for what cannot be undone: it asks once more in its own place, and forgets when it is left. */
export const ConfirmButton = ({
  children,
  about,
  isWorking,
  onConfirm,
}: {
  children: string
  /** What it is done to, for those who do not see the row. */
  about: string
  isWorking: boolean
  onConfirm: () => void
}) => {
  const [isAsked, setIsAsked] = useState(false)
  const text = isAsked ? words.providers.sure(children) : children
  return (
    <Button
      size="compact-xs"
      variant={isAsked ? 'filled' : 'default'}
      loading={isWorking}
      aria-label={`${text} ${about}`}
      onBlur={() => setIsAsked(false)}
      onClick={() => {
        if (isAsked) onConfirm()
        setIsAsked(!isAsked)
      }}
    >
      {text}
    </Button>
  )
}
