/**
 * A server by hand, for the answers that no framework would give. It takes one request a connection unless
 * told otherwise, and counts what it read. Some paths can be answered well (a token, without which no call is
 * made): those are not counted, and their connection is closed, so that the next call stands on its own.
 */
import net, { type AddressInfo } from 'node:net';

/** What is done with a request, once it has been read to its end. */
export type Behaviour = (socket: net.Socket) => void;

export type AnsweredWell = Readonly<Record<string, unknown>>;

export interface HostileServer {
  readonly url: string;
  /** Requests read to their end, and bytes read at all, since the last order. */
  readonly requests: number;
  readonly bytes: number;
  /** The bytes of the last request that was read to its end, as latin1. */
  readonly lastRequest: string;
  /** `'reset'` cuts a connection as soon as it stands. */
  order(behaviour: Behaviour | 'reset'): void;
  /** From now on these paths, with or without a query, are answered with this JSON, whatever was ordered but a reset. */
  answerWell(paths: AnsweredWell): void;
  close(): Promise<void>;
}

export async function startHostileServer(): Promise<HostileServer> {
  let behaviour: Behaviour | 'reset' = 'reset';
  let well: AnsweredWell = {};
  let counts = { requests: 0, bytes: 0 };
  let lastRequest = '';
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true); // or a body in a piece of its own comes 40 ms late
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    if (behaviour === 'reset') return socket.resetAndDestroy();
    const act = behaviour;
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const path = /^[A-Z]+ ([^ ?]+)/.exec(text)?.[1] ?? '';
      const isWell = Object.hasOwn(well, path);
      if (!isWell) counts.bytes += chunk.length;
      const head = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
      if (head === -1 || text.length < head + 4 + length) return;
      const whole = text;
      text = '';
      if (isWell)
        return answering(200, JSON.stringify(well[path]), 'application/json', ['Connection: close'])(socket);
      counts.requests += 1;
      lastRequest = whole;
      act(socket);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return counts.requests;
    },
    get bytes() {
      return counts.bytes;
    },
    get lastRequest() {
      return lastRequest;
    },
    order(next) {
      behaviour = next;
      counts = { requests: 0, bytes: 0 };
    },
    answerWell(paths) {
      well = paths;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
}

/** A whole answer. */
export function answering(
  status: number,
  body: string | Buffer = '',
  contentType = 'application/json',
  headers: readonly string[] = [],
): Behaviour {
  return (socket) => {
    socket.write(
      [
        `HTTP/1.1 ${status} Answer`,
        `Content-Type: ${contentType}`,
        `Content-Length: ${Buffer.byteLength(body)}`,
        ...headers,
        '',
        '',
      ].join('\r\n'),
    );
    socket.write(body);
  };
}

/** Bytes as they are. */
export function writing(...parts: readonly string[]): Behaviour {
  return (socket) => {
    for (const part of parts) socket.write(part);
  };
}
