/** The suite of the bench: what all sides ask and check. */
export const prompt = (index: number): string =>
  `Which city is number ${index} of the list, and how many people live there?`

export const assertions = [
  { type: 'contains', value: 'Paris' },
  { type: 'regex', value: '"people":\\d{6,}' },
  { type: 'is-json' },
]

/** The suite as a file that Assay and promptfoo both read. */
export const suiteText = (cases: number): string =>
  JSON.stringify({
    prompts: ['{{question}}'],
    providers: [{ id: 'openai:chat:fake', config: { temperature: 0 } }],
    defaultTest: { assert: assertions },
    tests: Array.from({ length: cases }, (_, index) => ({ vars: { question: prompt(index) } })),
  })
