import { useChange } from '../app/change.ts'

type Change<Wanted, Result> = Omit<Parameters<typeof useChange<Wanted, Result>>[0], 'touched'>

/** One change of failure groups: lists, pages and tests are read again. */
export const useGroupChange = <Wanted, Result>(change: Change<Wanted, Result>) =>
  useChange({ ...change, touched: ['failures', 'tests'] })
