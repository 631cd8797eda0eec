import { Button } from '@mantine/core'
import { exportPath, type ExportFormat } from '@assay/client'
import type { RequestFilter } from '@assay/core'
import { serverUrl } from '../app/server.ts'
import { Icon } from '../display/icon.tsx'
import { words } from '../words.ts'

/** The rows that the filters leave, as a file that the browser takes as it comes. */
export const ExportButtons = ({ filter }: { filter: RequestFilter }) => (
  <>
    {(['csv', 'ndjson'] satisfies ExportFormat[]).map((format) => (
      <Button
        key={format}
        component="a"
        href={serverUrl + exportPath(format, filter)}
        download
        variant="default"
        leftSection={<Icon name="save" size={14} />}
        aria-label={words.requests.exportAs(words.requests.formats[format])}
      >
        {words.requests.formats[format]}
      </Button>
    ))}
  </>
)
