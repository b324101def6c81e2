/** A TCP proxy before PostgreSQL that cuts a connection at its COMMIT: before the server sees it, or after the server has done it. */
import net from 'node:net';

export type Moment = 'pass' | 'before' | 'after';

export interface CuttingProxy {
  url: string;
  /** What a COMMIT meets. */
  decide(): Moment;
  cuts: number;
  close(): Promise<void>;
}

export async function startCuttingProxy(databaseUrl: string): Promise<CuttingProxy> {
  const target = new URL(databaseUrl);
  const postgres = { port: Number(target.port), host: target.hostname };
  const sockets = new Set<net.Socket>();
  const proxy: CuttingProxy = { url: '', decide: () => 'pass', cuts: 0, close: async () => undefined };
  const server = net.createServer((client) => {
    const upstream = net.connect(postgres);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    const cut = (): void => {
      proxy.cuts += 1;
      client.destroy();
      upstream.destroy();
    };
    let committing = false;
    client.on('data', (chunk) => {
      const mode = /COMMIT;/.test(chunk.toString('latin1')) ? proxy.decide() : 'pass';
      if (mode === 'before') {
        cut();
        return;
      }
      committing = mode === 'after';
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (committing) {
        cut();
        return;
      } // the answer of the server: it has committed
      client.write(chunk);
    });
    client.on('close', () => {
      upstream.destroy();
    });
    upstream.on('close', () => {
      client.destroy();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  target.port = String((server.address() as net.AddressInfo).port);
  target.hostname = '127.0.0.1';
  proxy.url = target.toString();
  proxy.close = () =>
    new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => {
        resolve();
      });
    });
  return proxy;
}
