import type { Api } from '@assay/core'
import * as alerts from '../monitor/alerts/alert-routes.ts'
import * as alertChannels from '../monitor/alerts/notify/channel-routes.ts'
import * as alertDeliveries from '../monitor/alerts/notify/delivery-routes.ts'
import * as alertRules from '../monitor/alerts/notify/rule-routes.ts'
import * as schedules from '../monitor/schedules/schedule-routes.ts'
import { onGiveFeedback } from '../cache/give-feedback.ts'
import * as cache from '../cache/routes.ts'
import * as credentials from '../vault/routes.ts'
import * as credentialChanges from '../vault/change.ts'
import * as credentialChecks from '../vault/check.ts'
import * as masterKeys from '../vault/master-key-routes.ts'
import * as budgets from '../requests/budgets.ts'
import * as gatewayKeys from '../requests/gateway-keys.ts'
import { onRegroupFailures } from '../monitor/groups/regroup.ts'
import * as groups from '../monitor/groups/routes.ts'
import * as groupRules from '../monitor/groups/rule-routes.ts'
import * as monitor from '../monitor/routes.ts'
import * as audit from '../requests/audit.ts'
import * as modelNames from '../gateway/keys/model-names-routes.ts'
import * as retention from '../requests/retention.ts'
import { onReplayRequest } from '../requests/replay.ts'
import { onMakeTestCase } from '../requests/test-case.ts'
import * as guards from '../guards/routes.ts'
import * as prices from '../gateway/books/price-routes.ts'
import * as requests from '../requests/routes.ts'
import { onCompareRun } from '../suite/compare-run.ts'
import * as runs from '../suite/runs.ts'
import { onCreateRun } from '../suite/start-run.ts'
import * as suites from '../suite/suites.ts'
import * as uploads from '../suite/upload-run.ts'
import * as suggestions from '../monitor/learn/suggestions.ts'
import { onGetTestTrend } from '../monitor/learn/trend.ts'
import { onGetTestMetrics } from '../monitor/learn/metrics.ts'
import * as experiments from '../monitor/learn/experiment-routes.ts'
import { onRunRegressionTests, onVerifyRegressionTest } from '../monitor/runs/run-tests.ts'
import * as golden from '../monitor/tests/golden-cases.ts'
import * as groupTests from '../monitor/tests/group-test.ts'
import * as tests from '../monitor/tests/test-routes.ts'
import * as writtenTests from '../monitor/tests/write-test.ts'
import { onReportFailure, onReportFailures } from '../monitor/capture/report-failure.ts'
import * as otlp from '../monitor/capture/receive-otlp.ts'
import * as monitorSettings from '../monitor/capture/settings-routes.ts'
import { onCheckGate } from '../monitor/gate.ts'
import { onGetBaseline } from '../value/baseline.ts'
import { onGetValueSummary } from '../value/summary.ts'
import * as signIn from '../workspace/sign-in.ts'
import type { Implementation } from './implement.ts'

