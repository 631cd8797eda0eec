import { Drawer } from '@mantine/core'
import type { ReactNode } from 'react'
import { words } from '../words.ts'
import classes from './vault.module.css'

/** A form beside the lists; leaving it leaves everything as it is. */
export const Side = ({
  title,
  isOpen,
  onClose,
  children,
}: {
  title: string
  isOpen: boolean
  onClose: () => void
  children: ReactNode
}) => (
  <Drawer
    opened={isOpen}
    onClose={onClose}
    position="right"
    size="28rem"
    title={title}
    lockScroll={false}
    closeButtonProps={{ 'aria-label': words.close }}
    overlayProps={{ backgroundOpacity: 0.25 }}
    classNames={{ header: classes['sideHeader'] ?? '', title: classes['sideTitle'] ?? '' }}
  >
    {children}
  </Drawer>
)
