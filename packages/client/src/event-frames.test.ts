import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFrameReader } from './event-frames.ts'

test('a frame has an id, a name and its lines of data; comments are not seen', () => {
  const read = createFrameReader()
  expect(read(': hello\n\nid: 7\nevent: request.closed\ndata: {"a":\ndata: 1}\n\ndata')).toEqual([
    { id: '7', event: 'request.closed', data: '{"a":\n1}', retryMs: null },
  ])
  expect(read(':\nretry: 2000\n\n')).toEqual([{ id: null, event: 'message', data: '', retryMs: 2000 }])
})

test('wherever the network cuts the stream, the same frames come out', () => {
  const line = fc.stringMatching(/^[a-z0-9 {}":]{0,20}$/)
  const frame = fc.record({ id: fc.nat(), lines: fc.array(line, { minLength: 1, maxLength: 3 }) })
  const end = fc.constantFrom('\n', '\r\n', '\r')
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 5 }),
      end,
      fc.infiniteStream(fc.integer({ min: 1, max: 7 })),
      (frames, eol, sizes) => {
        const text = frames
          .map(({ id, lines }) => `id: ${id}${eol}${lines.map((data) => `data: ${data}${eol}`).join('')}${eol}`)
          .join('')
        const read = createFrameReader()
        const found = []
        for (let at = 0; at < text.length;) {
          const size = sizes.next().value
          found.push(...read(text.slice(at, at + size)))
          at += size
        }
        // A lone CR at the very end may still be the first half of CRLF; the next bytes settle it.
        found.push(...read(':\n'))
        expect(found.map(({ id, data }) => ({ id: Number(id), data }))).toEqual(
          frames.map(({ id, lines }) => ({ id, data: lines.join('\n') })),
        )
      },
    ),
  )
})
