import { Pool } from 'undici'
import { prompt } from './checks.ts'

/** The least that asks the same questions and makes the same three checks: a pool, fifty loops, nothing kept. */
const [url, cases] = [process.argv[2]!, Number(process.argv[3])]
const pattern = /"people":\d{6,}/
const pool = new Pool(url, { connections: 50 })
let next = 0
let passed = 0

const loop = async () => {
  while (next < cases) {
    const body = JSON.stringify({
      model: 'fake',
      messages: [{ role: 'user', content: prompt(next++) }],
      temperature: 0,
    })
    const headers = { 'content-type': 'application/json' }
    const answer = await pool.request({ method: 'POST', path: '/v1/chat/completions', headers, body })
    const reply = (await answer.body.json()) as { choices: { message: { content: string } }[] }
    const text = reply.choices[0]!.message.content
    if (text.includes('Paris') && pattern.test(text) && JSON.parse(text) !== undefined) passed++
  }
}

await Promise.all(Array.from({ length: 50 }, loop))
await pool.close()
console.log(JSON.stringify({ passed }))
