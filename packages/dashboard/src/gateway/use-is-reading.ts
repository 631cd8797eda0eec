import { useEffect, useState, type RefObject } from 'react'

/** From here on the head of the list is out of sight. */
const TOP_PX = 120

/** True while somebody is in the list: scrolled down in it, pointing at it, or going through it with the keyboard. */
export const useIsReading = (list: RefObject<HTMLElement | null>): boolean => {
  const [isReading, setIsReading] = useState(false)
  useEffect(() => {
    const look = () => {
      const element = list.current
      const isWithin = element !== null && (element.matches(':hover') || element.contains(document.activeElement))
      setIsReading(isWithin || window.scrollY > TOP_PX)
    }
    const events = ['scroll', 'pointermove', 'pointerleave', 'focusin', 'focusout', 'keyup'] as const
    for (const name of events) document.addEventListener(name, look, { passive: true })
    return () => {
      for (const name of events) document.removeEventListener(name, look)
    }
  }, [list])
  return isReading
}
