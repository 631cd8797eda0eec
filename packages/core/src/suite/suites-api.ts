import { z } from 'zod'
import { dialects } from '../assertions/list.ts'
import { contract } from '../contract.ts'
import { IdParams, PageQuery, pageOf } from '../page.ts'
import { StoredCase, StoredSuite } from './stored-suite.ts'

/** A suite file may be so large. */
export const MAX_SUITE_BYTES = 10 * 1_048_576

/** A suite as it is sent: its text, with what the name of its file says about it. */
export const SuiteText = z.strictObject({
  name: z.string().min(1).max(200).optional().describe('What it is called here; the name in it when left out.'),
  source: z.string().min(1).max(MAX_SUITE_BYTES).describe('The text of the suite, as YAML or JSON.'),
  file: z
    .string()
    .regex(/^[^/\\\0]{1,200}\.(ya?ml|json)$/, 'is not the name of a .yaml, .yml or .json file')
    .default('assay.yaml')
    .describe('The name of its file: it says the dialect, and places in errors begin with it.'),
  dialect: z.enum(dialects).optional().describe('In which dialect it is written, whatever its name.'),
})
export type SuiteText = z.infer<typeof SuiteText>

export const listSuites = contract({
  method: 'get',
  path: '/api/v1/suites',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'The suites that the server keeps, the last changed first',
  query: PageQuery.extend({ text: z.string().max(200).optional().describe('Part of the name.') }),
  reply: pageOf(StoredSuite),
})

export const createSuite = contract({
  method: 'post',
  path: '/api/v1/suites',
  access: { who: 'person', role: 'member', scope: 'write' },
  summary: 'Check and keep a suite; what is wrong with it comes back with line and column',
  body: SuiteText,
  maxBodyBytes: 2 * MAX_SUITE_BYTES,
  once: true,
  reply: StoredSuite,
  status: 201,
})

export const getSuite = contract({
  method: 'get',
  path: '/api/v1/suites/{id}',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'One suite with its text',
  params: IdParams,
  reply: StoredSuite.extend({ source: z.string() }),
})

export const replaceSuite = contract({
  method: 'put',
  path: '/api/v1/suites/{id}',
  access: { who: 'person', role: 'member', scope: 'write' },
  summary: 'Put another text in the place of a suite; runs that began with the old one end with it',
  params: IdParams,
  body: SuiteText,
  maxBodyBytes: 2 * MAX_SUITE_BYTES,
  reply: StoredSuite,
})

export const removeSuite = contract({
  method: 'delete',
  path: '/api/v1/suites/{id}',
  access: { who: 'person', role: 'member', scope: 'write' },
  summary: 'Remove a suite; its runs stay',
  params: IdParams,
  reply: z.null(),
  status: 204,
})

export const listSuiteCases = contract({
  method: 'get',
  path: '/api/v1/suites/{id}/cases',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'The cases of a suite in the order in which they are run',
  params: IdParams,
  query: PageQuery,
  reply: pageOf(StoredCase),
})
