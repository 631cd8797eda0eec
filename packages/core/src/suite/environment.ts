import { z } from 'zod'

/** Why something was run. */
export const runTriggers = ['manual', 'cron', 'ci', 'deployment', 'hosted'] as const

/** Where something ran, or went wrong. */
export const environments = ['dev', 'staging', 'production', 'local', 'ci'] as const
export const Environments = z.enum(environments)
