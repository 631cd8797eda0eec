import { useComputedColorScheme } from '@mantine/core'
import { useMemo } from 'react'

const names = {
  surface: '--surface',
  hover: '--hover',
  text: '--text',
  text2: '--text-2',
  text3: '--text-3',
  line: '--line',
  lineStrong: '--line-strong',
  accent: '--accent-mark',
  gold: '--gold',
  pass: '--pass-mark',
  warn: '--warn-mark',
  fail: '--fail-mark',
  mute: '--mute-mark',
  band0: '--band-0',
  band1: '--band-1',
  band2: '--band-2',
  band3: '--band-3',
  font: '--font',
} as const

/** The colours of the scheme and the letters as plain values, for what cannot read variables. */
export type Palette = Record<keyof typeof names, string>

export const usePalette = (): Palette => {
  const scheme = useComputedColorScheme('light')
  return useMemo(() => readPalette(scheme), [scheme])
}

/** Reads the variables as they stand under the scheme that the page has just taken on. */
const readPalette = (_scheme: 'light' | 'dark'): Palette => {
  const style = getComputedStyle(document.documentElement)
  return Object.fromEntries(
    Object.entries(names).map(([name, variable]) => [name, style.getPropertyValue(variable).trim()]),
  ) as Palette
}
