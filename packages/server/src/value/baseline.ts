import { baselineOf, getBaseline, pricesOn } from '@assay/core'
import { implement } from '../http/implement.ts'

/** The model that the gateway tells savings against today. */
export const onGetBaseline = implement(getBaseline, async ({ app, member }) => {
  const { workspaceId } = member()
  const today = app.nowIso().slice(0, 10)
  const [{ prices }, configured] = await Promise.all([
    app.priceBook.of(workspaceId),
    app.credentials.configured(workspaceId),
  ])
  const row = baselineOf(pricesOn(today, prices), configured, today)
  return { baseline: row && { provider: row.provider, model: row.model, input: row.input, output: row.output } }
})
