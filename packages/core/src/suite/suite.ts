import { z } from 'zod'
import { ChatMessage } from '../gateway/chat.ts'
import { Timestamp } from '../clock.ts'
import { FactualityWeights } from '../assertions/judges/factuality.ts'
import { Fault, Mcp } from './agent.ts'
import { parsePassAt } from './repeats.ts'

/** A model that judges: its name, or with fields of its requests. */
const JudgeModel = z
  .string()
  .min(1)
  .or(z.strictObject({ id: z.string().min(1), config: z.record(z.string(), z.unknown()).default({}) }))
type JudgeModel = z.infer<typeof JudgeModel>

/** The model that judges, and the one that gives embeddings where those are two. */
export const JudgeSpec = JudgeModel.or(
  z.strictObject({ text: JudgeModel.optional(), embedding: JudgeModel.optional() }),
)
export type JudgeSpec = z.infer<typeof JudgeSpec>

const RubricPrompt = z
  .string()
  .min(1)
  .or(z.array(z.looseObject({ role: z.string(), content: z.unknown() })).min(1))

const CheckSpec = z.strictObject({
  type: z.string().min(1).describe('Such as `contains`; with `not-` in front it is turned round.'),
  value: z.unknown().optional().describe('What the answer is compared with.'),
  options: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('The options of the assertion by their own names, in place of `value`.'),
  threshold: z.number().optional().describe('The score or amount that decides, where the type has one.'),
  weight: z.number().min(0).default(1).describe('How much it counts in the score; 0 only reports.'),
  metric: z.string().optional().describe('Name under which the score is also averaged.'),
  config: z.record(z.string(), z.unknown()).optional().describe('What `context.config` is to a script.'),
  transform: z.string().optional().describe('JavaScript that makes of `output` what this assertion looks at.'),
  provider: JudgeSpec.optional().describe('The model of a judge.'),
  rubricPrompt: RubricPrompt.or(z.record(z.string(), RubricPrompt))
    .optional()
    .describe('How a judge is asked, as text or messages.'),
  contextTransform: z
    .string()
    .optional()
    .describe('JavaScript that makes of `output` the context of a `context-` type.'),
  repeat: z.int().min(1).max(100).optional().describe('How often a judge is asked; the majority decides.'),
})

/**
 * One check of an answer as it is written down: a type, what it compares with and how much it counts. An `assert-set`
 * holds others, and counts as one.
 */
export const AssertionSpec = CheckSpec.extend({ assert: z.array(CheckSpec).min(1).optional() })
export type AssertionSpec = z.infer<typeof AssertionSpec>

/** What one case may use up before it is ended. */
export const Limits = z.strictObject({
  timeoutMs: z.int().min(1).max(3_600_000).default(120_000).describe('Time for the whole case.'),
  maxOutputTokens: z.int().min(1).default(4_096).describe('Of one answer.'),
  tokens: z.int().min(1).default(200_000).describe('Input and output together, over all steps.'),
  costUsd: z.number().min(0).optional().describe('US dollars that one case may cost.'),
  steps: z.int().min(1).max(1_000).default(10).describe('Calls of an agent to its model.'),
  toolResultBytes: z
    .int()
    .min(1)
    .max(67_108_864)
    .default(262_144)
    .describe('What a tool says beyond is cut, and marked so.'),
})
export type Limits = z.infer<typeof Limits>

/** What a case is for, in the order in which they are run. */
export const caseKinds = ['smoke', 'contract', 'plain', 'regression', 'integration'] as const
export const CaseKind = z.enum(caseKinds)
export type CaseKind = z.infer<typeof CaseKind>

export const difficulties = ['basic', 'intermediate', 'advanced'] as const

/** One turn of a conversation: what is said, and what must hold of the answer to it. */
export const StepSpec = z.strictObject({ input: z.string(), assert: z.array(AssertionSpec).default([]) })

/** `2/3`: enough passes of so many repeats. */
export const PassAtText = z
  .string()
  .refine((text) => parsePassAt(text) !== null, 'is not like 2/3: passes of repeats, both from 1 to 1000')

/** Pass rates to tell apart: the repeats go on until the case is seen to be one or the other. */
export const RateTargetSpec = z
  .strictObject({
    good: z.number().gt(0).lt(1),
    bad: z.number().gt(0).lt(1),
    maxRepeats: z.int().min(1).max(1_000).default(100),
  })
  .refine(({ good, bad }) => bad < good, { path: ['bad'], message: 'must be lower than good' })

/** A known flaky case: it runs and is reported, and does not fail the run until this is over. */
export const QuarantineSpec = z.strictObject({ until: Timestamp.or(z.iso.date()), reason: z.string().min(1).max(500) })

/** What holds for the judges of a case where an assertion says nothing itself. */
const CaseOptions = z.strictObject({
  provider: JudgeSpec.optional(),
  rubricPrompt: CheckSpec.shape.rubricPrompt,
  factuality: FactualityWeights.optional().describe('What each category of `factuality` is worth.'),
  transform: z.string().optional().describe('As `transform` of the case.'),
})
/** A folder of which each case gets a copy of its own. */
const Workspace = z.string().min(1).max(1_024).describe("A folder within the suite's; the agent of a case gets a copy.")
const Faults = z.array(Fault).max(100).describe('What goes wrong with calls of tools.')

