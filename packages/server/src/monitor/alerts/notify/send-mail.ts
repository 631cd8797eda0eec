import { htmlOf, textOfMessage, type AlertMessage, type Secret } from '@assay/core'
import type { Egress } from '@assay/providers'
import { createTransport } from 'nodemailer'
import type { Outcome } from './send.ts'

const TIMEOUT_MS = 20_000
const PORTS: Record<string, number> = { 'smtp:': 587, 'smtps:': 465 }

/** Hands a message to the operator's mail server, over a socket whose address was checked. */
export const sendMail = async (
  { egress }: { egress: Egress },
  mail: { url: Secret; from: string | undefined; to: readonly string[]; id: string; message: AlertMessage },
): Promise<Outcome> => {
  const { url, to, id, message } = mail
  const server = new URL(url.open())
  const { protocol, hostname: host } = server
  const port = server.port === '' ? PORTS[protocol]! : Number(server.port)
  const user = decodeURIComponent(server.username)
  const connection = await egress.connect({ host, port })
  const transport = createTransport({
    host,
    port,
    secure: protocol === 'smtps:',
    // A password never goes out in the clear, unless the operator says so.
    requireTLS: user !== '' && server.searchParams.get('tls') !== 'off',
    ignoreTLS: server.searchParams.get('tls') === 'off',
    ...(user === '' ? undefined : { auth: { user, pass: decodeURIComponent(server.password) } }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    connection,
  })
  try {
    await transport.sendMail({
      from: mail.from ?? `Assay <assay@${host.includes('.') ? host : 'localhost'}>`,
      to: [...to],
      messageId: `<${id}@assay>`,
      subject: message.subject,
      text: textOfMessage(message),
      html: htmlOf(message),
      headers: { 'auto-submitted': 'auto-generated' },
    })
    return { isDelivered: true }
  } catch (error) {
    const { responseCode, message: reason } = error as Error & { responseCode?: number }
    const isRefused = responseCode !== undefined && responseCode >= 500
    return { isDelivered: false, reason: masked(reason, server), isFinal: isRefused }
  } finally {
    transport.close()
    connection.destroy()
  }
}

/** Servers repeat what they were told; the password is not for the log. */
const masked = (text: string, { password }: URL): string =>
  password === ''
    ? text
    : text.replaceAll(password, '[redacted]').replaceAll(decodeURIComponent(password), '[redacted]')
