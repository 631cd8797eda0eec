// For everyone's tests: what speaks real protocols on 127.0.0.1, time and chance that stand still, things to test with.
export { fixedClock, type FixedClock } from './clock.ts'
export { startFakeMcp, fakeMcpCommand, type FakeMcp, type FakeMcpCommand } from './fakes/mcp.ts'
export type { FakeTool, FakeToolCall } from './fakes/mcp-tools.ts'
export { startFakeProvider, type FakeCounters, type FakeProvider, type FakeProviderOptions } from './fakes/provider.ts'
export type { FakeApi, FakeCall, FakeReply, Scripted } from './fakes/reply.ts'
export { createRandom, type Random } from './random.ts'
export { caseOf, completionOf, resultOf, suiteOf } from './suites.ts'
export * from './temporary-directory.ts'
export * from './until.ts'

// For the tests of Assay itself: its processes, its databases, a browser for its pages.
export * from './assay-process.ts'
export * from './postgres.ts'
export * from './records.ts'
export * from './chromium.ts'
export * from './test-store.ts'
