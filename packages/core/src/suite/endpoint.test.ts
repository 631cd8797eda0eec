import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EndpointConfig, endpointVars, renderEndpoint } from './endpoint.ts'
import { readAnswerPath, valueAtPath } from './endpoint-path.ts'

const json = { choices: [{ text: 'a' }, { text: 'b' }], 'two words': { x: 0 }, nothing: null }
const at = (path: string) => {
  const read = readAnswerPath(path)
  return read && valueAtPath(read, { json, text: 'the text' })
}

test.each<[string, unknown]>([
  ['$', json],
  ['$.choices[0].text', 'a'],
  ['json.choices[1].text', 'b'],
  ['$.choices[-1].text', 'b'],
  ['$.choices[*].text', ['a', 'b']],
  ['$["two words"].x', 0],
  ["$['two words']['x']", 0],
  ['text', 'the text'],
])('%s leads to its value', (path, value) => {
  expect(at(path)).toEqual({ value })
})

test.each([
  ['$.choices[2].text', 'there is no [2] in a list of 2'],
  ['$.choices.text', 'there is no text in a list of 2'],
  ['$.choice', 'there is no choice in an object with choices, two words, nothing'],
  ['$.nothing.x', 'there is no x in null'],
  ['$.constructor', 'there is no constructor in'],
])('%s leads nowhere, and it is said how far', (path, problem) => {
  expect(at(path)).toEqual({ problem: expect.stringContaining(problem) as unknown })
})

test.each([
  'json.a?.b',
  'json.a + 1',
  'text.length',
  'text.trim()',
  '$.a[?(@.b)]',
  '$..a',
  'a.b',
  'jsonp.a',
  'json.a-b',
])('%s is no path', (text) => {
  expect(readAnswerPath(text)).toBeNull()
})

test('any text is a path or is none, and never throws', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => readAnswerPath(`$${text}`)).not.toThrow()
    }),
  )
})

test('whatever a case says, a body that is JSON stays JSON', () => {
  const config = EndpointConfig.parse({ body: { a: '{{prompt}}', b: ['x {{input}}'] }, headers: {} })
  const text = EndpointConfig.parse({ body: '{"a": "{{prompt}}"}', headers: { 'Content-Type': 'application/json' } })
  fc.assert(
    fc.property(fc.string(), (said) => {
      const vars = endpointVars({}, [{ role: 'user', content: said }])
      const of = (given: EndpointConfig) =>
        JSON.parse(renderEndpoint({ id: 'https://a.example', config: given }, vars, 'case').body ?? '') as unknown
      expect(of(config)).toEqual({ a: said, b: [`x ${said}`] })
      expect(of(text)).toEqual({ a: said })
    }),
  )
})
