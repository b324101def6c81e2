/**
 * A TCP connection to a store that can fall silent: nothing is forwarded any more in either direction, and
 * nothing is closed, as when a switch, a firewall or a host freezes.
 */
import net from 'node:net';

export interface Link {
  readonly port: number;
  /** The URL of the store with the address of this link. */
  through(url: string): string;
  /** What is connected now stays silent for good; with `newOnesToo`, what connects until `heal` as well. */
  silence(options?: { newOnesToo?: boolean }): void;
  heal(): void;
  /** Connections that forward. */
  live(): number;
  close(): Promise<void>;
}

interface Pair {
  client: net.Socket;
  store: net.Socket | undefined;
  silent: boolean;
}

export async function startLink(target: { host: string; port: number }): Promise<Link> {
  const pairs = new Set<Pair>();
  let deaf = false;
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    const pair: Pair = { client, store: undefined, silent: deaf };
    pairs.add(pair);
    client.on('error', () => undefined);
    if (deaf) client.pause();
    else connectPair(pair, target, () => pairs.delete(pair));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as net.AddressInfo;
  return {
    port,
    through: (url) => {
      const own = new URL(url);
      own.hostname = '127.0.0.1';
      own.port = String(port);
      return own.href;
    },
    silence: ({ newOnesToo = false } = {}) => {
      deaf = newOnesToo;
      for (const pair of pairs) silence(pair);
    },
    heal: () => {
      deaf = false;
    },
    live: () => [...pairs].filter((pair) => !pair.silent).length,
    close: async () => {
      for (const { client, store } of pairs) {
        client.destroy();
        store?.destroy();
      }
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}

function connectPair(pair: Pair, target: { host: string; port: number }, gone: () => void): void {
  const { client } = pair;
  const store = net.connect({ ...target, allowHalfOpen: true });
  pair.store = store;
  store.on('error', () => undefined);
  for (const [from, to] of [
    [client, store],
    [store, client],
  ] as const) {
    from.on('data', (chunk) => {
      if (!pair.silent) to.write(chunk);
    });
    from.on('end', () => {
      if (!pair.silent) to.end();
    });
    from.on('close', () => {
      if (pair.silent) return;
      to.destroy();
      gone();
    });
  }
}

function silence(pair: Pair): void {
  pair.silent = true;
  pair.client.pause();
  pair.store?.pause();
}
