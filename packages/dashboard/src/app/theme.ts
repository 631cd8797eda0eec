import {
  createTheme,
  isMantineColorScheme,
  type MantineColorScheme,
  type MantineColorSchemeManager,
} from '@mantine/core'

const KEY = 'assay.scheme'

/** What the kit must know beyond the variables of `tokens.css`. */
export const theme = createTheme({
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'xs', radius: 'sm' } },
    Tooltip: {
      defaultProps: { openDelay: 250, withinPortal: true, events: { hover: true, focus: true, touch: true } },
    },
  },
})

/** Keeps the choice where the script that runs before the first paint finds it. */
export const schemeManager: MantineColorSchemeManager = {
  get: (fallback) => {
    try {
      const chosen = localStorage.getItem(KEY)
      return isMantineColorScheme(chosen) ? chosen : fallback
    } catch {
      return fallback
    }
  },
  set: (scheme) => write(() => localStorage.setItem(KEY, scheme)),
  clear: () => write(() => localStorage.removeItem(KEY)),
  subscribe: (onUpdate: (scheme: MantineColorScheme) => void) => {
    listener = ({ key, newValue }) => {
      if (key === KEY && isMantineColorScheme(newValue)) onUpdate(newValue)
    }
    addEventListener('storage', listener)
  },
  unsubscribe: () => {
    if (listener) removeEventListener('storage', listener)
  },
}

let listener: ((event: StorageEvent) => void) | undefined

const write = (change: () => void): void => {
  try {
    change()
  } catch {
    // Storage is closed to us: the choice holds until the page is left.
  }
}
