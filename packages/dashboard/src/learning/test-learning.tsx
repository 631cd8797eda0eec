import { TrendPanel } from './trend-panel.tsx'
import { SuggestionsPanel } from './suggestions-panel.tsx'
import classes from './learning.module.css'

/** What is learnt of one test: how fast and dear it is over time, and what would make it better. */
export const TestLearning = ({ id }: { id: string }) => (
  <div className={classes['stack']}>
    <TrendPanel id={id} />
    <SuggestionsPanel id={id} />
  </div>
)
