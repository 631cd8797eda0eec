/** The address under which the page was opened, as it was written, before the router puts it in order. */
export const openedAt = { path: location.pathname, search: location.search }
