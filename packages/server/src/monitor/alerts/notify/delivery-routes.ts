import { AssayError, listAlertDeliveries, resendAlertDelivery, timestamp } from '@assay/core'
import * as stored from '@assay/store'
import { implement } from '../../../http/implement.ts'
import { noteChange } from './audited.ts'

export const onListAlertDeliveries = implement(listAlertDeliveries, ({ inWorkspace }, { query }) =>
  inWorkspace((scope) => stored.listAlertDeliveries(scope, query)),
)

export const onResendAlertDelivery = implement(resendAlertDelivery, (exchange, { params: { id } }) =>
  exchange.inWorkspace(async (scope) => {
    const delivery = await stored.resendDelivery(scope, { id, at: timestamp(exchange.app.now()) })
    if (delivery === null) throw new AssayError('resource.not_found', { what: 'alert delivery', id })
    await noteChange(exchange, scope, { action: 'alert_delivery.resend', target: id })
    return delivery
  }),
)
