/** Stands between the connectors and the sandbox, and holds answers back for as long as it is told. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SlowProxy {
  url: string;
  /** Where requests go; known once the sandbox runs. */
  target: string;
  /** Answers to requests whose path holds this are given after so long, in milliseconds. */
  slow(path: string, ms: number): void;
  /** Requests whose answer is held back now. */
  held(): number;
  close(): Promise<void>;
}

export async function startSlowProxy(): Promise<SlowProxy> {
  const slow = new Map<string, number>();
  let held = 0;
  const server = http.createServer((req, res) => {
    const { hostname, port } = new URL(proxy.target);
    const ms = [...slow].find(([path]) => req.url!.includes(path))?.[1] ?? 0;
    const forward = http.request(
      { hostname, port, method: req.method, path: req.url, headers: req.headers },
      (from) => {
        held += 1;
        setTimeout(() => {
          held -= 1;
          res.writeHead(from.statusCode!, from.headers);
          from.pipe(res);
        }, ms);
      },
    );
    forward.on('error', () => {
      res.destroy();
    });
    req.pipe(forward);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const proxy: SlowProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target: '',
    slow: (path, ms) => {
      slow.set(path, ms);
    },
    held: () => held,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
  return proxy;
}
