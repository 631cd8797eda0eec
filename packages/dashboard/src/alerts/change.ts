import { useChange } from '../app/change.ts'

type Change<Wanted, Result> = Omit<Parameters<typeof useChange<Wanted, Result>>[0], 'touched'>

/** One change of alerts or of who is told of them. */
export const useAlertChange = <Wanted, Result>(change: Change<Wanted, Result>) =>
  useChange({ ...change, touched: ['alerts'] })