/** One handler for every contract; a contract without one does not compile. */
export const routes: { [Name in keyof Api]: Implementation<Api[Name]> } = {
  getMe: signIn.onGetMe,
  createSignInLink: signIn.onCreateSignInLink,
  signInWithLink: signIn.onSignInWithLink,
  signOut: signIn.onSignOut,
  listGatewayKeys: gatewayKeys.onListGatewayKeys,
  createGatewayKey: gatewayKeys.onCreateGatewayKey,
  getGatewayKey: gatewayKeys.onGetGatewayKey,
  updateGatewayKey: gatewayKeys.onUpdateGatewayKey,
  rotateGatewayKey: gatewayKeys.onRotateGatewayKey,
  revokeGatewayKey: gatewayKeys.onRevokeGatewayKey,
  listBudgets: budgets.onListBudgets,
  setWorkspaceBudget: budgets.onSetWorkspaceBudget,
  releaseLostBudget: budgets.onReleaseLostBudget,
  listRequests: requests.onListRequests,
  getRequest: requests.onGetRequest,
  replayRequest: onReplayRequest,
  makeTestCase: onMakeTestCase,
  getRetention: retention.onGetRetention,
  updateRetention: retention.onUpdateRetention,
  getModelNames: modelNames.onGetModelNames,
  updateModelNames: modelNames.onUpdateModelNames,
  listAudit: audit.onListAudit,
  listGuards: guards.onListGuards,
  createGuard: guards.onCreateGuard,
  updateGuard: guards.onUpdateGuard,
  removeGuard: guards.onRemoveGuard,
  orderGuards: guards.onOrderGuards,
  tryGuards: guards.onTryGuards,
  listCache: cache.onListCache,
  getCacheSummary: cache.onGetCacheSummary,
  getCacheEntry: cache.onGetCacheEntry,
  updateCacheEntry: cache.onUpdateCacheEntry,
  removeCacheEntry: cache.onRemoveCacheEntry,
  invalidateCache: cache.onInvalidateCache,
  getCacheSettings: cache.onGetCacheSettings,
  updateCacheSettings: cache.onUpdateCacheSettings,
  giveFeedback: onGiveFeedback,
  listFeedback: cache.onListFeedback,
  listPrices: prices.onListPrices,
  setPrice: prices.onSetPrice,
  changePrice: prices.onChangePrice,
  unsetPrice: prices.onUnsetPrice,
  refreshPrices: prices.onRefreshPrices,
  revertPrices: prices.onRevertPrices,
  listSpend: prices.onListSpend,
  listCredentials: credentials.onListCredentials,
  checkCredential: credentialChecks.onCheckCredential,
  createCredential: credentials.onCreateCredential,
  getCredential: credentials.onGetCredential,
  updateCredential: credentialChanges.onUpdateCredential,
  removeCredential: credentials.onRemoveCredential,
  setDefaultCredential: credentials.onSetDefaultCredential,
  checkStoredCredential: credentialChecks.onCheckStoredCredential,
  rotateCredential: credentialChanges.onRotateCredential,
  getMasterKeys: masterKeys.onGetMasterKeys,
  rotateMasterKey: masterKeys.onRotateMasterKey,
  forgetMasterKey: masterKeys.onForgetMasterKey,
  reportFailure: onReportFailure,
  reportFailures: onReportFailures,
  receiveTraces: otlp.onReceiveTraces,
  receiveLogs: otlp.onReceiveLogs,
  getMonitorSettings: monitorSettings.onGetMonitorSettings,
  updateMonitorSettings: monitorSettings.onUpdateMonitorSettings,
  listFailures: monitor.onListFailures,
  getFailure: monitor.onGetFailure,
  listFailureGroups: groups.onListFailureGroups,
  getFailureGroup: groups.onGetFailureGroup,
  updateFailureGroup: groups.onUpdateFailureGroup,
  listFailureFamilies: groups.onListFailureFamilies,
  listFingerprintRules: groupRules.onListFingerprintRules,
  createFingerprintRule: groupRules.onCreateFingerprintRule,
  tryFingerprintRule: groupRules.onTryFingerprintRule,
  updateFingerprintRule: groupRules.onUpdateFingerprintRule,
  removeFingerprintRule: groupRules.onRemoveFingerprintRule,
  listGroupChanges: groups.onListGroupChanges,
  undoGroupChange: groups.onUndoGroupChange,
  regroupFailures: onRegroupFailures,
  listSimilarGroups: groups.onListSimilarGroups,
  mergeFailureGroup: groups.onMergeFailureGroup,
  splitFailureGroup: groups.onSplitFailureGroup,
  listRegressionTests: tests.onListRegressionTests,
  createRegressionTest: writtenTests.onCreateRegressionTest,
  getRegressionTest: tests.onGetRegressionTest,
  updateRegressionTest: writtenTests.onUpdateRegressionTest,
  retireRegressionTest: tests.onRetireRegressionTest,
  listExecutions: tests.onListExecutions,
  runRegressionTests: onRunRegressionTests,
  verifyRegressionTest: onVerifyRegressionTest,
  quarantineRegressionTest: tests.onQuarantineRegressionTest,
  confirmRegressionTest: writtenTests.onConfirmRegressionTest,
  makeGroupTest: groupTests.onMakeGroupTest,
  listGoldenCases: golden.onListGoldenCases,
  acceptGoldenCase: golden.onAcceptGoldenCase,
  dismissGoldenCase: golden.onDismissGoldenCase,
  checkGate: onCheckGate,
  listExperiments: experiments.onListExperiments,
  createExperiment: experiments.onCreateExperiment,
  getExperiment: experiments.onGetExperiment,
  stopExperiment: experiments.onStopExperiment,
  removeExperiment: experiments.onRemoveExperiment,
  getTestMetrics: onGetTestMetrics,
  getTestTrend: onGetTestTrend,
  listSuggestions: suggestions.onListSuggestions,
  decideSuggestion: suggestions.onDecideSuggestion,
  listSuites: suites.onListSuites,
  createSuite: suites.onCreateSuite,
  getSuite: suites.onGetSuite,
  replaceSuite: suites.onReplaceSuite,
  removeSuite: suites.onRemoveSuite,
  listSuiteCases: suites.onListSuiteCases,
  listRuns: runs.onListRuns,
  createRun: onCreateRun,
  uploadRun: uploads.onUploadRun,
  getRun: runs.onGetRun,
  updateRun: runs.onUpdateRun,
  cancelRun: runs.onCancelRun,
  listRunResults: runs.onListRunResults,
  getRunResult: runs.onGetRunResult,
  addRunResults: uploads.onAddRunResults,
  finishRun: uploads.onFinishRun,
  compareRunWith: onCompareRun,
  listAlerts: alerts.onListAlerts,
  acknowledgeAlert: alerts.onAcknowledgeAlert,
  listAlertRules: alertRules.onListAlertRules,
  createAlertRule: alertRules.onCreateAlertRule,
  updateAlertRule: alertRules.onUpdateAlertRule,
  removeAlertRule: alertRules.onRemoveAlertRule,
  listAlertChannels: alertChannels.onListAlertChannels,
  createAlertChannel: alertChannels.onCreateAlertChannel,
  updateAlertChannel: alertChannels.onUpdateAlertChannel,
  removeAlertChannel: alertChannels.onRemoveAlertChannel,
  rotateAlertChannel: alertChannels.onRotateAlertChannel,
  testAlertChannel: alertChannels.onTestAlertChannel,
  listAlertDeliveries: alertDeliveries.onListAlertDeliveries,
  resendAlertDelivery: alertDeliveries.onResendAlertDelivery,
  listSchedules: schedules.onListSchedules,
  createSchedule: schedules.onCreateSchedule,
  previewSchedule: schedules.onPreviewSchedule,
  getSchedule: schedules.onGetSchedule,
  updateSchedule: schedules.onUpdateSchedule,
  removeSchedule: schedules.onRemoveSchedule,
  pauseSchedule: schedules.onPauseSchedule,
  runSchedule: schedules.onRunSchedule,
  getValueSummary: onGetValueSummary,
  getBaseline: onGetBaseline,
}
