import { z } from 'zod'
import { defineAssertion, verdictOf, type AssertionInput, type Refuse } from './define.ts'
import { excerpt } from './difference.ts'
import { outermostElements } from './xml-fragments.ts'
import { parseXml, type XmlElement } from './xml.ts'

const options = { requiredElements: z.array(z.string()).default([]) }

/** The whole answer is one well-formed XML document, and the named elements are in it. */
export const isXml = defineAssertion({
  type: 'is-xml',
  options,
  names: { 'is-xml': (...given) => readRequired(...given) },
  check(answer, { requiredElements }) {
    const parsed = parseXml(answer.text)
    if ('problem' in parsed) {
      return verdictOf(false, `XML parsing failed: ${parsed.problem}`, {
        expected: 'XML',
        actual: excerpt(answer.text),
      })
    }
    const missing = missingIn([parsed.root], requiredElements)
    if (missing.length === 0) return verdictOf(true, 'is XML with all required elements')
    return verdictOf(false, `XML is missing required elements: ${missing.join(', ')}`, {
      expected: requiredElements.join(', '),
      actual: `<${parsed.root.name}>`,
    })
  },
})

/** The answer holds XML somewhere; paths begin at its outermost elements. */
export const containsXml = defineAssertion({
  type: 'contains-xml',
  options,
  names: { 'contains-xml': (...given) => readRequired(...given) },
  check(answer, { requiredElements }) {
    const elements = outermostElements(answer.text)
    if (elements.length === 0) {
      return verdictOf(false, 'No XML content found in the output', { expected: 'XML', actual: excerpt(answer.text) })
    }
    const fits = [elements, ...elements.map((element) => [element])].some(
      (roots) => missingIn(roots, requiredElements).length === 0,
    )
    if (fits) return verdictOf(true, 'contains XML with all required elements')
    return verdictOf(false, 'No valid XML content found matching the requirements', {
      expected: requiredElements.join(', '),
      actual: elements.map(({ name }) => `<${name}>`).join(', '),
    })
  },
})

const readRequired = ({ value }: AssertionInput, refuse: Refuse): { requiredElements?: unknown } => {
  if (value === undefined || value === null || value === '') return {}
  if (typeof value === 'string')
    return {
      requiredElements: value
        .split(',')
        .map((path) => path.trim())
        .filter(Boolean),
    }
  if (Array.isArray(value)) return { requiredElements: value }
  if (typeof value === 'object' && 'requiredElements' in value) return { requiredElements: value.requiredElements }
  return refuse('value must be { requiredElements: [...] }, a list, or a comma separated list')
}

const missingIn = (roots: XmlElement[], paths: string[]): string[] =>
  paths.filter((path) => !isPresent(roots, path.split('.')))

/** A repeated element is a list: the next step of the path is its number. */
const isPresent = (elements: XmlElement[], [name, ...rest]: string[]): boolean => {
  const found = elements.filter((element) => element.name === name)
  if (found.length <= 1) return found.length === 1 && (rest.length === 0 || isPresent(found[0]!.children, rest))
  if (rest.length === 0) return true
  const chosen = /^\d+$/.test(rest[0]!) ? found[Number(rest[0])] : undefined
  return chosen !== undefined && (rest.length === 1 || isPresent(chosen.children, rest.slice(1)))
}
