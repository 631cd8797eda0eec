import { useChange } from '../app/change.ts'

type Change<Wanted, Result> = Omit<Parameters<typeof useChange<Wanted, Result>>[0], 'touched'>

/** One change of credentials or keys. */
export const useKeyChange = <Wanted, Result>(change: Change<Wanted, Result>) =>
  useChange({ ...change, touched: ['credentials', 'gateway-keys'] })
