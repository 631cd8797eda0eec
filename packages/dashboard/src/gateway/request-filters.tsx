import { Button, NativeSelect, TextInput } from '@mantine/core'
import type { RequestRecord } from '@assay/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useId, useState } from 'react'
import { queries } from '../app/queries.ts'
import { Icon } from '../display/icon.tsx'
import { words } from '../words.ts'
import { ages, cacheStates, complexities, requestStatuses, type RequestSearch } from './search.ts'
import classes from './requests.module.css'

const text = words.requests

/** What narrows the log down; every choice is in the address at once. */
export const RequestFilters = ({
  search,
  onChange,
  requests,
}: {
  search: RequestSearch
  onChange: (search: RequestSearch) => void
  /** What is loaded: its models, providers and tags are offered. */
  requests: readonly RequestRecord[]
}) => {
  const [wantsAll, setWantsAll] = useState(false)
  const hidden = [search.key, search.complexity, search.cache, search.tag, search.errorCode, search.conversation]
  const showsAll = wantsAll || hidden.some((value) => value !== undefined)
  const set = (part: Partial<RequestSearch>) => onChange({ ...search, ...part })
  const isFiltered = Object.values(search).some((value) => value !== undefined)
  const moreId = useId()
  return (
    <search className={classes['filters']} aria-label={text.filters}>
      <TypedFilter
        label={text.search}
        value={search.text}
        onChange={(value) => set({ text: value })}
        className={classes['text'] ?? ''}
        icon
      />
      <Select
        label={text.status}
        any={text.anyStatus}
        value={search.status}
        options={requestStatuses.map((value) => ({ value, label: words.requestStatuses[value] }))}
        onChange={(status) => set({ status })}
      />
      <TimeFilter search={search} set={set} />
      <TypedFilter
        label={text.model}
        value={search.model}
        onChange={(model) => set({ model })}
        offers={distinct(requests.map(({ responseModel, requestModel }) => responseModel ?? requestModel))}
      />
      <TypedFilter
        label={text.provider}
        value={search.provider}
        onChange={(provider) => set({ provider })}
        offers={distinct(requests.map(({ providerName }) => providerName))}
      />
      {(!showsAll || wantsAll) && (
        <Button
          variant="subtle"
          color="gray"
          aria-expanded={showsAll}
          aria-controls={moreId}
          onClick={() => setWantsAll(!wantsAll)}
        >
          {showsAll ? text.fewer : text.more}
        </Button>
      )}
      {isFiltered && (
        <Button variant="subtle" color="gray" onClick={() => onChange({})}>
          {text.clear}
        </Button>
      )}
      <div id={moreId} className={classes['more']} hidden={!showsAll}>
        {showsAll && <MoreFilters search={search} set={set} requests={requests} />}
      </div>
    </search>
  )
}

type Part = { search: RequestSearch; set: (part: Partial<RequestSearch>) => void }

const MoreFilters = ({ search, set, requests }: Part & { requests: readonly RequestRecord[] }) => {
  const keys = useQuery(queries.allGatewayKeys())
  const known = keys.data?.items ?? []
  const named = known.map(({ id, name }) => ({ value: id, label: name }))
  const isUnknown = search.key !== undefined && !known.some(({ id }) => id === search.key)
  return (
    <>
      {!keys.isError && (
        <Select
          label={text.key}
          any={text.anyKey}
          value={search.key}
          options={isUnknown ? [...named, { value: search.key!, label: search.key! }] : named}
          onChange={(key) => set({ key })}
        />
      )}
      <Select
        label={text.complexity}
        any={text.anyComplexity}
        value={search.complexity}
        options={complexities.map((value) => ({ value, label: words.complexities[value] }))}
        onChange={(complexity) => set({ complexity })}
      />
      <Select
        label={text.cache}
        any={text.anyCache}
        value={search.cache}
        options={cacheStates.map((value) => ({ value, label: words.request.cacheStates[value] }))}
        onChange={(cache) => set({ cache })}
      />
      <TypedFilter
        label={text.tag}
        value={search.tag}
        onChange={(tag) => set({ tag })}
        offers={distinct(
          requests.flatMap(({ tags }) => Object.entries(tags).map(([name, value]) => `${name}=${value}`)),
        )}
      />
      <TypedFilter
        label={text.errorCode}
        value={search.errorCode}
        onChange={(errorCode) => set({ errorCode })}
        offers={distinct(requests.map(({ errorCode }) => errorCode))}
      />
      <TypedFilter
        label={words.request.conversation}
        value={search.conversation}
        onChange={(conversation) => set({ conversation })}
        offers={distinct(requests.map(({ conversationId }) => conversationId))}
      />
    </>
  )
}

