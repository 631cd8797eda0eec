import { z } from 'zod'
import { contract } from '../contract.ts'
import { NanoUsd } from '../money.ts'
import { IdParams } from '../page.ts'
import { BudgetState } from './budget.ts'
import { BudgetWindow } from './key-policy.ts'

export const listBudgets = contract({
  method: 'get',
  path: '/api/v1/budgets',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: "The budgets of the workspace and of its keys in the windows that run now, the workspace's first",
  reply: z.object({ items: z.array(BudgetState), nextCursor: z.null() }),
})

export const setWorkspaceBudget = contract({
  method: 'patch',
  path: '/api/v1/budgets/workspace',
  access: { who: 'person', role: 'admin', scope: 'admin' },
  summary: 'Set or lift the budget that all keys of the workspace share',
  body: z
    .strictObject({ budgetNanoUsd: NanoUsd.min(1).nullable(), budgetWindow: BudgetWindow.nullable().default(null) })
    .refine(({ budgetNanoUsd, budgetWindow }) => (budgetNanoUsd === null) === (budgetWindow === null), {
      path: ['budgetWindow'],
      message: 'is hour, day, month or total where there is a budget, and left out where there is none',
    }),
  reply: z.object({ budget: BudgetState.nullable() }),
})

export const releaseLostBudget = contract({
  method: 'post',
  path: '/api/v1/budgets/{id}/release',
  access: { who: 'person', role: 'admin', scope: 'admin' },
  summary: 'Give back what a process held that never told what became of it',
  params: IdParams,
  reply: BudgetState,
})
