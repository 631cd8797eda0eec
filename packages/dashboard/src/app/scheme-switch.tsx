import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core'
import { Icon, type IconName } from '../display/icon.tsx'
import { words } from '../words.ts'

const schemes = [
  { name: 'light', icon: 'sun' },
  { name: 'dark', icon: 'moon' },
  { name: 'auto', icon: 'system' },
] as const satisfies readonly { name: string; icon: IconName }[]

/** Light, dark, or as the system has it. */
export const SchemeSwitch = () => {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const current = schemes.find(({ name }) => name === colorScheme) ?? schemes[2]
  return (
    <Menu position="top-start" width={150} shadow="md">
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={`${words.scheme.label}: ${words.scheme[current.name]}`}
        >
          <Icon name={current.icon} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {schemes.map(({ name, icon }) => (
          <Menu.Item
            key={name}
            role="menuitemradio"
            aria-checked={name === colorScheme}
            leftSection={<Icon name={icon} size={16} />}
            rightSection={name === colorScheme ? <Icon name="check" size={14} /> : null}
            onClick={() => setColorScheme(name)}
          >
            {words.scheme[name]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
