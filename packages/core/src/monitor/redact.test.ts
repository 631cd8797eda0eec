import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FailureReport } from './failure.ts'
import { redact, redactReport } from './redact.ts'

const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'
const pem = '-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nq83vRcY=\n-----END RSA PRIVATE KEY-----'

test.each([
  ['pem', `key ${pem} end`, 'key <pem:1> end'],
  ['secret', 'Authorization: Bearer abc.def-123456', 'Authorization: Bearer <secret:1>'],
  ['secret', '{"x-api-key":"0123456789abcdef"}', '{"x-api-key":"<secret:1>"}'],
  ['secret', 'Cookie: theme=dark; sid=0123456789', 'Cookie: <secret:1>'],
  ['key', 'Incorrect API key provided: sk-proj-AbCd1234EfGh5678.', 'Incorrect API key provided: <key:1>.'],
  ['key', 'sk-ant-api03-AbCdEfGh_IjKl-0123', '<key:1>'],
  ['key', 'AIzaSyA-1234567890abcdefghijklmnopqrstu', '<key:1>'],
  ['key', 'as_live_0123456789abcdef', '<key:1>'],
  ['key', 'ghp_0123456789abcdefghijklmnopqrstuvwxyz', '<key:1>'],
  ['key', 'xoxb-123456789012-abcdef', '<key:1>'],
  ['key', 'AKIAIOSFODNN7EXAMPLE', '<key:1>'],
  ['jwt', `token ${jwt}`, 'token <jwt:1>'],
  ['password', 'postgres://app:hunter2@db.example.com/app', 'postgres://app:<password:1>@db.example.com/app'],
  ['password', 'Server=db;Password=hunter2;Port=1', 'Server=db;Password=<password:1>;Port=1'],
  ['email', 'no user ana.maria+x@example.co.uk here', 'no user <email:1> here'],
  ['card', 'paid with 4242 4242 4242 4242 today', 'paid with <card:1> today'],
  ['card', 'amex 378282246310005', 'amex <card:1>'],
  ['iban', 'to DE89 3704 0044 0532 0130 00 please', 'to <iban:1> please'],
  ['iban', 'GB82WEST12345698765432', '<iban:1>'],
  ['phone', 'call +49 30 901820 66 now', 'call <phone:1> now'],
  ['phone', 'call (415) 555-2671.', 'call <phone:1>.'],
  ['ip', 'from 8.8.8.8:443', 'from <ip:1>:443'],
  ['ip', 'from 2001:4860:4860::8888', 'from <ip:1>'],
])('%s: %s', (kind, text, expected) => {
  expect(redact(text)).toEqual({ value: expected, redactions: { [kind]: 1 } })
})

test.each([
  'order 1234 5678 9012 3456', // fails Luhn
  'DE00 3704 0044 0532 0130 00', // fails its checksum
  'connect ECONNREFUSED 127.0.0.1:5432 and 10.0.0.1, 192.168.1.4',
  'react@17.0.2 needs node 24.21.0',
  'Rate limit reached: Limit 30000, Used 10933',
  'max_tokens is too large: 8192',
  'The password is wrong',
  'Missing bearer authentication in header',
  '2026-11-21T12:00:00.000Z',
])('nothing is taken out of: %s', (text) => {
  expect(redact(text)).toEqual({ value: text, redactions: {} })
})

test.each([
  ['JSON in a JSON string', String.raw`{\"password\":\"hunter2secret\",\"api_key\":\"abcd1234efgh\"}`],
  ['JSON two strings deep', String.raw`{\\\"password\\\":\\\"hunter2secret\\\",\\\"api_key\\\":\\\"abcd1234efgh\\\"}`],
  ['a password with spaces, quoted', '{"password":"hunter2secret, abcd1234efgh"}'],
  ['tokens in a URL', 'GET https://x.example/cb?access_token=hunter2secret&token=abcd1234efgh&sig=AbC123xyz'],
  ['variables of the environment', 'AWS_SECRET_ACCESS_KEY=hunter2secret OPENAI_API_KEY=abcd1234efgh'],
  ['more variables', 'DB_PASS=hunter2secret TOKEN=abcd1234efgh'],
  ['an Azure connection string', 'AccountName=a;AccountKey=hunter2secretAbC123xyz==;EndpointSuffix=core'],
  ['a Slack webhook', 'https://hooks.slack.com/services/T000/B000/abcd1234efgh'],
  ['Google tokens', 'ya29.a0abcd1234efghAbC123xyz'],
  ['a list of headers in a text', '["Authorization","Basic abcd1234efgh==","Cookie","sid=hunter2secret"]'],
  ['header values as arrays', { authorization: ['Bearer abcd1234efgh'], cookie: ['sid=hunter2secret'] }],
  ['raw headers', ['Authorization', 'Basic abcd1234efgh==', 'Cookie', 'sid=hunter2secret']],
  ['header pairs', [{ name: 'authorization', value: 'Basic abcd1234efgh==' }]],
  ['token, passphrase, auth', { token: 'abcd1234efgh', passphrase: 'hunter2secret', auth: { user: 'AbC123xyz' } }],
  ['headers of services', { 'x-auth-token': 'abcd1234efgh', 'x-amz-security-token': 'hunter2secret' }],
  ['credentials', { credentials: ['abcd1234efgh', { key: 'hunter2secret' }] }],
  ['a number and an array', { password: 12_345_678, secret: ['abcd1234efgh'] }],
])('nothing secret remains of %s', (_, given) => {
  const { value, redactions } = redact(given)
  expect(JSON.stringify(value)).not.toMatch(/hunter2secret|abcd1234efgh|AbC123xyz|12345678/)
  expect(Object.keys(redactions)).not.toEqual([])
  expect(redact(value)).toEqual({ value, redactions: {} })
})

