/** The API leaves: who is owed an answer gets it, and nobody else holds it up. */
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { createTraffic } from './traffic';
import { createHealth } from '../platform/health';
import { until } from '../test/support/until';

interface Gate {
  arrived: number;
  /** Lets handlers that wait go on. */ open(): void;
  waiting: Promise<void>;
}

function gate(): Gate {
  let open: () => void = () => undefined;
  const waiting = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { arrived: 0, open, waiting };
}

let server: http.Server;
let port: number;
const sockets: net.Socket[] = [];
const accepted: net.Socket[] = [];

async function listen(
  respond: Parameters<typeof createTraffic>[0],
): Promise<ReturnType<typeof createTraffic>> {
  const traffic = createTraffic(respond);
  server = http.createServer(traffic.handler);
  server.on('connection', (socket) => accepted.push(socket));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  ({ port } = server.address() as AddressInfo);
  return traffic;
}

/** A connection as a proxy keeps it, and what came back on it. */
async function connection(): Promise<{
  send(text: string): void;
  hangUp(): void;
  said: () => string;
  closed: () => boolean;
}> {
  const socket = net.connect(port, '127.0.0.1');
  sockets.push(socket);
  let [text, isClosed] = ['', false];
  socket
    .on('error', () => undefined)
    .on('data', (chunk) => {
      text += chunk.toString('latin1');
    })
    .on('close', () => {
      isClosed = true;
    });
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve);
  });
  return {
    send: (sent) => {
      socket.write(sent);
    },
    hangUp: () => {
      socket.destroy();
    },
    said: () => text,
    closed: () => isClosed,
  };
}

const REQUEST = 'POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n';
const soon = Promise.resolve(60_000);

afterEach(() => {
  for (const socket of [...sockets.splice(0), ...accepted.splice(0)]) socket.destroy();
  server.closeAllConnections();
  server.close();
});

test('who waits for an answer gets it, with Connection: close; idle connections go at once, and no new one is taken', async () => {
  const g = gate();
  const traffic = await listen(async (_req, res) => {
    g.arrived += 1;
    if (g.arrived > 1) await g.waiting;
    res.end('done');
  });
  const idle = await connection();
  idle.send(REQUEST);
  await until(idle.said, (text) => text.endsWith('done\r\n0\r\n\r\n') || text.endsWith('done'));
  expect(idle.said()).toContain('Connection: keep-alive');
  const owed = await connection();
  owed.send(REQUEST);
  await until(
    () => g.arrived,
    (n) => n === 2,
  );
  let cut: number | undefined;
  const left = traffic.leave(server, soon).then((n) => {
    cut = n;
  });
  await until(idle.closed, Boolean);
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed');
  expect([cut, owed.closed()]).toEqual([undefined, false]);
  g.open();
  await left;
  await until(owed.closed, Boolean);
  expect([cut, owed.said()]).toEqual([
    0,
    expect.stringMatching(/^HTTP\/1\.1 200 OK\r\nConnection: close\r\n[^]*done$/),
  ]);
});

test('a request that a client left is still carried through before the process goes', async () => {
  const g = gate();
  let isDone = false;
  const traffic = await listen(async (_req, res) => {
    g.arrived += 1;
    await g.waiting;
    isDone = true;
    res.end();
  });
  const gone = await connection();
  gone.send(REQUEST);
  await until(
    () => g.arrived,
    (n) => n === 1,
  );
  gone.hangUp();
  let isOver = false;
  const left = traffic.leave(server, soon).then((cut) => {
    isOver = true;
    return cut;
  });
  await new Promise<void>((resolve) => {
    server.once('close', () => {
      resolve();
    });
  }); // no connection is left
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  expect([isDone, isOver]).toEqual([false, false]);
  g.open();
  expect([await left, isDone]).toEqual([0, true]);
});

test('nothing is owed: a connection on which nothing was asked, or half a request, holds nothing up', async () => {
  const traffic = await listen(async (_req, res) => {
    res.end();
  });
  const [silent, half] = [await connection(), await connection()];
  half.send('POST /slow HTTP/1.1\r\nHo');
  const started = performance.now();
  expect(await traffic.leave(server, soon)).toBe(0);
  expect(performance.now() - started).toBeLessThan((await soon) / 2);
  await until(
    () => [silent.closed(), half.closed()],
    (all) => all.every(Boolean),
  );
});

test('a request that was on its way when the process began to leave is answered, too', async () => {
  const traffic = await listen(async (_req, res) => {
    res.end('done');
  });
  const late = await connection();
  late.send('POST /slow HTTP/1.1\r\nHo');
  await until(
    () => accepted.at(-1)?.bytesRead ?? 0,
    (bytes) => bytes > 0,
  ); // a connection on which nothing arrived is closed at once
  const left = traffic.leave(server, soon);
  late.send('st: a\r\nContent-Length: 0\r\n\r\n');
  await left;
  await until(
    () => late.said(),
    (text) => text.endsWith('done'),
  );
  expect(late.said()).toMatch(/^HTTP\/1\.1 200 OK\r\nConnection: close\r\n/);
});

test('what takes longer than any request may is cut off at the end, and counted', async () => {
  const g = gate();
  const traffic = await listen(async (_req, res) => {
    g.arrived += 1;
    await g.waiting;
    res.end();
  });
  const stuck = await connection();
  stuck.send(REQUEST);
  await until(
    () => g.arrived,
    (n) => n === 1,
  );
  expect(await traffic.leave(server, Promise.resolve(100))).toBe(1);
  await until(stuck.closed, Boolean);
  g.open();
});

test('a process that leaves is not ready, whatever its checks say, and a check of a moment ago does not hide it', async () => {
  const health = createHealth({ fine: async () => undefined });
  expect(await health.check()).toEqual({ ready: true, checks: { fine: 'ok' } });
  health.leave();
  expect(await health.check()).toEqual({ ready: false, checks: { process: 'leaving' } });
});
