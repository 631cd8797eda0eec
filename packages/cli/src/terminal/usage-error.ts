/** An error of how a command was called: its message, and the way out. */
export const usageError = (message: string, hint: string): Error =>
  Object.assign(new Error(message), { code: 'usage.invalid', hint, exitCode: 2 })
