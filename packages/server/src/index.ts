export type { App } from './app.ts'
export { appFetch } from './http/app-fetch.ts'
export { composeApp, type OpenOptions } from './open-app.ts'
export { serve, type ServeOptions, type Service } from './serve.ts'
