import { AssayError } from '@assay/core'
import { BlockList, isIP } from 'node:net'

/** Networks that no outgoing call may reach unless the operator allows it, each with the word the refusal gives. */
const forbidden: readonly (readonly [network: string, prefix: number, reason: string])[] = [
  ['0.0.0.0', 8, 'this network'],
  ['10.0.0.0', 8, 'private'],
  ['100.64.0.0', 10, 'shared by carriers'],
  ['127.0.0.0', 8, 'loopback'],
  // The operator's cloud answers here with its machine's credentials.
  ['168.63.129.16', 32, 'cloud metadata'],
  ['169.254.0.0', 16, 'link-local and cloud metadata'],
  ['172.16.0.0', 12, 'private'],
  ['192.0.0.0', 24, 'reserved'],
  ['192.0.2.0', 24, 'documentation'],
  ['192.88.99.0', 24, 'reserved'],
  ['192.168.0.0', 16, 'private'],
  ['198.18.0.0', 15, 'benchmarking'],
  ['198.51.100.0', 24, 'documentation'],
  ['203.0.113.0', 24, 'documentation'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved'],
  ['::1', 128, 'loopback'],
  ['::ffff:0:0', 96, 'an IPv4 address in disguise'],
  ['64:ff9b::', 96, 'an IPv4 address in disguise'],
  ['64:ff9b:1::', 48, 'an IPv4 address in disguise'],
  ['2001::', 23, 'reserved'],
  ['2001:db8::', 32, 'documentation'],
  ['2002::', 16, 'an IPv4 address in disguise'],
  ['3fff::', 20, 'documentation'],
  ['fc00::', 7, 'private'],
  ['fe80::', 10, 'link-local'],
  ['ff00::', 8, 'multicast'],
  // Global unicast is 2000::/3 alone: whatever else there is comes last, with the plainest word.
  ['::', 3, 'reserved'],
  ['4000::', 2, 'reserved'],
  ['8000::', 1, 'reserved'],
]

/** One list for each row, because a match must name its reason; the families apart, because Node compares them mixed. */
const rules = forbidden.map(([network, prefix, reason]) => {
  const family = familyOf(network)
  const list = new BlockList()
  list.addSubnet(network, prefix, family)
  return { list, family, reason }
})

/** Why an IP address may not be called; null when it may. */
export const forbiddenBecause = (address: string): string | null => {
  const family = familyOf(address)
  return rules.find((rule) => rule.family === family && rule.list.check(address, family))?.reason ?? null
}

/** What the operator lets through although it is forbidden. */
export type Allowance = {
  /** True when this host name or address may be called at this port, whatever it resolves to. */
  allows(host: string, port: number): boolean
  /** True when this address lies in an allowed network. */
  allowsAddress(address: string): boolean
}

/** Reads `host:port`, `[v6]:port` and CIDR entries; throws `config.invalid` for anything else. */
export const readAllowance = (entries: readonly string[]): Allowance => {
  const places = new Set<string>()
  const networks = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const entry of entries) {
    const [, network, prefix] = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(entry) ?? []
    const [, host, port] = /^(\[[0-9a-fA-F:.]+\]|[^\s/:[\]]+):(\d{1,5})$/.exec(entry) ?? []
    if (network !== undefined && isIP(network) !== 0 && Number(prefix) <= (isIP(network) === 4 ? 32 : 128)) {
      networks[familyOf(network)].addSubnet(network, Number(prefix), familyOf(network))
    } else if (host !== undefined && Number(port) >= 1 && Number(port) <= 65_535) {
      places.add(`${unbracketed(host).toLowerCase()}:${Number(port)}`)
    } else {
      throw new AssayError('config.invalid', {
        issues: [{ path: 'ASSAY_EGRESS_ALLOW', message: `${JSON.stringify(entry)} is neither host:port nor a CIDR` }],
      })
    }
  }
  return {
    allows: (host, port) => places.has(`${host}:${port}`),
    allowsAddress: (address) => networks[familyOf(address)].check(address, familyOf(address)),
  }
}

/** `[::1]` as `::1`; anything else as it is. */
export const unbracketed = (host: string): string => (host.startsWith('[') ? host.slice(1, -1) : host)

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4'
}
