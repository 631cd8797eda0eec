const paths = {
  overview: 'M3 13.5 6.5 9l3 3L15 5.5M3 3v12h12.5',
  requests: 'M3 5h12M3 9h12M3 13h7',
  failures: 'M9 3 16 15H2L9 3Zm0 4.5v3.2M9 12.9v.1',
  tests: 'M9 2.5 3.5 4.6v4c0 3.3 2.3 5.7 5.5 6.9 3.2-1.2 5.5-3.6 5.5-6.9v-4L9 2.5Zm-2.4 6.3 1.8 1.8 3-3.4',
  key: 'M6.2 11.8a3.4 3.4 0 1 0 0-6.8 3.4 3.4 0 0 0 0 6.8Zm3.4-3.4h6M13 8.4v2.6M15.6 8.4v1.8',
  bell: 'M4.5 12.5V8a4.5 4.5 0 0 1 9 0v4.5l1 1h-11l1-1ZM7.5 15.5h3',
  cache:
    'M15 5c0 1.4-2.7 2.5-6 2.5S3 6.4 3 5s2.7-2.5 6-2.5S15 3.6 15 5Zm0 0v8c0 1.4-2.7 2.5-6 2.5S3 14.4 3 13V5m12 4c0 1.4-2.7 2.5-6 2.5S3 10.4 3 9',
  menu: 'M3 5h12M3 9h12M3 13h12',
  close: 'm4.5 4.5 9 9m0-9-9 9',
  search: 'M8 13A5 5 0 1 0 8 3a5 5 0 0 0 0 10Zm3.6-1.4L15 15',
  sun: 'M9 12a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm0-10v1.4M9 14.6V16M2 9h1.4M14.6 9H16M4 4l1 1m8 8 1 1M4 14l1-1m8-8 1-1',
  moon: 'M14.8 10.6A6 6 0 0 1 7.4 3.2a6 6 0 1 0 7.4 7.4Z',
  system: 'M2.5 3.5h13v8.5h-13zM6.5 15h5M9 12v3',
  signOut: 'M7 3H3.5v12H7M11 5.5 14.5 9 11 12.5M14 9H7',
  back: 'M10.5 4 5.5 9l5 5',
  next: 'm7 4 5 5-5 5',
  down: 'm4.5 7 4.5 4.5L13.5 7',
  copy: 'M6.5 6.5h8v8h-8zM11.5 6.5v-3h-8v8h3',
  check: 'm4 9.5 3.5 3.5L14.5 5.5',
  play: 'M5.5 3.8v10.4L14 9 5.5 3.8Z',
  table: 'M3 3.5h12v11H3zM3 7.2h12M3 10.9h12M7.5 3.5v11',
  chart: 'M3 15h12M5 12V8.5M9 12V4.5M13 12V7',
  up: 'M9 14V4.5M5 8l4-4 4 4',
  save: 'M9 3v8M5.5 8 9 11.5 12.5 8M3.5 14.5h11',
  fall: 'M9 4v9.5M5 10l4 4 4-4',
} as const

export type IconName = keyof typeof paths

/** A line drawing of 18 units; what it means stands beside it in words. */
export const Icon = ({ name, size = 18 }: { name: IconName; size?: number }) => (
  <svg
    width={size}
    height={size}
    viewBox="0 0 18 18"
    fill="none"
    stroke="currentColor"
    strokeWidth={1.5}
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
  >
    <path d={paths[name]} />
  </svg>
)

/** The mark of the product: a capital A, struck like a hallmark. */
export const Mark = ({ size = 26 }: { size?: number }) => (
  <svg
    width={size}
    height={size}
    viewBox="0 0 32 32"
    fill="none"
    strokeWidth={3}
    strokeLinecap="round"
    aria-hidden="true"
  >
    <rect width="32" height="32" rx="8" fill="var(--text)" />
    <path d="M9 23.5 16 7l7 16.5" stroke="var(--page)" strokeLinejoin="round" />
    <path d="M12.2 18.2h7.6" stroke="#e0a52e" />
  </svg>
)
