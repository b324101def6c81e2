import type http from 'node:http';
import { networksOf, plainAddress, type Networks } from '../addresses';

/**
 * The address of the caller of a request. `X-Forwarded-For` can be written by anybody, so it is believed only
 * from a proxy of ours: beginning with the peer of the connection, addresses are passed over from the right as
 * long as they are proxies of ours; the first that is not is the caller. An entry that is no address ends the
 * walk at the proxy that wrote it. Without a list of proxies the header is never read. (`Forwarded` is not: one
 * header, and a proxy that sets only the other would let its callers write this one.)
 */
export type ClientAddress = (req: http.IncomingMessage) => string;

/** The proxies of a configuration; undefined when there are none. */
export function proxiesOf({ trustedProxies }: { trustedProxies: readonly string[] }): Networks | undefined {
  return trustedProxies.length === 0 ? undefined : networksOf(trustedProxies);
}

export function createClientAddress(proxies: Networks | undefined): ClientAddress {
  if (proxies === undefined) return peerOf;
  return (req) => {
    let address = peerOf(req);
    const entries = forwardedFor(req);
    while (proxies.has(address)) {
      const next = entries.pop();
      const plain = next === undefined ? undefined : plainAddress(withoutPort(next));
      if (plain === undefined) break;
      address = plain;
    }
    return address;
  };
}

/** The other end of the connection; empty when it is gone already. */
function peerOf({ socket }: http.IncomingMessage): string {
  const peer = socket.remoteAddress ?? '';
  // Node prints addresses in their one form; only the IPv4 ones inside IPv6 need another.
  return peer.includes(':') ? (plainAddress(peer) ?? peer) : peer;
}

function forwardedFor(req: http.IncomingMessage): string[] {
  const header = req.headers['x-forwarded-for'];
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text.split(',').map((entry) => entry.trim());
}

const BRACKETED = /^\[([^\]]+)\](?::\d{1,5})?$/;
const IPV4_PORT = /^([\d.]+):\d{1,5}$/;

/** Some proxies add the port: `192.0.2.1:52100`, `[2001:db8::1]:52100`. */
function withoutPort(entry: string): string {
  return BRACKETED.exec(entry)?.[1] ?? IPV4_PORT.exec(entry)?.[1] ?? entry;
}
