import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { connectRedis, whenReady } from './redis-connection';

type Answer = (command: string[], socket: net.Socket) => string | Promise<string>;

interface Server {
  port: number;
  /** Ends the connections that are open now. */
  drop(): void;
  close(): void;
}

/** Speaks as much of Redis as a client asks for when it connects. */
async function serve(answer: Answer): Promise<Server> {
  const open = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => undefined);
    let lines: string[] = [''];
    let answered = Promise.resolve();
    socket.setEncoding('utf8').on('data', (text: string) => {
      lines = `${lines.join('\r\n')}${text}`.split('\r\n');
      for (const command of takeCommands(lines))
        answered = answered.then(async () => {
          socket.write(await answer(command, socket));
        });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const drop = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    drop,
    close: () => {
      server.close();
      drop();
    },
  };
}

/** Takes the whole commands: `*n`, then the length and the text of n words. The last line has no end yet. */
function takeCommands(lines: string[]): string[][] {
  const commands: string[][] = [];
  for (;;) {
    const length = 1 + 2 * Number(lines[0]?.slice(1) || Number.NaN);
    if (!(lines.length > length)) return commands;
    const words = lines.splice(0, length).filter((_line, i) => i > 0 && i % 2 === 0);
    commands.push([words[0]!.toLowerCase(), ...words.slice(1)]);
  }
}

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;
const list = (...texts: string[]): string => `*${texts.length}\r\n${texts.map(bulk).join('')}`;
const UNKNOWN = "-ERR unknown command 'HELLO'\r\n";

const answerAsMaster: Answer = ([name]) => {
  if (name === 'hello') return UNKNOWN;
  return name === 'info' ? bulk('role:master\r\nloading:0\r\n') : '+OK\r\n';
};

test('a change of master that is told while a Sentinel is asked does not end the client', async () => {
  const master = await serve(answerAsMaster);
  const watchers = new Set<net.Socket>();
  let asked = 0;
  let answerMay: Promise<void> = Promise.resolve();
  const sentinel = await serve(async ([name, what], socket) => {
    if (name === 'hello') return UNKNOWN;
    if (name === 'subscribe') {
      watchers.add(socket);
      return `*3\r\n${bulk('subscribe')}${bulk('+switch-master')}:1\r\n`;
    }
    if (name !== 'sentinel') return '+OK\r\n';
    if (what !== 'get-master-addr-by-name') return '*0\r\n';
    asked += 1;
    await answerMay;
    return list('127.0.0.1', String(master.port));
  });
  const client = connectRedis(`redis://127.0.0.1:${sentinel.port}?sentinel=main`, 'worker');
  client.on('error', () => undefined);
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await pause(10);
  };
  try {
    await whenReady(client, 60_000);
    await until(() => watchers.size === 1);
    let answerNow: () => void = () => undefined;
    answerMay = new Promise((resolve) => {
      answerNow = resolve;
    });
    const askedBefore = asked;
    master.drop();
    await until(() => asked > askedBefore);
    for (const socket of watchers)
      if (socket.writable) socket.write(list('message', '+switch-master', 'main'));
    await pause(200);
    answerNow();
    await whenReady(client, 20_000);
    expect(client.status).toBe('ready');
    await until(() => watchers.size === 2); // it watches again
  } finally {
    client.disconnect();
    sentinel.close();
    master.close();
  }
});
