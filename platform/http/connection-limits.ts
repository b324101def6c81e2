import type http from 'node:http';

/** What one connection to a server of ours may take. A request that is slower or larger reaches no handler. */
export const CONNECTION_LIMITS = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  /** Between two looks whether one of the times is over: Node's own are half a minute apart. */
  connectionsCheckingInterval: 2_000,
} as const;

/**
 * How often a request names its host. Twice is once too often (RFC 9112, 3.2): whoever stands before us may have
 * gone by the other one.
 */
export function hostsNamed({ rawHeaders }: http.IncomingMessage): number {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length === HOST.length && name.toLowerCase() === HOST) hosts += 1;
  }
  return hosts;
}
const HOST = 'host';
