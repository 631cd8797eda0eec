/**
 * Masks numbers, with their unit where it is time or size. A number stays where it names something: a status, an error
 * code, a version, a part of a model's or package's name.
 */
export const maskNumbers = (text: string): string =>
  text.replace(numbers, (found: string, offset: number) => {
    const before = text.slice(Math.max(0, offset - 32), offset)
    if (isNamePart(text, offset, found)) return found
    if (isCode(before, found, offset)) return found
    if (duration.test(found)) return '<duration>'
    return size.test(found) ? '<size>' : '<n>'
  })

const numbers =
  /(?<![A-Za-z0-9])\d+(?:[.,_]\d+)*(?:(?: ?(?:milliseconds?|ms|µs|us|ns|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)\b)(?:\d+(?:\.\d+)?(?:ms|s|m)\b)*|h\d+m(?:\d+(?:\.\d+)?s)?|m\d+(?:\.\d+)?s|(?: ?(?:[KMGT]i?B|bytes?|[kKM])\b))?(?![A-Za-z0-9])/g
const duration = /(?:[a-z]s|[smhd]|seconds?|secs?|minutes?|mins?|hours?|hrs?|days?)$/
const size = /(?:B|bytes?|[kKM])$/

const counters =
  /(?:^|[^A-Za-z])(?:worker|pod|job|task|thread|shard|chunk|page|node|instance|item|part|step|attempt|batch|line|replica|container|row|test|user|id|run|build|server|host|slot|partition|process|vu|request|file|image|column|pid|queue|dev|tmp|temp|session|conn|connection)$/i

/** True for the digits of `gpt-4.1`, `react@17.0.2` and `libssl.so.1.1`, not for those of `extra_23` and `worker-3`. */
const isNamePart = (text: string, offset: number, found: string): boolean => {
  if (version.test(found)) return true
  const last = text[offset - 1]
  if (last === '@' || last === '^' || last === '~') return true
  if (last !== '-' && last !== '.') return false
  let start = offset - 1
  while (start > 0 && offset - start < 64 && /[\w.@-]/.test(text[start - 1]!)) start--
  const word = text.slice(start, offset - 1)
  if (!/^@?[A-Za-z]/.test(word) || /_\d*$/.test(word)) return false
  // `messages.3.content` counts, `gpt-4.1` and `libssl.so.3` do not.
  return last === '.' ? /(?:\d|\.so)$/.test(word) && !/\.\d+$/.test(word) : !counters.test(word)
}

const version = /^\d{1,3}\.\d{1,4}\.\d{1,6}$/

const statusWords =
  /(?:\bstatus(?:[ _]?code)?|\bcode|\bHTTP(?:\/\d(?:\.\d)?)?|\bhttp_?status|\breturned(?: an?)?|\breceived|\brespon(?:se|ded)(?: with)?|\berror|\bfailed with|\bgot|\bserver replied|\bexception)['"]?\s?[:=([]{0,2}\s?['"]?$/i
const codeWords =
  /(?:\bcode|\berrno|\berr(?:or)?_?code|\bSQLSTATE|\bsignal|\bexit(?:ed)?(?: with)?(?: code| status)?|\berror #?|\bMySQL|Error: \()['"]?\s?[:=([]{0,2}\s?['"]?-?$/i
const afterStart = /^(?:\(|\[|[\w. ]{0,24}:\s?)?$/

const isCode = (before: string, found: string, offset: number): boolean => {
  // JSON-RPC's own range, the minus before it.
  if (/^32[0-7]\d\d$/.test(found) && before.endsWith('-')) return true
  if (/^\d{1,5}$/.test(found) && codeWords.test(before)) return true
  if (!/^[1-5]\d\d$/.test(found)) return false
  return statusWords.test(before) || (offset <= 26 && afterStart.test(before))
}
