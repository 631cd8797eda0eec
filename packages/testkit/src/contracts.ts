/** Contract suites for Vitest: what every implementation of an interface is held to. */
export { describeProvider, type ProviderUnderTest } from './contracts/provider.ts'
