/** Requests begin a few at a time, so that new connections are taken meanwhile. */
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { until } from '../../test/support/until';
import { createTurns, type TurnsOptions } from './turns';

const round = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

function world(options: Partial<TurnsOptions> = {}) {
  const turns = createTurns({ most: 2, lateMs: 60_000, lineOf: () => '', callerOf: () => '', ...options });
  const begun: string[] = [];
  const late: string[] = [];
  const respond = turns.inTurns((req) => {
    begun.push(req.url!);
    if (turns.isLate(req)) late.push(req.url!);
    return req.url === 'broken' ? Promise.reject(new Error('broken')) : Promise.resolve();
  });
  const ask = (url: string, res = { closed: false }): Promise<unknown> =>
    respond({ url } as http.IncomingMessage, res as http.ServerResponse);
  return { ask, begun, late };
}

test('one that comes alone is begun at once', () => {
  const { ask, begun } = world();
  void ask('a');
  expect(begun).toEqual(['a']);
});

test('in each round of the loop no more begin than may, in the order in which they came', async () => {
  const { ask, begun } = world();
  for (const url of ['a', 'b', 'c', 'd', 'e']) void ask(url);
  expect(begun).toEqual(['a', 'b']);
  await round();
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
  void ask('f');
  await round();
  await round();
  expect(begun).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
});

test('when a round is over the next one is begun at once again', async () => {
  const { ask, begun } = world();
  for (const url of ['a', 'b']) void ask(url);
  await round();
  await round();
  void ask('c');
  expect(begun).toEqual(['a', 'b', 'c']);
});

test('whoever asks hears how it ended', async () => {
  const { ask } = world({ most: 1 });
  const [first, second] = [ask('a'), ask('broken')];
  await expect(first).resolves.toBeUndefined();
  await expect(second).rejects.toThrow('broken');
});

test('a caller that has gone is not begun', async () => {
  const { ask, begun } = world({ most: 1 });
  void ask('a');
  await expect(Promise.all([ask('gone', { closed: true }), ask('b')])).resolves.toHaveLength(2);
  expect(begun).toEqual(['a', 'b']);
});

test('who waits for longer than that is late, and nobody else', async () => {
  for (const [lateMs, expected] of [[-1, ['b']] as const, [60_000, []] as const]) {
    const { ask, late } = world({ most: 1, lateMs });
    await Promise.all([ask('a'), ask('b')]);
    expect(late).toEqual(expected);
  }
});

test('who has many requests does not stand before one with few', async () => {
  const { ask, begun } = world({ callerOf: ({ url }) => url!.slice(0, 1) });
  for (const url of ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'c1', 'b2']) void ask(url);
  for (let n = 0; n < 4; n++) await round();
  expect(begun).toEqual(['a1', 'a2', 'a3', 'b1', 'c1', 'a4', 'b2', 'a5']);
});

test('one line does not wait for another', async () => {
  const { ask, begun } = world({ lineOf: ({ url }) => url!.slice(0, 1) });
  for (const url of ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'b2', 'b3']) void ask(url);
  expect(begun).toEqual(['a1', 'a2', 'b1', 'b2']);
  await round();
  expect(begun.slice(4)).toEqual(['a3', 'a4', 'b3']);
});

/** How many requests of 30 connections that ask again and again are answered until 20 new ones have been; 315 without turns. */
async function answeredMeanwhile(most: number): Promise<number> {
  const turns = createTurns({ most, lateMs: 60_000, lineOf: () => '', callerOf: () => '' });
  let answered = 0;
  let newcomers = 0;
  const respond = turns.inTurns((req, res) => {
    if (req.url === '/new') newcomers += 1;
    else answered += 1;
    for (const end = performance.now() + 1; performance.now() < end;); // what a request takes of the process
    res.end('ok');
    return Promise.resolve();
  });
  const server = http.createServer((req, res) => void respond(req, res));
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 128 }, resolve));
  const { port } = server.address() as AddressInfo;
  const sockets: net.Socket[] = [];
  const call = (path: string): void => {
    const socket = net.connect(port, '127.0.0.1');
    sockets.push(socket);
    const ask = (): void => void socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    socket.on('connect', ask).on('error', () => undefined);
    if (path !== '/new') socket.on('data', ask);
  };
  try {
    for (let n = 0; n < 30; n++) call('/again');
    await until(() => answered > 300);
    answered = 0;
    for (let n = 0; n < 20; n++) call('/new');
    await until(() => newcomers === 20);
    return answered;
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

test('new callers are taken while others ask again and again', async () => {
  expect(await answeredMeanwhile(1)).toBeLessThan(150);
});
