import { SegmentedControl, useMantineColorScheme } from '@mantine/core'
import { Icon, type IconName } from '../display/icon.tsx'
import { Unseen } from '../display/unseen.tsx'
import { words } from '../words.ts'
import classes from '../display/choice.module.css'

const schemes = [
  { name: 'light', icon: 'sun' },
  { name: 'dark', icon: 'moon' },
  { name: 'auto', icon: 'system' },
] as const satisfies readonly { name: string; icon: IconName }[]

/** Light, dark, or as the system has it. */
export const SchemeSwitch = () => {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <SegmentedControl
      size="xs"
      aria-label={words.scheme.label}
      value={colorScheme}
      onChange={(chosen) => setColorScheme(schemes.find(({ name }) => name === chosen)?.name ?? 'auto')}
      data={schemes.map(({ name, icon }) => ({
        value: name,
        label: (
          <span className={classes['drawn']} title={words.scheme[name]}>
            <Icon name={icon} size={15} />
            <Unseen>{words.scheme[name]}</Unseen>
          </span>
        ),
      }))}
      withItemsBorders={false}
      classNames={{
        root: classes['root'] ?? '',
        indicator: classes['indicator'] ?? '',
        label: classes['label'] ?? '',
      }}
    />
  )
}
