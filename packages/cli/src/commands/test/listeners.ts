import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { beginBaseline, markdownFormat, openReport, type RunListener } from '@assay/runner'
import type { ActionContext } from '../../action.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { annotations } from './annotations.ts'
import type { Given } from './run.ts'

/** Everything that a run is reported to beside the screen. */
export const openListeners = (
  { out }: ActionContext,
  { environment, stderr }: Terminal,
  { given, folder, runId, startedAt }: { given: Given; folder: string; runId: string; startedAt: string },
): RunListener[] => {
  const { out: paths = [], saveBaseline, commentFile } = given.options
  const summaryFile = environment['GITHUB_STEP_SUMMARY']
  const opened: RunListener[] = []
  try {
    for (const path of paths) opened.push(openReport(path))
    if (saveBaseline !== undefined) {
      opened.push(baselineKeeper(beginBaseline(folder, saveBaseline, { runId, startedAt }), saveBaseline, out.note))
    }
  } catch (error) {
    for (const listener of opened) listener.discard?.()
    throw error
  }
  if (commentFile !== undefined || summaryFile) opened.push(markdown({ commentFile, summaryFile, note: out.note }))
  if (environment['GITHUB_ACTIONS'] === 'true') {
    opened.push(annotations(given, { environment, print: (line) => void stderr.write(`${line}\n`) }))
  }
  return opened
}

/** Part of a run is no baseline. */
const baselineKeeper = (
  draft: ReturnType<typeof beginBaseline>,
  name: string,
  note: (text: string) => void,
): RunListener => ({
  result: (result) => draft.add(result),
  end: ({ status, stopped }) => {
    if (status === 'completed' && stopped === null) {
      draft.end()
      note(`Kept as baseline ${name}: ${draft.path}`)
    } else {
      draft.discard()
      note(`Not kept as baseline ${name}: the run did not come to its end.`)
    }
  },
  discard: () => draft.discard(),
})

const markdown = (files: {
  commentFile: string | undefined
  summaryFile: string | undefined
  note: (text: string) => void
}): RunListener => {
  const format = markdownFormat()
  let name = 'suite'
  return {
    start: (began) => {
      name = began.name
      format.start(began)
    },
    result: (result) => void format.result(result),
    end: (ended) => {
      const text = format.end(ended)
      if (files.commentFile !== undefined) writeComment(files.commentFile, { name, text })
      if (!files.summaryFile) return
      try {
        appendFileSync(files.summaryFile, text)
      } catch (error) {
        // A page of the build that cannot be written is no reason to lose the verdict.
        files.note(`The step summary was not written: ${error instanceof Error ? error.message : String(error)}`)
      }
    },
  }
}

/** Writes a comment with a mark that no reader sees, by which the next build finds and replaces it. */
export const writeComment = (path: string, { name, text }: { name: string; text: string }): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `<!-- assay-test:${name.replace(/[^\w.]+/g, '-')} -->\n${text}`)
}
