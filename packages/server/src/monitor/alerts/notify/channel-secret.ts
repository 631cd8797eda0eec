import { Secret, timestamp } from '@assay/core'
import type { AlertChannelRow } from '@assay/store'
import type { App } from '../../../app.ts'

type Parts = Pick<App, 'vault'>
type Place = { workspaceId: string; id: string; kind: AlertChannelRow['kind']; origin: string }

/** Seals what a channel keeps secret, for its row and the place it is used at. */
export const sealChannel = (
  { vault }: Parts,
  place: Place,
  secret: Secret,
): Promise<{ sealed: Uint8Array; dataKeyId: string }> => vault.seal(secret, sealedFor(place))

/** The secrets of a channel that count now, the newest first. */
export const openChannel = async (
  { vault, now }: Parts & Pick<App, 'now'>,
  workspaceId: string,
  { id, kind, origin, sealed, previousSealed, dataKeyId, graceUntil }: AlertChannelRow,
): Promise<Secret[]> => {
  if (sealed === null || dataKeyId === null || origin === null) return []
  const place = sealedFor({ workspaceId, id, kind, origin })
  const isGrace = graceUntil !== null && graceUntil > timestamp(now())
  // Both lie in the same column of their time, so the one before opens under the same place.
  const texts = isGrace && previousSealed !== null ? [sealed, previousSealed] : [sealed]
  return Promise.all(texts.map((text) => vault.open({ ...place, sealed: text, dataKeyId })))
}

const sealedFor = ({ workspaceId, id, kind, origin }: Place) => ({
  workspaceId,
  id,
  provider: kind,
  origin,
  table: 'alert_channels' as const,
})
