import { readFile } from 'node:fs/promises'
import { AssayError } from '@assay/core'

/** File systems on which a write that was confirmed may be elsewhere, and a lock may be two. */
const networkTypes = new Set([
  'nfs',
  'nfs4',
  'cifs',
  'smb3',
  'smbfs',
  'ncpfs',
  'afs',
  'ceph',
  'coda',
  'gfs2',
  'glusterfs',
  'lustre',
  'ocfs2',
  'beegfs',
  'fuse.glusterfs',
  'fuse.sshfs',
  'fuse.s3fs',
  'fuse.rclone',
  'fuse.gcsfuse',
  'fuse.davfs',
  'davfs',
])

/** Refuses a directory on a network file system; where the system does not list its mounts, nothing is refused. */
export const refuseNetworkFilesystem = async (path: string): Promise<void> => {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')
  const type = filesystemOf(path, mounts)
  if (type !== null && networkTypes.has(type)) throw new AssayError('store.network_filesystem', { path, type })
}

/** The type of the file system that a path lies on, by the lines of /proc/self/mountinfo (proc(5)). */
export const filesystemOf = (path: string, mountinfo: string): string | null => {
  let found = { mount: '', type: null as string | null }
  for (const line of mountinfo.split('\n')) {
    const [before, after] = line.split(' - ')
    const mount = before
      ?.split(' ')[4]
      ?.replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    const type = after?.split(' ')[0]
    if (mount === undefined || type === undefined || mount.length < found.mount.length) continue
    if (mount === '/' || path === mount || path.startsWith(`${mount}/`)) found = { mount, type }
  }
  return found.type
}
