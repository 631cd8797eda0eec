/** The course of a figure in a few pixels; the figure itself stands beside it, so this is decoration to a reader. */
export const Sparkline = ({ points, tone }: { points: readonly (number | null)[]; tone: string }) => {
  const pieces = piecesOf(points)
  if (pieces.length === 0) return <svg width="100%" height={HEIGHT} aria-hidden="true" />
  return (
    <svg
      width="100%"
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      {pieces.map((piece) => (
        <g key={piece[0]!.x}>
          <path
            d={`${lineOf(piece)}L${piece.at(-1)!.x} ${HEIGHT}L${piece[0]!.x} ${HEIGHT}Z`}
            fill={tone}
            opacity={0.1}
          />
          <path
            d={lineOf(piece)}
            fill="none"
            stroke={tone}
            strokeWidth={1.5}
            strokeLinejoin="round"
            strokeLinecap="round"
            vectorEffect="non-scaling-stroke"
          />
        </g>
      ))}
    </svg>
  )
}

const WIDTH = 200
const HEIGHT = 34
const PAD = 2

type Point = { x: number; y: number }

/** Runs of points without a gap: what is missing is not drawn as zero. */
const piecesOf = (values: readonly (number | null)[]): Point[][] => {
  const known = values.filter((value) => value !== null)
  const highest = Math.max(...known, 0)
  const lowest = Math.min(...known, 0)
  const span = highest - lowest || 1
  const pieces: Point[][] = []
  let open: Point[] = []
  for (const [index, value] of values.entries()) {
    if (value === null) {
      if (open.length > 0) pieces.push(open)
      open = []
      continue
    }
    const x = (index / Math.max(1, values.length - 1)) * WIDTH
    open.push({ x, y: HEIGHT - PAD - ((value - lowest) / span) * (HEIGHT - 2 * PAD) })
  }
  if (open.length > 0) pieces.push(open)
  return pieces.map((piece) => (piece.length === 1 ? widened(piece[0]!) : piece))
}

/** A point alone would be no line. */
const widened = ({ x, y }: Point): Point[] => [
  { x: Math.max(0, x - 2), y },
  { x: Math.min(WIDTH, x + 2), y },
]

const lineOf = (points: readonly Point[]): string =>
  points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('')
