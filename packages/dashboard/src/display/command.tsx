import { ActionIcon, CopyButton } from '@mantine/core'
import { Icon } from './icon.tsx'
import { words } from '../words.ts'
import classes from './command.module.css'

/** Something to run, exactly as it is typed, with a button that takes it along. */
export const Command = ({ text, label = text.split('\n')[0] ?? '' }: { text: string; label?: string }) => (
  <div className={classes['command']}>
    {/* A long line scrolls inside itself, which the keyboard must reach too. */}
    {/* oxlint-disable-next-line no-noninteractive-tabindex */}
    <pre tabIndex={0} role="region" aria-label={label}>
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
export const Block = ({ text, label }: { text: string; label: string }) => (
  // oxlint-disable-next-line no-noninteractive-tabindex: it scrolls, so the keyboard must reach it
  <pre className={classes['block']} tabIndex={0} role="region" aria-label={label}>
    {text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}\n…` : text}
  </pre>
)

const SHOWN_CHARACTERS = 200_000
