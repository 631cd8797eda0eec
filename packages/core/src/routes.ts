import type { Api } from './api.ts'

/**
 * Method and path of every route, without its schemas: what a caller must know to call. The compiler holds it to the
 * contracts; apart from them so that a browser need not load the schemas to make a call.
 */
export const routes: { readonly [Name in keyof Api]: `${Api[Name]['method']} ${Api[Name]['path']}` } = {
  getMe: 'get /api/v1/me',
  createSignInLink: 'post /api/v1/sign-in-links',
  signInWithLink: 'post /api/v1/sign-in',
  signOut: 'post /api/v1/sign-out',
  listGatewayKeys: 'get /api/v1/gateway-keys',
  createGatewayKey: 'post /api/v1/gateway-keys',
  revokeGatewayKey: 'delete /api/v1/gateway-keys/{id}',
  listRequests: 'get /api/v1/requests',
  getRequest: 'get /api/v1/requests/{id}',
  replayRequest: 'post /api/v1/requests/{id}/replay',
  makeTestCase: 'post /api/v1/requests/{id}/test-case',
  getRetention: 'get /api/v1/retention',
  updateRetention: 'patch /api/v1/retention',
  listAudit: 'get /api/v1/audit',
  listCredentials: 'get /api/v1/credentials',
  createCredential: 'post /api/v1/credentials',
  removeCredential: 'delete /api/v1/credentials/{id}',
  reportFailure: 'post /api/v1/failures',
  listFailures: 'get /api/v1/failures',
  getFailure: 'get /api/v1/failures/{id}',
  listFailureGroups: 'get /api/v1/failure-groups',
  getFailureGroup: 'get /api/v1/failure-groups/{id}',
  updateFailureGroup: 'patch /api/v1/failure-groups/{id}',
  listRegressionTests: 'get /api/v1/regression-tests',
  getRegressionTest: 'get /api/v1/regression-tests/{id}',
  listExecutions: 'get /api/v1/regression-tests/{id}/history',
  runRegressionTests: 'post /api/v1/regression-tests/run',
  listRuns: 'get /api/v1/runs',
  getRun: 'get /api/v1/runs/{id}',
  listRunResults: 'get /api/v1/runs/{id}/results',
  listAlerts: 'get /api/v1/alerts',
  acknowledgeAlert: 'post /api/v1/alerts/{id}/acknowledge',
  getValueSummary: 'get /api/v1/value/summary',
}
