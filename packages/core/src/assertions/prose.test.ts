import { expect, test } from 'vitest'
import { standaloneJson } from './prose.ts'

test.each([
  ['alone on its line', 'I look it up.\n\n{"a":1}\n\nThen:\n[2]', ['{"a":1}', '[2]']],
  ['over several lines', 'So:\n  {\n "a": "} {"\n}\nand on', ['{\n "a": "} {"\n}']],
  ['in a sentence', 'It would be {"a":1}\n{"a":1} is what I mean', []],
  ['within an example in a sentence', 'As in: [\n{"a":1}\n]', []],
  ['in a fence', 'Like this:\r\n```json\r\n{"a":1}\r\n```\r\n{"b":2}', ['{"b":2}']],
  ['in a fence of more marks', '````\n```\n{"a":1}\n````\n{"b":2}', ['{"b":2}']],
  ['in a fence that is not closed', '~~~\n{"a":1}', []],
  ['in a fence of a list', '- ```\n  {"a":1}\n  ```\n{"b":2}', ['{"b":2}']],
  ['after backticks that open nothing', '```a`b\n{"b":2}', ['{"b":2}']],
  ['inside of braces that are none', '{\nnot json\n{"b":2}\n}', ['{"b":2}']],
])('JSON %s', (_, text, expected) => {
  expect(standaloneJson(text)).toEqual(expected)
})
