import { formatUsd, type RequestDetail } from '@assay/core'
import { Facts } from '../display/facts.tsx'
import { words } from '../words.ts'
import classes from './request-drawer.module.css'

/** Which way a request went: what was asked, what answered and why, and what was not taken, with what that would cost. */
export const RequestRoute = ({ request }: { request: RequestDetail }) => {
  const { route, requestModel, providerName, responseModel, complexity, score } = request
  const answered = [providerName, responseModel].filter(Boolean).join('/')
  return (
    <>
      {route !== null && <p className={classes['why']}>{words.request.routes[route] ?? route}</p>}
      <Facts
        facts={[
          { name: words.request.asked, value: <code>{requestModel}</code> },
          { name: words.request.answered, value: answered ? <code>{answered}</code> : words.unknown },
          complexity === null
            ? null
            : {
                name: words.request.complexity,
                value: (
                  <>
                    {words.complexities[complexity]}
                    {score !== null && (
                      <span className={classes['quiet']}> · {words.request.score(score.toFixed(2))}</span>
                    )}
                  </>
                ),
              },
        ]}
      />
      <Contributions request={request} />
      <Rejected request={request} />
    </>
  )
}

const MOST_CONTRIBUTIONS = 5

/** What gave the points of the score, drawn as long as they are many. */
const Contributions = ({ request: { contributions } }: { request: RequestDetail }) => {
  if (contributions === null || contributions.length === 0) return null
  const shown = contributions.slice(0, MOST_CONTRIBUTIONS)
  const most = Math.max(...shown.map(({ points }) => points))
  return (
    <dl className={classes['contributions']} aria-label={words.request.contributions}>
      {shown.map(({ feature, points }) => (
        <div key={feature}>
          <dt>{words.request.features[feature] ?? feature}</dt>
          <dd>
            <span className={classes['points']} style={{ width: `${(points / most) * 60}%` }} aria-hidden="true" />
            {points.toFixed(2)}
          </dd>
        </div>
      ))}
    </dl>
  )
}

const Rejected = ({ request: { rejected, costNanoUsd } }: { request: RequestDetail }) => {
  if (rejected.length === 0) return null
  return (
    <table className={classes['rejected']}>
      <caption>{words.request.rejected}</caption>
      <thead>
        <tr>
          <th scope="col">{words.requests.model}</th>
          <th scope="col">{words.request.why}</th>
          <th scope="col">{words.request.wouldCost}</th>
        </tr>
      </thead>
      <tbody>
        {rejected.map(({ provider, model, why, costNanoUsd: cost }) => (
          <tr key={`${provider}/${model} ${why}`}>
            <th scope="row">
              {provider}/{model}
            </th>
            <td>{why}</td>
            <td>{costNanoUsd === null ? words.unknown : formatUsd(cost)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
