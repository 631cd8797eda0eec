import { ActionIcon, CopyButton } from '@mantine/core'
import { Icon } from './icon.tsx'
import { words } from '../words.ts'
import classes from './command.module.css'

/** Something to run, exactly as it is typed, with a button that takes it along. */
export const Command = ({ text }: { text: string }) => (
  <div className={classes['command']}>
    {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a long line scrolls, so the keyboard must reach it */}
    <pre tabIndex={0}>
      <code>{text}</code>
    </pre>
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          onClick={copy}
          aria-label={copied ? words.copied : words.copy}
          className={classes['copy'] ?? ''}
        >
          <Icon name={copied ? 'check' : 'copy'} size={16} />
        </ActionIcon>
      )}
    </CopyButton>
  </div>
)

/** Longer text that is not ours: a stack, an answer, JSON. Always text. */
export const Block = ({ text }: { text: string }) => (
  // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so the keyboard must reach it
  <pre className={classes['block']} tabIndex={0}>
    {text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}\n…` : text}
  </pre>
)

const SHOWN_CHARACTERS = 200_000
