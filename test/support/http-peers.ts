/** Servers on loopback that play the other side of the HTTP client, and clients of them. */
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpFailure,
  type HttpResponse,
  type HttpResult,
} from '../../platform/http-client';

/** What ends with the test. */
export const closers: (() => Promise<void>)[] = [];

/** Closes every server and client that the test made. */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

/** A TCP server on loopback; `onConnection` plays the other side. */
export async function tcp(
  onConnection: (socket: net.Socket, n: number) => void,
): Promise<{ url: string; port: number; connections: () => number }> {
  let n = 0;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    n += 1;
    onConnection(socket, n);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closers.push(
    () =>
      new Promise((resolve) => {
        for (const s of sockets) s.destroy();
        server.close(() => resolve());
      }),
  );
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, connections: () => n };
}

export async function web(handler: http.RequestListener): Promise<string> {
  const server = http.createServer(handler);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closers.push(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A limit that no test reaches: a call that ends sooner was ended by the limit of its own. */
export const LONG_MS = 60_000;

export function client(baseUrl: string, options: Partial<HttpClientOptions> = {}): HttpClient {
  const c = createHttpClient({
    baseUrl,
    name: 'test',
    connections: 2,
    connectTimeoutMs: LONG_MS,
    headersTimeoutMs: LONG_MS,
    bodyTimeoutMs: LONG_MS,
    totalTimeoutMs: LONG_MS,
    ...options,
  });
  closers.push(() => c.destroy());
  return c;
}

export function failed(result: HttpResult): HttpFailure {
  if (result.ok) throw new Error(`expected a failure, got ${result.status}`);
  return result;
}
export function answered(result: HttpResult): HttpResponse {
  if (!result.ok) throw new Error(`expected an answer, got ${result.reason}`);
  return result;
}
export const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
