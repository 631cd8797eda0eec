import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countVote, isRejected, qualityScoreOf, voteOfRating, type Vote } from './vote.ts'

const votes = fc.constantFrom<Vote>('up', 'down', 'neutral')

test('however often voters change their minds, the counts are those of their last voices', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(4), votes)), (voices) => {
      const last = new Map<number, Vote>()
      let counts = { upvotes: 0, downvotes: 0 }
      for (const [voter, vote] of voices) {
        counts = countVote(counts, vote, last.get(voter) ?? null)
        last.set(voter, vote)
      }
      const of = (wanted: Vote) => [...last.values()].filter((vote) => vote === wanted).length
      expect(counts).toEqual({ upvotes: of('up'), downvotes: of('down') })
    }),
  )
})

test('quality begins at one half, rises with up and falls with down, and is rejected below one half only', () => {
  expect(qualityScoreOf({ upvotes: 0, downvotes: 0 })).toBe(0.5)
  expect(qualityScoreOf({ upvotes: 2, downvotes: 1 })).toBe(0.6)
  fc.assert(
    fc.property(fc.nat(1_000), fc.nat(1_000), (upvotes, downvotes) => {
      const score = qualityScoreOf({ upvotes, downvotes })
      expect(score).toBeGreaterThan(0)
      expect(score).toBeLessThan(1)
      expect(qualityScoreOf({ upvotes: upvotes + 1, downvotes })).toBeGreaterThan(score)
      expect(isRejected({ upvotes, downvotes })).toBe(score < 0.5)
    }),
  )
})

test('ratings of 4 and 5 are up, 1 and 2 down, 3 is neither', () => {
  expect([1, 2, 3, 4, 5].map(voteOfRating)).toEqual(['down', 'down', 'neutral', 'up', 'up'])
})
