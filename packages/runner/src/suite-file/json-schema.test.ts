import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { suiteJsonSchema } from '@assay/core'

const validate = new Ajv({ strict: false, formats: { 'date-time': true, date: true } }).compile(suiteJsonSchema())
const problems = (text: string): string[] => {
  validate(parse(text))
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

test('the examples fit the schema that editors are given', () => {
  for (const path of ['examples/support/assay.yaml', 'examples/structured/assay.yaml']) {
    expect(problems(readFileSync(path, 'utf8'))).toEqual([])
  }
})

test('what only a file may say fits it too', () => {
  expect(problems('tests: file://cases.csv\nprompts: [file://prompt.txt]\ndefaultTest: file://default.yaml')).toEqual(
    [],
  )
  expect(problems("tests: ['file://a.yaml', { vars: file://vars.yaml }]")).toEqual([])
  expect(problems("tests: [{ input: x, assert: [{ type: word-count, value: '{{count}}' }] }]")).toEqual([])
  expect(problems('tests: [{ input: x, assert: [{ type: length, options: { max: 5 } }] }]')).toEqual([])
  const set = '{ type: assert-set, threshold: 0.5, assert: [{ type: is-html }, { type: not-contains, value: x }] }'
  expect(problems(`tests: [{ input: x, assert: [${set}] }]`)).toEqual([])
})

test('a misspelled key, an unknown type and a wrong value are seen', () => {
  const wrong = (assertion: string) => problems(`tests: [{ input: x, assert: [${assertion}] }]`)
  expect(problems('tests: [{ inptu: x }]')).not.toEqual([])
  expect(wrong('{ type: contain, value: x }')).not.toEqual([])
  expect(wrong('{ type: contains, value: [x] }')).not.toEqual([])
  expect(wrong('{ type: not-word-count, value: { least: 2 } }')).not.toEqual([])
  expect(wrong('{ type: contains, valeu: x }')).not.toEqual([])
})
