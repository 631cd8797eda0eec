/** A number with its noun: `1 result`, `2 results`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`
