import { AssayError, isAssayError, type GuardDefinition } from '@assay/core'
import type { TextFilter } from '../gateway/parts.ts'
import { PiiFilter, filterPii } from './pii-filter.ts'
import { filterWhole, RegexFilter, type OnMatch } from './regex-filter.ts'
import { compileScan, type Scan } from './scan.ts'

/** What a guard that must ask somebody else says of a whole text: true where it found something. */
export type Judges = {
  json_schema(schema: unknown, text: string): Promise<boolean>
  moderation(
    options: { provider: string; model: string; categories: readonly string[] },
    text: string,
  ): Promise<boolean>
}

/** A guard ready to look. */
export type Look = {
  guard: GuardDefinition
  /** A whole text as it may go on; throws to block. */
  whole(text: string): Promise<string>
  stream(): TextFilter
}

/** Notes that a guard found something; throws when it blocks. */
type Found = () => void

/** Makes a guard ready; throws `input.invalid` for a pattern that cannot be. */
export const createLook = (guard: GuardDefinition, judges: Judges, flags: string[]): Look => {
  const found: Found = () => {
    if (guard.action === 'block') throw new AssayError('gateway.guard_blocked', { guard: guard.name })
    if (!flags.includes(guard.name)) flags.push(guard.name)
  }
  const plain = looks(guard, judges, found)
  const guarded = async <Value>(work: () => Value | Promise<Value>, otherwise: Value): Promise<Value> => {
    try {
      return await work()
    } catch (error) {
      if (isAssayError(error, 'gateway.guard_blocked')) throw error
      if (guard.onError === 'closed')
        throw new AssayError('gateway.guard_failed', { guard: guard.name }, { cause: error })
      flags.push(`${guard.name}:error`)
      return otherwise
    }
  }
  return {
    guard,
    whole: (text) => guarded(() => plain.whole(text), text),
    stream: () => {
      const filter = plain.stream()
      return {
        flags,
        push: (text) => guarded(() => filter.push(text), text),
        end: () => guarded(() => filter.end(), ''),
      }
    },
  }
}

type Plain = {
  whole(text: string): string | Promise<string>
  stream(): Omit<TextFilter, 'flags'>
}

const looks = (guard: GuardDefinition, judges: Judges, found: Found): Plain => {
  const isMask = guard.action === 'mask'
  switch (guard.kind) {
    case 'regex': {
      const { pattern, ignoreCase, mask } = guard.options
      const onMatch: OnMatch = (match) => (found(), isMask ? mask : match)
      return regexLook(compileScan(pattern, { ignoreCase }), onMatch)
    }
    case 'pii': {
      const onFound = (sentence: string, masked: string) => (found(), isMask ? masked : sentence)
      return { whole: (text) => filterPii(text, onFound), stream: () => new PiiFilter(onFound) }
    }
    case 'size':
      return sizeLook(guard.options.maxCharacters, { isMask, found })
    case 'json_schema':
      return judged((text) => judges.json_schema(guard.options.schema, text), {
        isBlock: guard.action === 'block',
        found,
      })
    case 'moderation':
      return judged((text) => judges.moderation(guard.options, text), { isBlock: guard.action === 'block', found })
  }
}

const regexLook = (scan: Scan, onMatch: OnMatch): Plain => ({
  whole: (text) => filterWhole(scan, text, onMatch),
  stream: () => new RegexFilter(scan, onMatch),
})

const sizeLook = (most: number, { isMask, found }: { isMask: boolean; found: Found }): Plain => {
  const take = (text: string, before: number): string => {
    if (before + text.length <= most) return text
    found()
    return isMask ? text.slice(0, Math.max(0, most - before)) : text
  }
  return {
    whole: (text) => take(text, 0),
    stream: () => {
      let seen = 0
      return {
        push: (text) => {
          const passed = take(text, seen)
          seen += text.length
          return passed
        },
        end: () => '',
      }
    },
  }
}

/** A text is judged as a whole; one that may be blocked waits for it, one that is only flagged goes on meanwhile. */
const judged = (
  judge: (text: string) => Promise<boolean>,
  { isBlock, found }: { isBlock: boolean; found: Found },
): Plain => {
  const whole = async (text: string): Promise<string> => {
    if (await judge(text)) found()
    return text
  }
  return {
    whole,
    stream: () => {
      let text = ''
      return {
        push: (piece) => {
          text += piece
          return isBlock ? '' : piece
        },
        end: async () => {
          await whole(text)
          return isBlock ? text : ''
        },
      }
    },
  }
}
