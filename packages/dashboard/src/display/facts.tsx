import type { ReactNode } from 'react'
import classes from './facts.module.css'

export type Fact = { name: string; value: ReactNode; hint?: string | undefined }

type Figure = { name: string; value: string | number; hint?: string | undefined }

/** Names and values, one below the other. */
export const Facts = ({ facts }: { facts: readonly (Fact | null)[] }) => (
  <dl className={classes['facts']}>
    {facts
      .filter((fact) => fact !== null)
      .map(({ name, value, hint }) => (
        <div key={name} title={hint}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
  </dl>
)

/** From here on a number is written smaller, so that it stays whole. */
const LONG_CHARACTERS = 7

/** The few numbers that matter most, large. */
export const Figures = ({ figures, label }: { figures: readonly Figure[]; label: string }) => (
  <dl className={classes['figures']} aria-label={label}>
    {figures.map(({ name, value, hint }) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd data-long={String(value).length > LONG_CHARACTERS}>{value}</dd>
        {hint && <dd className={classes['hint']}>{hint}</dd>}
      </div>
    ))}
  </dl>
)
