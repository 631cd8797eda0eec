import { z } from 'zod'

/** What a voice says of an answer; `neutral` is a rating in the middle. */
export const Vote = z.enum(['up', 'down', 'neutral'])
export type Vote = z.infer<typeof Vote>

export type Votes = { upvotes: number; downvotes: number }

/** A rating of 1 to 5 as a vote: 4 and 5 are up, 1 and 2 down. */
export const voteOfRating = (rating: number): Vote => (rating >= 4 ? 'up' : rating <= 2 ? 'down' : 'neutral')

/** Counts a vote in place of the voter's earlier one. */
export const countVote = ({ upvotes, downvotes }: Votes, next: Vote, earlier: Vote | null): Votes => ({
  upvotes: upvotes + Number(next === 'up') - Number(earlier === 'up'),
  downvotes: downvotes + Number(next === 'down') - Number(earlier === 'down'),
})

/** The share of good voices, drawn to one half while there are few: 0 to 1. */
export const qualityScoreOf = ({ upvotes, downvotes }: Votes): number => (upvotes + 1) / (upvotes + downvotes + 2)

/** True for an answer that more voices reject than want. */
export const isRejected = ({ upvotes, downvotes }: Votes): boolean => downvotes > upvotes
