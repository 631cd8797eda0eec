/**
 * The natural ways through the house, file by file in the order of events; what is drawn in ARCHITECTURE.md and
 * followed by `walks.test.ts`.
 */
export const walks: { number: number; title: string; files: string[] }[] = [
  {
    number: 1,
    title: 'A chat completion',
    files: [
      'packages/server/src/gateway/entry/data-plane.ts',
      'packages/server/src/gateway/chat/chat.ts',
      'packages/core/src/routing/plan.ts',
      'packages/server/src/gateway/chat/complete-chat.ts',
      'packages/providers/src/compatible/compatible.ts',
      'packages/store/src/spool/spool.ts',
      'packages/store/src/system/drain.ts',
    ],
  },
  {
    number: 2,
    title: '`assay test`, local',
    files: [
      'packages/cli/src/commands/test.ts',
      'packages/runner/src/run-suite.ts',
      'packages/core/src/suite/expand.ts',
      'packages/runner/src/run-case.ts',
      'packages/core/src/assertions/check.ts',
      'packages/core/src/suite/score.ts',
      'packages/cli/src/print/suite.ts',
    ],
  },
  {
    number: 3,
    title: 'A failure becomes a test',
    files: [
      'packages/server/src/monitor/capture/reports.ts',
      'packages/core/src/monitor/diagnose.ts',
      'packages/store/src/record-failures.ts',
      'packages/core/src/monitor/regression.ts',
      'packages/server/src/monitor/runs/execute-run.ts',
      'packages/server/src/monitor/runs/execute-test.ts',
      'packages/core/src/monitor/confidence.ts',
    ],
  },
]