/** One thing to try: an input and what must hold of the answer. */
export const Case = z.strictObject({
  id: z.string().min(1).max(200).optional().describe('Its name between runs; the hash of what is asked when left out.'),
  description: z.string().max(1_000).optional().describe('Its title in results.'),
  input: z.string().max(1_048_576).optional().describe('The user message, when the suite has no prompts.'),
  messages: z.array(ChatMessage).optional().describe('A whole conversation, instead of input and prompts.'),
  steps: z
    .array(StepSpec)
    .min(1)
    .max(100)
    .optional()
    .describe('Turns of a conversation, each answered before the next.'),
  vars: z.record(z.string(), z.unknown()).default({}).describe('Values for `{{variables}}`.'),
  matrix: z
    .record(z.string(), z.array(z.unknown()).min(1))
    .optional()
    .describe('Values for variables, of which every combination is a case.'),
  expected_output: z.string().optional().describe('An answer as it should be, for judges and people.'),
  assert: z.array(AssertionSpec).default([]).describe('What must hold of the answer.'),
  kind: CaseKind.optional().describe('What it is for; smoke cases run first, and one that fails ends the run.'),
  tags: z.array(z.string()).default([]).describe('Names to choose cases by.'),
  difficulty: z.enum(difficulties).optional().describe('For people.'),
  active: z.boolean().default(true).describe('False: kept, and not run.'),
  requires: z.array(z.string()).default([]).describe('`api`, `slow` or a provider; without it the case is skipped.'),
  groupId: z.string().optional().describe('The failure group this case keeps away.'),
  threshold: z.number().optional().describe('The case passes at this score, instead of when all assertions pass.'),
  transform: z.string().optional().describe('JavaScript that makes of `output` what is checked.'),
  options: CaseOptions.optional().describe('The judge of the case and how it is asked.'),
  repeat: z.int().min(1).max(1_000).optional().describe('How often it runs.'),
  passAt: PassAtText.optional().describe('As `2/3`: it passes when so many of so many repeats do.'),
  target: RateTargetSpec.optional().describe('Pass rates to tell apart by repeating.'),
  quarantine: QuarantineSpec.optional().describe('A known flaky case: it runs, is reported and fails nothing.'),
  limits: Limits.partial().optional().describe('What one run of it may use up.'),
  workspace: Workspace.optional().describe('The folder that the tools of an agent see a copy of.'),
  faults: Faults.optional().describe('Calls of tools that go wrong on purpose.'),
  metadata: z.record(z.string(), z.unknown()).optional().describe('For people and programs; nothing here reads it.'),
})
export type Case = z.infer<typeof Case>

/** What is said of a case before or beside it: any part of one. */
export const PartialCase = Case.partial()
export type PartialCase = z.infer<typeof PartialCase>

/** A model as a suite names it, with what every call to it says. */
export const ModelSpec = z.strictObject({
  id: z.string().min(1).describe('`provider/model`, or an address of your own.'),
  label: z.string().min(1).max(200).optional().describe('What it is called in results; its id when left out.'),
  config: z.record(z.string(), z.unknown()).default({}).describe('Fields of the request, such as `temperature`.'),
  script: z
    .string()
    .optional()
    .describe('JavaScript that answers, instead of a model: what `file://provider.js` holds.'),
})
export type ModelSpec = z.infer<typeof ModelSpec>

/** Cases under several circumstances: every entry of `config` with every case of `tests`. */
export const Scenario = z.strictObject({
  description: z.string().optional().describe('Stands before the titles of its cases.'),
  config: z.array(PartialCase).min(1).describe('Circumstances: parts of cases.'),
  tests: z.array(PartialCase).min(1).describe('Cases, each under every circumstance.'),
})
export type Scenario = z.infer<typeof Scenario>

/** What is tested, in the `assay` dialect. */
export const Suite = z.strictObject({
  $schema: z.string().optional().describe('Where editors find this schema.'),
  name: z.string().min(1).max(200).optional().describe('What it is called in results.'),
  description: z.string().optional().describe('For people.'),
  prompts: z
    .array(z.string().min(1).or(z.array(ChatMessage).min(1)))
    .default([])
    .describe('Texts with variables, or whole conversations.'),
  providers: z
    .array(z.string().min(1).or(ModelSpec))
    .default([])
    .describe('Models as `provider/model`, or with settings of their own.'),
  defaultTest: PartialCase.optional().describe('What holds for every case.'),
  tests: z.array(Case).default([]).describe('The cases.'),
  scenarios: z.array(Scenario).default([]).describe('Cases under several circumstances.'),
  kind: CaseKind.optional().describe('Of cases that declare none.'),
  repeat: z.int().min(1).max(1_000).default(1).describe('How often each case runs.'),
  passAt: PassAtText.optional().describe('As `2/3`: a case passes when so many of so many repeats do.'),
  limits: Limits.partial().optional().describe('What one run of a case may use up.'),
  tags: z.array(z.string()).default([]).describe('Tags of every case.'),
  env: z.array(z.string()).default([]).describe('Variables of the environment that templates may use as `env.NAME`.'),
  tools: z
    .array(z.record(z.string(), z.unknown()))
    .default([])
    .describe('Tools offered to the model, as chat completions spell them.'),
  mcp: Mcp.optional().describe('Plugins whose tools an agent is given.'),
  workspace: Workspace.optional().describe('The folder that the tools of an agent see a copy of.'),
  faults: Faults.default([]).describe('Calls of tools that go wrong on purpose.'),
  baseline: z.string().optional().describe('The baseline to compare with, when the command names none.'),
})
export type Suite = z.infer<typeof Suite>
