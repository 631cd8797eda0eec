declare global {
  /** The core only passes signals on, so here the type is opaque; the platform's own declaration merges into it. */
  interface AbortSignal {}
}

export {}
