import { words } from '../words.ts'

/** Where the bands of confidence begin, lower bound included. */
export const bandStarts = [0, 40, 60, 80] as const

/** The band of a confidence, 0 to 3. */
export const bandOf = (confidence: number): number => bandStarts.findLastIndex((start) => confidence >= start)

export const bandName = (confidence: number): string => words.bands[bandOf(confidence)] ?? ''
