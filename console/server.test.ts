/** What one connection may take, on every server of ours: the API, the pages for staff, the admin port. */
import type http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { createApiServer } from '../api/server';
import { startAdminServer, type AdminServer } from '../platform/admin-server';
import { createHealth } from '../platform/health';
import { systemIds } from '../platform/ids';
import { createMetrics } from '../platform/metrics';
import { createConsoleServer } from './server';

/** Times that servers are given are this much shorter here, so that nobody waits for them. */
const SHORTER = 5;
jest.mock('node:http', () => {
  const real = jest.requireActual<typeof http>('node:http');
  const shorter = (ms: number): number => ms / SHORTER;
  return {
    ...real,
    createServer: (options: http.ServerOptions, listener: http.RequestListener) => {
      const { headersTimeout = 60_000, connectionsCheckingInterval = 30_000 } = options;
      return real.createServer(
        {
          ...options,
          headersTimeout: shorter(headersTimeout),
          connectionsCheckingInterval: shorter(connectionsCheckingInterval),
        },
        listener,
      );
    },
  };
});

const answer: http.RequestListener = (_req, res) => {
  res.end('ok');
};
let servers: http.Server[];
let admin: AdminServer;
let ports: Record<'api' | 'console' | 'admin', number>;

async function listen(server: http.Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  servers = [createApiServer({ handler: answer, ids: systemIds }), createConsoleServer(answer)];
  admin = await startAdminServer({ port: 0, health: createHealth({}), metrics: createMetrics('test') });
  const [api, console_] = await Promise.all(servers.map(listen));
  ports = { api: api!, console: console_!, admin: admin.port };
});
afterAll(async () => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  await admin.close();
});

/** Writes the bytes, and says when the server has closed the connection and what it said. */
async function talk(port: number, bytes: string): Promise<{ text: string; ms: number }> {
  const began = performance.now();
  const socket = net.connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  socket.write(bytes);
  await new Promise((resolve) => {
    socket.once('close', resolve);
  });
  return { text, ms: performance.now() - began };
}

test('headers that do not come to their end are waited for ten seconds, not forty', async () => {
  const all = await Promise.all(
    Object.values(ports).map((port) => talk(port, 'GET /healthz HTTP/1.1\r\nHost: munim.test\r\nX-Slow: ')),
  );
  for (const { text, ms } of all) {
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(ms * SHORTER).toBeGreaterThan(9_000);
    expect(ms * SHORTER).toBeLessThan(20_000);
  }
}, 60_000);

test('the admin port takes a request that names one host, and no other', async () => {
  const ask = async (hosts: string): Promise<string> =>
    (await talk(ports.admin, `GET /healthz HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`)).text;
  expect(await ask('Host: a\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  for (const hosts of ['Host: a\r\nHost: a\r\n', 'Host: a\r\nHOST: b\r\n', ''])
    expect(await ask(hosts)).toMatch(/^HTTP\/1\.1 400 /);
});
