import { createContext, use, useMemo, useState, type ReactNode } from 'react'
import classes from './toast.module.css'

type Say = (text: string, tone?: 'plain' | 'bad') => void

const ToastContext = createContext<Say>(() => {})

/** Says something at the foot of the page, to eyes and to screen readers. */
export const useToast = (): Say => use(ToastContext)

const SHOWN_MS = 6_000

/** The place where one short message at a time appears. */
export const ToastProvider = ({ children }: { children: ReactNode }) => {
  const [message, setMessage] = useState<{ text: string; tone: 'plain' | 'bad'; key: number } | null>(null)
  const say = useMemo<Say>(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let key = 0
    return (text, tone = 'plain') => {
      clearTimeout(timer)
      setMessage({ text, tone, key: ++key })
      timer = setTimeout(() => setMessage(null), SHOWN_MS)
    }
  }, [])
  return (
    <ToastContext value={say}>
      {children}
      <div className={classes['place']} role="status" aria-live="polite">
        {message && (
          <p key={message.key} className={classes['toast']} data-tone={message.tone}>
            {message.text}
          </p>
        )}
      </div>
    </ToastContext>
  )
}
