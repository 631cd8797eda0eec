const KEY = 'assay.workspace'

/** The workspace that `/` leads to; kept in this browser, where storage may be closed to us. */
export const lastWorkspace = (): string | null => {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}

export const rememberWorkspace = (slug: string): void => {
  try {
    localStorage.setItem(KEY, slug)
  } catch {
    // Then `/` asks the server, which is a moment slower.
  }
}
