/** The traffic of the demo by how hard it is; the gateway decides by itself and is held to these counts. */
export const traffic: { complexity: 'simple' | 'medium' | 'complex'; prompts: string[] }[] = [
  {
    complexity: 'simple',
    prompts: [
      ...['France', 'Norway', 'Japan', 'Kenya', 'Peru', 'Canada', 'Egypt', 'Greece', 'Chile'].map(
        (country) => `What is the capital of ${country}?`,
      ),
      ...['a mutex', 'an index', 'a hash', 'a socket', 'a token', 'a cache', 'a queue', 'a thread', 'a lock'].map(
        (thing) => `What is ${thing}?`,
      ),
      ...['HTTP', 'DNS', 'TLS', 'SQL', 'JSON', 'YAML', 'CSS', 'SSH', 'UTF-8'].map((name) => `What does ${name} mean?`),
      ...['Monday', 'June', 'bread', 'rain', 'garden', 'window', 'river', 'winter', 'bridge'].map(
        (word) => `How do you say ${word} in Spanish?`,
      ),
    ],
  },
  {
    complexity: 'medium',
    prompts: [
      ...['fibonacci numbers', 'a running median', 'an ISO week', 'an edit distance', 'prime factors', 'a CRC'].map(
        (thing) => `Write a function to calculate ${thing}`,
      ),
      ...['a late delivery', 'a lost password', 'a double charge', 'a broken link', 'a refund', 'an outage'].map(
        (reason) => `Write a short reply to a customer who complains about ${reason}`,
      ),
      ...['orders', 'invoices', 'visits', 'payments', 'signups', 'returns'].map(
        (table) => `Write a query that counts ${table} per day without weekends`,
      ),
    ],
  },
  {
    complexity: 'complex',
    prompts: [
      'Design a microservices architecture',
      'Design a rate limiter that holds across data centres',
      'Design a schema for a multi-tenant ledger without double bookings',
      'Plan the migration of a monolith to an event log, step by step, without downtime',
      'Diagnose why a queue of jobs grows every night although no more than 2 workers are busy',
      'Prove that this scheduler never starves a tenant, then optimise it',
    ],
  },
]

/** A word for a number that no normaliser takes for one: 0 is `ba`, 1 `be`, 25 `beba`. */
const syllables = ['ba', 'be', 'bo', 'da', 'de', 'do', 'ka', 'ke', 'ko', 'la', 'le', 'lo', 'ma', 'me', 'mo', 'na', 'ne']
const wordFor = (number: number): string => {
  const last = syllables[number % syllables.length]!
  return number < syllables.length ? last : wordFor(Math.floor(number / syllables.length)) + last
}

/** The field that the faulty model server gets wrong: another one for each demo on the same data, so another cause. */
export const faultyFieldOf = (earlierDemos: number): string =>
  earlierDemos === 0 ? 'total' : `total_${wordFor(earlierDemos)}`

/** The same question about another invoice: ids, order numbers and paths differ each time, the cause does not. */
export const invoices = [
  { path: '/srv/inbox/8123/invoice-8123.pdf', order: '0098-A', upload: '4f7c1c1e-52a1-4a5e-9a44-1f0f6f1a7c11' },
  { path: '/srv/inbox/977/invoice-977.pdf', order: '4410-C', upload: 'b2d0a3d4-0c5f-4f0e-8a55-6a9d3c2e9f02' },
  { path: '/var/spool/mail/45001/page-3.pdf', order: '7003-B', upload: '90cc8a5b-7d3e-4b64-b1f8-0d2e7f6a4c33' },
]
export type Invoice = (typeof invoices)[number]
