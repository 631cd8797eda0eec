/** Takes what must not be read out of a text, leaving the name it goes by. */
export type Mask = (text: string) => string

type Environment = Readonly<Record<string, string | undefined>>

const SECRET_NAME = /KEY|TOKEN|SECRET|PASS|CREDENTIAL|AUTH|COOKIE/i
const SHORTEST = 8
const SHORTEST_NAMED = 4

/**
 * Masks the values of the environment that may be secrets: those of variables that a suite uses, and of others that are
 * called like keys. Short values are words that texts have anyway, unless the name says what they are. Addresses are
 * told, unless everything that depends on the machine is to go (`isWhole`).
 */
export const maskOf = (
  environment: Environment,
  used: readonly string[],
  { isWhole = false }: { isWhole?: boolean } = {},
): Mask => {
  const isUsed = new Set(used)
  const secrets = Object.entries(environment).flatMap(([name, value = '']) => {
    const least = SECRET_NAME.test(name) && isUsed.has(name) ? SHORTEST_NAMED : SHORTEST
    const isSecret = (isUsed.has(name) && (isWhole || !isAddress(value))) || SECRET_NAME.test(name)
    return isSecret && value.length >= least ? [{ name, value }] : []
  })
  // The longest first: one may be part of another.
  const known = secrets.toSorted((a, b) => b.value.length - a.value.length)
  if (known.length === 0) return (text) => text
  return (text) => known.reduce((masked, { name, value }) => masked.replaceAll(value, () => placeholder(name)), text)
}

/** What stands in place of a variable's value. */
export const placeholder = (name: string): string => `{{env.${name}}}`

const isAddress = (value: string): boolean => /^https?:\/\/[^@]*$/.test(value)
