import { createContext, use, useCallback, useEffect, useState, type ReactNode } from 'react'
import classes from './toast.module.css'

type Say = (text: string, tone?: 'plain' | 'bad') => void

const ToastContext = createContext<Say>(() => {})

/** Says something at the foot of the page, to eyes and to screen readers. */
export const useToast = (): Say => use(ToastContext)

const SHOWN_MS = 6_000

/** The place where one short message at a time appears. */
export const ToastProvider = ({ children }: { children: ReactNode }) => {
  const [message, setMessage] = useState<{ text: string; tone: 'plain' | 'bad' } | null>(null)
  const say = useCallback<Say>((text, tone = 'plain') => setMessage({ text, tone }), [])
  useEffect(() => {
    if (message === null) return
    const timer = setTimeout(() => setMessage(null), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [message])
  return (
    <ToastContext value={say}>
      {children}
      <output className={classes['place']}>
        {message && (
          <span className={classes['toast']} data-tone={message.tone}>
            {message.text}
          </span>
        )}
      </output>
    </ToastContext>
  )
}
