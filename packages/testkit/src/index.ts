export * from './assay-process.ts'
export * from './chromium.ts'
export * from './temporary-directory.ts'
export * from './until.ts'