test.each([
  { max_tokens: 512, total_tokens: 12, usage: { prompt_tokens: 3 } },
  'max_tokens: 512, "total_tokens": 812345',
  'token count 12',
  `Unexpected token '<', "<!DOCTYPE "... is not valid JSON`,
  'Unexpected token: punc1234',
  'Limit 30000 tokens per min (TPM)',
  'auth error: invalid credentials',
  'password is required',
  'password: required',
  '{"password":"is too short"}',
  '?max_tokens=512&page=2',
  'Authorization: Bearer <token>',
  { properties: { password: { type: 'string' }, token: { type: 'string' } }, required: ['authorization', 'name'] },
  { fieldErrors: { password: ['is too short'] } },
  { logprobs: [{ token: 'Hello', logprob: -0.1 }] },
  { credentials: 'include', token: null, auth: true },
])('what only speaks of secrets stays: %j', (given) => {
  expect(redact<unknown>(given)).toEqual({ value: given, redactions: {} })
})

test('one value has one placeholder in all fields of an event, another value another', () => {
  const { value, redactions } = redact({
    messages: [{ content: 'I am ana@example.com' }, { content: 'ana@example.com and bo@example.com' }],
    output: 'Hello bo@example.com',
  })
  expect(value).toEqual({
    messages: [{ content: 'I am <email:1>' }, { content: '<email:1> and <email:2>' }],
    output: 'Hello <email:2>',
  })
  expect(redactions).toEqual({ email: 4 })
})

test('a field that is named a secret is one, whatever it looks like', () => {
  const { value } = redact({ headers: { Authorization: 'Bearer x', 'content-type': 'text/plain' }, password: 'abc' })
  expect(value).toEqual({
    headers: { Authorization: '<secret:1>', 'content-type': 'text/plain' },
    password: '<secret:2>',
  })
})

test('redacting twice changes nothing, and new values get new numbers', () => {
  const once = redact({ a: 'ana@example.com', key: 'sk-proj-AbCd1234EfGh5678' }).value
  expect(redact(once)).toEqual({ value: once, redactions: {} })
  expect(redact({ ...once, b: 'bo@example.com' }).value).toEqual({ ...once, b: '<email:2>' })
})

test('what is redacted stays redacted for any text around it', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (before, after) => {
      const secret = 'sk-ant-api03-AbCdEfGh_IjKl-0123'
      expect(redact(`${before} ${secret} ${after}`).value).not.toContain(secret)
    }),
  )
})

test('redaction is idempotent on any text', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      const { value } = redact(text)
      expect(redact(value).value).toBe(value)
    }),
  )
})

test('a report keeps its ids and closed words, and loses what people typed', () => {
  const report = FailureReport.parse({
    message: 'user ana@example.com not found',
    requestId: 'req_0123456789',
    httpStatus: 404,
    context: { phone: '+49 30 901820 66' },
    request: { model: 'sim/echo', messages: [{ role: 'user', content: 'mail ana@example.com' }] },
  })
  const { value, redactions } = redactReport(report)
  expect(value).toEqual({
    ...report,
    message: 'user <email:1> not found',
    context: { phone: '<phone:1>' },
    request: { model: 'sim/echo', messages: [{ role: 'user', content: 'mail <email:1>' }] },
  })
  expect(redactions).toEqual({ email: 2, phone: 1 })
})

test('hostile text takes time in proportion to its length', () => {
  const units = [
    'a',
    '1',
    '1 ',
    'a@',
    '4242 ',
    'DE89',
    'eyJ',
    '://',
    ':@',
    'Bearer ',
    '-----BEGIN PRIVATE KEY-----',
    '1.',
    'password="',
    'api_key:\\\\"',
    'x-',
    '&token=',
    'cookie:a',
    'auth:',
    '\\',
  ]
  for (const unit of units) {
    const time = (size: number) => {
      const text = unit.repeat(Math.ceil(size / unit.length))
      let best = Number.POSITIVE_INFINITY
      for (let run = 0; run < 3; run++) {
        const start = performance.now()
        redact(text)
        best = Math.min(best, performance.now() - start)
      }
      return best
    }
    const small = time(20_000)
    // Twenty times the text; a quadratic pattern would need four hundred times as long, here tens of seconds.
    expect(time(400_000), `of ${JSON.stringify(unit)}`).toBeLessThan(Math.max(1_000, 100 * small))
  }
})
