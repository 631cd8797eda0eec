import * as cache from './cache/api.ts'
import * as alerts from './monitor/alert.ts'
import * as bodies from './gateway/bodies.ts'
import * as gateway from './gateway/api.ts'
import * as budgets from './gateway/budgets-api.ts'
import * as gatewayKeys from './gateway/keys-api.ts'
import * as guards from './gateway/guards-api.ts'
import * as prices from './gateway/prices-api.ts'
import * as modelNames from './routing/model-names.ts'
import * as monitor from './monitor/api.ts'
import * as audit from './workspace/audit.ts'
import * as suite from './suite/api.ts'
import * as suites from './suite/suites-api.ts'
import * as value from './value/api.ts'
import * as vault from './vault/api.ts'
import * as workspace from './workspace/api.ts'

/** Every route of the control plane by name: the server implements each, the client calls each, OpenAPI lists each. */
export const api = {
  getMe: workspace.getMe,
  createSignInLink: workspace.createSignInLink,
  signInWithLink: workspace.signInWithLink,
  signOut: workspace.signOut,
  listGatewayKeys: gatewayKeys.listGatewayKeys,
  createGatewayKey: gatewayKeys.createGatewayKey,
  getGatewayKey: gatewayKeys.getGatewayKey,
  updateGatewayKey: gatewayKeys.updateGatewayKey,
  rotateGatewayKey: gatewayKeys.rotateGatewayKey,
  revokeGatewayKey: gatewayKeys.revokeGatewayKey,
  listBudgets: budgets.listBudgets,
  setWorkspaceBudget: budgets.setWorkspaceBudget,
  releaseLostBudget: budgets.releaseLostBudget,
  listRequests: gateway.listRequests,
  getRequest: gateway.getRequest,
  replayRequest: gateway.replayRequest,
  makeTestCase: gateway.makeTestCase,
  getRetention: bodies.getRetention,
  updateRetention: bodies.updateRetention,
  getModelNames: modelNames.getModelNames,
  updateModelNames: modelNames.updateModelNames,
  listAudit: audit.listAudit,
  listGuards: guards.listGuards,
  createGuard: guards.createGuard,
  updateGuard: guards.updateGuard,
  removeGuard: guards.removeGuard,
  orderGuards: guards.orderGuards,
  tryGuards: guards.tryGuards,
  listCache: cache.listCache,
  getCacheSummary: cache.getCacheSummary,
  getCacheSettings: cache.getCacheSettings,
  getCacheEntry: cache.getCacheEntry,
  updateCacheEntry: cache.updateCacheEntry,
  removeCacheEntry: cache.removeCacheEntry,
  invalidateCache: cache.invalidateCache,
  updateCacheSettings: cache.updateCacheSettings,
  giveFeedback: cache.giveFeedback,
  listFeedback: cache.listFeedback,
  listPrices: prices.listPrices,
  setPrice: prices.setPrice,
  changePrice: prices.changePrice,
  unsetPrice: prices.unsetPrice,
  refreshPrices: prices.refreshPrices,
  revertPrices: prices.revertPrices,
  listSpend: prices.listSpend,
  listCredentials: vault.listCredentials,
  checkCredential: vault.checkCredential,
  createCredential: vault.createCredential,
  getCredential: vault.getCredential,
  updateCredential: vault.updateCredential,
  removeCredential: vault.removeCredential,
  setDefaultCredential: vault.setDefaultCredential,
  checkStoredCredential: vault.checkStoredCredential,
  rotateCredential: vault.rotateCredential,
  getMasterKeys: vault.getMasterKeys,
  rotateMasterKey: vault.rotateMasterKey,
  forgetMasterKey: vault.forgetMasterKey,
  reportFailure: monitor.reportFailure,
  listFailures: monitor.listFailures,
  getFailure: monitor.getFailure,
  listFailureGroups: monitor.listFailureGroups,
  getFailureGroup: monitor.getFailureGroup,
  updateFailureGroup: monitor.updateFailureGroup,
  listRegressionTests: monitor.listRegressionTests,
  getRegressionTest: monitor.getRegressionTest,
  listExecutions: monitor.listExecutions,
  runRegressionTests: monitor.runRegressionTests,
  listSuites: suites.listSuites,
  createSuite: suites.createSuite,
  getSuite: suites.getSuite,
  replaceSuite: suites.replaceSuite,
  removeSuite: suites.removeSuite,
  listSuiteCases: suites.listSuiteCases,
  listRuns: suite.listRuns,
  createRun: suite.createRun,
  uploadRun: suite.uploadRun,
  getRun: suite.getRun,
  updateRun: suite.updateRun,
  cancelRun: suite.cancelRun,
  listRunResults: suite.listRunResults,
  getRunResult: suite.getRunResult,
  addRunResults: suite.addRunResults,
  finishRun: suite.finishRun,
  compareRunWith: suite.compareRunWith,
  listAlerts: alerts.listAlerts,
  acknowledgeAlert: alerts.acknowledgeAlert,
  getValueSummary: value.getValueSummary,
  getBaseline: value.getBaseline,
} as const
export type Api = typeof api
