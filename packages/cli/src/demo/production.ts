import type { FailureGroup, RegressionTest } from '@assay/core'
import { readPages } from '../pages.ts'
import { bar } from '../print/chart.ts'
import { plain } from '../print/width.ts'
import { INVOICE_MODEL } from './model-server.ts'
import { faultyFieldOf, type Invoice, invoices } from './prompts.ts'
import { notAsTold, readBack } from './read-back.ts'
import type { Stage } from './stage.ts'
import { DEMO_CREDENTIAL, type Teller } from './teller.ts'

/** A model server breaks the schema it was asked for, three times, each time in another request. */
export const breakThreeTimes = async ({ stage, narrator, colours }: Teller, key: string): Promise<FailureGroup> => {
  const { client, modelServer } = stage
  let group: FailureGroup | undefined
  let field = ''
  await narrator.step('upstream', async () => {
    const earlier = await readPages({ limit: 10_000 }, (query) => client.listRegressionTests({ query }))
    field = faultyFieldOf(earlier.length)
    const credential = await client.createCredential({
      body: {
        provider: 'compatible',
        name: DEMO_CREDENTIAL,
        baseUrl: `http://${modelServer.host}/v1`,
        secret: 'this server asks for no key',
      },
    })
    return {
      line: `a model server at ${credential.baseUrl}, version ${modelServer.version()}: it writes “${field}” out in words`,
      figures: { baseUrl: credential.baseUrl, version: modelServer.version(), field },
    }
  })
  for (const [index, invoice] of invoices.entries()) {
    await narrator.step('failure', async () => {
      const { text } = await stage.ask(key, invoiceRequest(invoice, field))
      const known = group
      group = await readBack(
        'failure',
        `a failure group with ${index + 1} occurrences`,
        async () => findGroup(stage, field, known),
        (found) => found?.occurrences === index + 1,
      )
      const { occurrences, threshold, title, category, testStatus } = group!
      return {
        line: `${bar(occurrences / threshold, threshold * 2)} ${occurrences} of ${threshold}  ${
          index === 0 ? plain(title) : colours.dim(`the same of order ${invoice.order}, ${invoice.path}`)
        }`,
        figures: { occurrences, threshold, title, category, testStatus, groupId: group!.id, answerBytes: text.length },
      }
    })
  }
  return group!
}

const invoiceRequest = ({ path, order, upload }: Invoice, field: string) => ({
  model: `compatible/${INVOICE_MODEL}`,
  messages: [
    { role: 'system' as const, content: 'You read invoices and answer in JSON.' },
    { role: 'user' as const, content: `Read ${path} of order ${order} (upload ${upload}).` },
  ],
  response_format: {
    type: 'json_schema',
    json_schema: {
      name: 'invoice',
      schema: {
        type: 'object',
        properties: { [field]: { type: 'number' }, currency: { type: 'string' } },
        required: [field, 'currency'],
        additionalProperties: false,
      },
    },
  },
})

/** The group that came into being through this demo: the newest one, and later the same again. */
const findGroup = async ({ client }: Stage, field: string, known: FailureGroup | undefined) => {
  if (known) return client.getFailureGroup({ params: { id: known.id } })
  const { items } = await client.listFailureGroups({ query: { sort: 'lastSeen', limit: 20 } })
  return items.find(({ title, why, occurrences }) => occurrences === 1 && JSON.stringify([title, why]).includes(field))
}

/** The test that the third failure left behind. */
export const findTest = async ({ stage, narrator, colours }: Teller, { id }: FailureGroup): Promise<RegressionTest> => {
  let test: RegressionTest | undefined
  await narrator.step('test', async () => {
    const group = await stage.client.getFailureGroup({ params: { id } })
    if (!group.testId) throw notAsTold('test', 'a regression test at the third occurrence', group)
    test = await stage.client.getRegressionTest({ params: { id: group.testId } })
    const { name, state, confidence, method } = test
    return {
      line: `${colours.bold(plain(name))} made itself: ${state}, confidence ${confidence}, ${method}s the third request`,
      figures: { testId: test.id, name, state, confidence, method },
    }
  })
  return test!
}
