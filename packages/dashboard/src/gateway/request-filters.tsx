import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import { Icon } from '../display/icon.tsx'
import { words } from '../words.ts'
import { ages, requestStatuses, type RequestSearch } from './search.ts'
import classes from './requests.module.css'

/** What narrows the log down; every choice is in the address at once. */
export const RequestFilters = ({
  search,
  onChange,
}: {
  search: RequestSearch
  onChange: (search: RequestSearch) => void
}) => {
  const set = (part: Partial<RequestSearch>) => onChange({ ...search, ...part })
  const isFiltered = Object.values(search).some((value) => value !== undefined)
  return (
    <search className={classes['filters']} aria-label={words.requests.filters}>
      <TypedFilter
        label={words.requests.search}
        value={search.text}
        onChange={(text) => set({ text })}
        className={classes['text'] ?? ''}
        icon
      />
      <NativeSelect
        size="xs"
        aria-label={words.requests.status}
        value={search.status ?? ''}
        onChange={({ currentTarget }) =>
          set({ status: requestStatuses.find((status) => status === currentTarget.value) })
        }
        data={[
          { value: '', label: words.requests.anyStatus },
          ...requestStatuses.map((value) => ({ value, label: words.requestStatuses[value] })),
        ]}
      />
      <NativeSelect
        size="xs"
        aria-label={words.requests.since}
        value={search.age ?? ''}
        onChange={({ currentTarget }) => set({ age: ages.find((age) => age === currentTarget.value) })}
        data={[
          { value: '', label: words.requests.sinces.all },
          ...ages.map((value) => ({ value, label: words.requests.sinces[value] })),
        ]}
      />
      <TypedFilter label={words.requests.model} value={search.model} onChange={(model) => set({ model })} />
      <TypedFilter label={words.requests.provider} value={search.provider} onChange={(provider) => set({ provider })} />
      {isFiltered && (
        <Button variant="subtle" color="gray" onClick={() => onChange({})}>
          {words.requests.clear}
        </Button>
      )}
    </search>
  )
}

const SETTLE_MS = 300

/** A filter that is typed: it holds back until the typing rests, and follows the address when that changes. */
export const TypedFilter = ({
  label,
  value,
  onChange,
  className,
  icon = false,
}: {
  label: string
  value: string | undefined
  onChange: (value: string | undefined) => void
  className?: string
  icon?: boolean
}) => {
  const [text, setText] = useState(value ?? '')
  useEffect(() => setText(value ?? ''), [value])
  useEffect(() => {
    if (text === (value ?? '')) return
    const timer = setTimeout(() => onChange(text.trim() === '' ? undefined : text.trim()), SETTLE_MS)
    return () => clearTimeout(timer)
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- only typing starts the wait
  }, [text])
  return (
    <TextInput
      size="xs"
      type="search"
      aria-label={label}
      placeholder={label}
      value={text}
      onChange={({ currentTarget }) => setText(currentTarget.value)}
      maxLength={200}
      {...(className ? { className } : {})}
      {...(icon ? { leftSection: <Icon name="search" size={15} /> } : {})}
    />
  )
}
