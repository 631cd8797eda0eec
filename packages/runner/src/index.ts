export type { RunEvent, RunSummary, WaitingCase } from './event.ts'
export { runCase, type CaseTools } from './run-case.ts'
export { createProbePanel } from './judge/probe-panel.ts'
export { defaultJudges } from './judge/default-judge.ts'
export type { JudgeDefaults, Panel } from './judge/panel.ts'
export type { RunOptions } from './run-options.ts'
export { runSuite } from './run-suite.ts'
export { openQuarantine } from './quarantine.ts'
export { createSandboxPool, type SandboxPool } from './sandbox/pool.ts'
export { dialectOf, readSuiteFile, readSuiteText, type SuiteFile } from './suite-file/suite-file.ts'
export { DEFAULT_MODEL, localModels, readModelName, type LocalModels } from './local-models.ts'
export { appendBenchRun, benchHistoryPath, readBenchHistory, readBenchRun } from './bench/history.ts'
export { benchPlan, runBench, type BenchPlace, type BenchPlan } from './bench/run-bench.ts'
export { benchRunOf } from './bench/bench-run.ts'
export { answerProbe, type ProbeReply } from './probe.ts'
export { ASSUMED_OUTPUT_TOKENS, estimateSuite, type Estimate } from './estimate.ts'
export { chooseTarget, type TargetTools } from './choose-target.ts'
export { createAskEndpoint, type AskEndpoint, type EndpointReply } from './endpoint-target.ts'
export { maskOf, placeholder, type Mask } from './mask.ts'
export { cassetteAsk, cassetteModels, cassetteTools, createPlayer, createRecorder, type Cassette } from './cassette.ts'
export { findSuite } from './find-suite.ts'
export { appendCases, type Appended } from './append-cases.ts'
export { writeSuite } from './write-suite.ts'
export {
  beginJournal,
  continueJournal,
  readEntries,
  readHead,
  runIds,
  type Journal,
  type StoredJudgement,
  type StoredTurn,
} from './journal.ts'
export { createRunCache, type RunCache } from './run-cache.ts'
export { resultKey } from './skipped-result.ts'
export { planHashOf } from './plan-hash.ts'
export { storedTarget } from './stored-target.ts'
export type { RunListener } from './report/format.ts'
export { openReport, type Report } from './report/report.ts'
export type { RunEnded } from './report/format.ts'
export {
  chanceText,
  comparisonMarkdown,
  figuresText,
  rateText,
  verdictSentences,
} from './report/comparison-markdown.ts'
export { gateJUnit, gateMarkdown, standingWords } from './report/gate-report.ts'
export { markdownFormat } from './report/markdown.ts'
export { baselineNames, beginBaseline, readRunSide, type BaselineDraft } from './baseline.ts'
export type { Target, TargetAnswer, Turn } from './target.ts'
export { agentTarget, type AgentOptions } from './agent/agent-target.ts'
export type { RunTool, ToolAnswer, ToolRequest } from './agent/run-tool.ts'
export {
  choosePlugins,
  confirmationOf,
  needsConfirmation,
  runsOf,
  variablesOf,
  type ChosenPlugin,
} from './agent/choose-plugins.ts'
export { claudeAgentMissing, loadClaudeAgent, playClaudeTurn, type ClaudeAgentSdk } from './agent/claude-agent.ts'
export {
  executorOf,
  frameworks,
  refuseAgentKeys,
  wantsAgent,
  type Executor,
  type Framework,
} from './agent/framework.ts'
export { assertCommands, assertVariables, openersOf, secretsOf } from './agent/open-plugins.ts'
export { checkWorkspace } from './agent/workspace.ts'
export { allowPlugins, readUserConfig, userConfigPath } from './user-config.ts'
export { modelTarget } from './target.ts'
