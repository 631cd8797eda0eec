export { createSandboxPool, type SandboxPool } from './sandbox/pool.ts'
