import { z } from 'zod'
import { dialects } from '../assertions/list.ts'
import { Timestamp } from '../clock.ts'
import { AssertionSpec, CaseKind, difficulties } from './suite.ts'

/** A suite that the server keeps and can run. */
export const StoredSuite = z.object({
  id: z.uuid(),
  packageVersionId: z.uuid().nullable().describe('The version of a package it came with.'),
  name: z.string(),
  description: z.string().nullable(),
  dialect: z.enum(dialects),
  file: z.string().describe('The name of its file, which places in errors begin with.'),
  sourceHash: z.string().describe('SHA-256 of its text.'),
  kind: CaseKind.nullable().describe('Of cases that declare none.'),
  models: z.array(z.string()),
  cases: z.int().describe('How many it has, those that are not active too.'),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})
export type StoredSuite = z.infer<typeof StoredSuite>

/** A case of a stored suite, with its values put in. */
export const StoredCase = z.object({
  caseKey: z.string(),
  title: z.string(),
  description: z.string().nullable(),
  input: z.string(),
  expectedOutput: z.string().nullable(),
  assertions: z.array(AssertionSpec),
  kind: CaseKind,
  tags: z.array(z.string()),
  difficulty: z.enum(difficulties).nullable(),
  groupId: z.string().nullable(),
  active: z.boolean(),
  quarantineUntil: Timestamp.nullable(),
})
export type StoredCase = z.infer<typeof StoredCase>
