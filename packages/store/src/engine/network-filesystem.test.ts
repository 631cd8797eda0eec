import { expect, test } from 'vitest'
import { filesystemOf } from './network-filesystem.ts'

const mounts = `22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 22 0:26 / /srv/shared rw - nfs4 server:/export rw
31 30 254:1 / /srv/shared/local rw - xfs /dev/vdb rw
32 22 0:27 / /mnt/with\\040space rw shared:1 - cifs //server/share rw
`

test.each([
  ['/home/me/.assay', 'ext4'],
  ['/srv/shared/data', 'nfs4'],
  ['/srv/shared', 'nfs4'],
  ['/srv/sharedness', 'ext4'],
  ['/srv/shared/local/data', 'xfs'],
  ['/mnt/with space/data', 'cifs'],
])('%s lies on %s', (path, type) => {
  expect(filesystemOf(path, mounts)).toBe(type)
})

test('where the system lists no mounts, nothing is known', () => {
  expect(filesystemOf('/home/me', '')).toBeNull()
})
