import { redact } from '@assay/core'

const PREVIEW_CHARACTERS = 200
/** More than is shown is looked at, so that no secret is cut in two and half of it kept. */
const READ_CHARACTERS = 400

/** The beginning of a prompt for the request log, without what must not be stored. */
export const preview = (text: string): string =>
  redact(text.slice(0, READ_CHARACTERS)).value.slice(0, PREVIEW_CHARACTERS)
