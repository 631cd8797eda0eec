const SIGNATURE_SIZE = 64
const SHINGLE_TOKENS = 3
const MAX_TOKENS = 1_500
/** Sixteen bands of four rows: a pair .85 alike shares one with probability 1 - 7e-6, one .3 alike with .12. */
const BAND_ROWS = 4

/** From here on two groups are suggested as one; a person decides. */
export const SUGGESTED_SIMILARITY = 0.85
/** From here on they are one. */
export const MERGED_SIMILARITY = 0.95

/** What a group is compared by: only groups of one category and error type are. */
export type Likeness = { category: string; errorType: string; signature: Uint32Array }

/** The MinHash signature of a normalised text over runs of three tokens. Broder 1997; multiply-add permutations. */
export const signatureOf = (text: string): Uint32Array => {
  const signature = new Uint32Array(SIGNATURE_SIZE).fill(0xffffffff)
  for (const shingle of shinglesOf(text)) {
    const hash = hashOf(shingle)
    for (let index = 0; index < SIGNATURE_SIZE; index++) {
      const permuted = mix((Math.imul(hash, multipliers[index]!) + offsets[index]!) >>> 0)
      if (permuted < signature[index]!) signature[index] = permuted
    }
  }
  return signature
}

/** The estimated Jaccard similarity of two signatures, 0 to 1. */
export const similarity = (a: Uint32Array, b: Uint32Array): number =>
  a.reduce((equal, value, index) => equal + (value === b[index] ? 1 : 0), 0) / SIGNATURE_SIZE

/** The share of runs that two texts have in common, exactly: the signatures find, this decides. */
export const resemblance = (a: string, b: string): number => {
  const [runsOfA, runsOfB] = [new Set(shinglesOf(a)), new Set(shinglesOf(b))]
  const common = [...runsOfA].filter((run) => runsOfB.has(run)).length
  return common / (runsOfA.size + runsOfB.size - common)
}

/** Numbers of which texts at least .85 alike share one but for some in a million: an index over them finds candidates. */
export const bandsOf = (signature: Uint32Array): number[] =>
  Array.from({ length: SIGNATURE_SIZE / BAND_ROWS }, (_, band) => {
    const rows = signature.subarray(band * BAND_ROWS, (band + 1) * BAND_ROWS)
    return rows.reduce((hash, row) => mix(Math.imul(hash, 0x01000193) ^ row), band + 1) | 0
  })

/** What two groups should become. Groups of another kind never become one, however alike their texts are. */
export const likeness = (a: Likeness, b: Likeness): 'apart' | 'suggested' | 'merged' => {
  if (a.category !== b.category || a.errorType !== b.errorType) return 'apart'
  const shared = similarity(a.signature, b.signature)
  if (shared >= MERGED_SIMILARITY) return 'merged'
  return shared >= SUGGESTED_SIMILARITY ? 'suggested' : 'apart'
}

const shinglesOf = (text: string): string[] => {
  const tokens =
    text
      .toLowerCase()
      .match(/[\p{L}\p{N}_<>-]{1,64}/gu)
      ?.slice(0, MAX_TOKENS) ?? []
  const count = Math.max(1, tokens.length - SHINGLE_TOKENS + 1)
  return Array.from({ length: count }, (_, start) => tokens.slice(start, start + SHINGLE_TOKENS).join(' '))
}

/** FNV-1a, 32 bits. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}

/** The finaliser of MurmurHash3: near inputs lie far apart. */
const mix = (value: number): number => {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

const multipliers = Uint32Array.from({ length: SIGNATURE_SIZE }, (_, index) => mix(index + 1) | 1)
const offsets = Uint32Array.from({ length: SIGNATURE_SIZE }, (_, index) => mix(index + 1_001))