const MOST_OFFERS = 50

const distinct = (values: readonly (string | null)[]): string[] =>
  [...new Set(values.filter((value) => value !== null))].toSorted().slice(0, MOST_OFFERS)

/** An age up to now, or two moments. */
const TimeFilter = ({ search, set }: Part) => {
  const [isBetween, setIsBetween] = useState(false)
  const hasMoments = search.since !== undefined || search.until !== undefined
  const shown = hasMoments || isBetween ? 'between' : search.age
  return (
    <>
      <Select
        label={text.since}
        any={text.sinces.all}
        value={shown}
        options={[
          ...ages.map((value) => ({ value: value as string, label: text.sinces[value] })),
          { value: 'between', label: text.sinces.between },
        ]}
        onChange={(value) => {
          setIsBetween(value === 'between')
          if (value !== 'between') {
            set({ age: ages.find((age) => age === value), since: undefined, until: undefined })
          }
        }}
      />
      {shown === 'between' && (
        <>
          <Moment label={text.from} value={search.since} onChange={(since) => set({ since, age: undefined })} />
          <Moment label={text.until} value={search.until} onChange={(until) => set({ until, age: undefined })} />
        </>
      )}
    </>
  )
}

/** A moment where the reader is; the address holds it in UTC. */
const Moment = ({
  label,
  value,
  onChange,
}: {
  label: string
  value: string | undefined
  onChange: (value: string | undefined) => void
}) => (
  <TextInput
    size="xs"
    type="datetime-local"
    aria-label={label}
    title={label}
    value={value === undefined ? '' : localOf(value)}
    onChange={({ currentTarget }) => {
      const time = Date.parse(currentTarget.value)
      onChange(Number.isNaN(time) ? undefined : new Date(time).toISOString())
    }}
  />
)

const localOf = (at: string): string => {
  const moment = new Date(at)
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

const Select = <Value extends string>({
  label,
  any,
  value,
  options,
  onChange,
}: {
  label: string
  any: string
  value: Value | undefined
  options: readonly { value: Value; label: string }[]
  onChange: (value: Value | undefined) => void
}) => (
  <NativeSelect
    size="xs"
    aria-label={label}
    value={value ?? ''}
    onChange={({ currentTarget }) => onChange(options.find((option) => option.value === currentTarget.value)?.value)}
    data={[{ value: '', label: any }, ...options]}
  />
)

const SETTLE_MS = 300
const noOffers: readonly string[] = []

/** A filter that is typed: it holds back until the typing rests, and follows the address when that changes. */
export const TypedFilter = ({
  label,
  value,
  onChange,
  className,
  icon = false,
  offers = noOffers,
}: {
  label: string
  value: string | undefined
  onChange: (value: string | undefined) => void
  className?: string
  icon?: boolean
  /** What can be chosen instead of typed. */
  offers?: readonly string[]
}) => {
  const [typed, setTyped] = useState(value ?? '')
  const listId = useId()
  useEffect(() => setTyped(value ?? ''), [value])
  useEffect(() => {
    if (typed === (value ?? '')) return
    const timer = setTimeout(() => onChange(typed.trim() === '' ? undefined : typed.trim()), SETTLE_MS)
    return () => clearTimeout(timer)
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- only typing starts the wait
  }, [typed])
  return (
    <>
      <TextInput
        size="xs"
        type="search"
        aria-label={label}
        placeholder={label}
        value={typed}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        maxLength={200}
        {...(offers.length > 0 ? { list: listId } : {})}
        {...(className ? { className } : {})}
        {...(icon ? { leftSection: <Icon name="search" size={15} /> } : {})}
      />
      {offers.length > 0 && (
        <datalist id={listId}>
          {offers.map((offer) => (
            <option key={offer} value={offer}>
              {offer}
            </option>
          ))}
        </datalist>
      )}
    </>
  )
}
