/** A piece of a tool call as a server sends it; what it leaves out is null. */
export type CallPiece = { index: number | null; id: string | null; name: string | null }

/**
 * Finds out which call a piece belongs to. Servers leave numbers out, begin anywhere, or give every call the number 0;
 * the places that come out of it count from 0 without gaps.
 */
export class CallPlaces {
  /** The place of each call by the number that the server gives it. */
  readonly #places = new Map<number, number>()
  readonly #ids: string[] = []
  #lastIndex = 0
  #highestIndex = 0

  /** The place of the piece that stands at `position` among `pieces` of one message. */
  placeOf(piece: CallPiece, { position, pieces }: { position: number; pieces: number }): number {
    const index = piece.index ?? (pieces > 1 ? position : this.#openIndex(piece.id))
    const known = this.#places.get(index)
    if (known === undefined || this.#isAnother(known, piece)) return this.#open(index, piece.id)
    if (piece.id && this.#ids[known] === '') this.#ids[known] = piece.id
    return known
  }

  #open(index: number, id: string | null): number {
    const place = this.#ids.length
    this.#places.set(index, place)
    this.#ids.push(id ?? '')
    this.#lastIndex = index
    this.#highestIndex = Math.max(this.#highestIndex, index)
    return place
  }

  /** A new id with a new name under a number in use: Ollama gives all its calls the same. */
  #isAnother(place: number, { id, name }: CallPiece): boolean {
    const known = this.#ids[place]
    return Boolean(id && name && known && known !== id)
  }

  /** Where a call without number goes: a new id opens a new one. */
  #openIndex(id: string | null): number {
    const last = this.#ids.at(-1)
    if (last === undefined) return 0
    return id && last !== id ? this.#highestIndex + 1 : this.#lastIndex
  }
}
