import { SegmentedControl } from '@mantine/core'
import classes from './choice.module.css'

/** One of a few words, all in sight. */
export const Choice = <Word extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string
  value: Word
  options: readonly { value: Word; label: string }[]
  onChange: (value: Word) => void
}) => (
  <SegmentedControl
    size="xs"
    aria-label={label}
    value={value}
    onChange={(chosen) => {
      const known = options.find((option) => option.value === chosen)
      if (known) onChange(known.value)
    }}
    data={[...options]}
    withItemsBorders={false}
    classNames={{
      root: classes['root'] ?? '',
      indicator: classes['indicator'] ?? '',
      label: classes['label'] ?? '',
    }}
  />
)
