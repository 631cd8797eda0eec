/** So many share one transaction at most: it must stay short. */
const MOST_AT_ONCE = 100

/** Done together with whatever else of the same place waits. */
export type InTurns<Item, Result> = (place: string, item: Item) => Promise<Result>

/**
 * What comes while the work of its place is under way waits and is done together in the next turn, so that a busy
 * place pays for few transactions and a quiet one waits for nobody. Where a turn of several fails, each is tried alone.
 */
export const inTurns = <Item, Result>(
  work: (place: string, items: readonly Item[]) => Promise<readonly Result[]>,
): InTurns<Item, Result> => {
  type Waiting = { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }
  const lines = new Map<string, Waiting[]>()

  const turn = async (place: string, waiting: readonly Waiting[]): Promise<void> => {
    try {
      const results = await work(
        place,
        waiting.map(({ item }) => item),
      )
      for (const [index, { resolve }] of waiting.entries()) resolve(results[index]!)
    } catch (error) {
      if (waiting.length === 1) waiting[0]!.reject(error)
      else for (const one of waiting) await turn(place, [one])
    }
  }

  const run = async (place: string, line: Waiting[]): Promise<void> => {
    while (line.length > 0) await turn(place, line.splice(0, MOST_AT_ONCE))
    lines.delete(place)
  }

  return (place, item) =>
    new Promise((resolve, reject) => {
      const waiting = { item, resolve, reject }
      const line = lines.get(place)
      if (line) return void line.push(waiting)
      const fresh = [waiting]
      lines.set(place, fresh)
      void run(place, fresh) // every failure is told to the one who waits
    })
}
