import { NativeSelect, TextInput } from '@mantine/core'
import { useEffect, useId, useState } from 'react'
import { Icon } from './icon.tsx'

/** A filter that is chosen; the first choice takes it away. */
export const ChoiceFilter = <Value extends string>({
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
