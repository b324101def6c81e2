import net from 'node:net';

// above it the system picks the ports of outgoing connections, and a restart might find its own taken
const LAST_PORT = 32_000;

async function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'EADDRINUSE' && error.code !== 'EACCES');
    });
    server.listen(port, host, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/**
 * A browser that is told `localhost` tries ::1 first: the port must be free there as well (no IPv6 at all is
 * fine).
 */
async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '::1'));
}

export interface PortPicker {
  /** `wanted` when it is free, else the next free one from `fallback` up. Never the same port twice. */
  pick(wanted: number, fallback: number): Promise<number>;
}

export function createPortPicker(): PortPicker {
  const given = new Set<number>();
  return {
    async pick(wanted, fallback) {
      for (const port of candidates(wanted, fallback)) {
        if (given.has(port) || !(await isFree(port))) continue;
        given.add(port);
        return port;
      }
      throw new Error(`no free port between ${fallback} and ${LAST_PORT}`);
    },
  };
}

function* candidates(wanted: number, fallback: number): Generator<number> {
  yield wanted;
  for (let port = fallback; port <= LAST_PORT; port += 1) yield port;
}

/**
 * Somewhere between 15000 and 30000: where a stack that shares the machine with others looks for its ports.
 */
export function randomBasePort(): number {
  return 15_000 + Math.floor(Math.random() * 15_000);
}
