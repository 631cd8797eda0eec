import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** A key service in a program, as an operator would write one around a KMS: its newest key is the last line of a file. */
const [file = ''] = process.argv.slice(2)
const keys = readFileSync(file, 'utf8').trim().split('\n')
if (keys.includes('slow')) await new Promise((resolve) => setTimeout(resolve, 30_000))
if (keys.includes('broken')) process.exit(3)
const question = JSON.parse(readFileSync(0, 'utf8')) as Record<string, string>
const keyOf = (text: string): Buffer => createHash('sha256').update(text).digest()

const answer = (): object => {
  if (question['operation'] === 'wrap') {
    const keyId = keys.at(-1)!
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', keyOf(keyId), iv)
    const sealed = [cipher.update(question['plaintext']!, 'base64'), cipher.final()]
    return { keyId, wrapped: Buffer.concat([iv, ...sealed, cipher.getAuthTag()]).toString('base64') }
  }
  if (!keys.includes(question['keyId']!)) process.exit(4)
  const wrapped = Buffer.from(question['wrapped']!, 'base64')
  const decipher = createDecipheriv('aes-256-gcm', keyOf(question['keyId']!), wrapped.subarray(0, 12))
  decipher.setAuthTag(wrapped.subarray(-16))
  const plain = Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()])
  return { plaintext: plain.toString('base64') }
}
process.stdout.write(JSON.stringify(answer()))
