import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import getRawBody from 'raw-body';
import { dropRestAfterAnswer } from './rest-of-request';

const LIMIT_BYTES = 65_536;
let server: http.Server;
let socket: net.Socket;
let heard = '';
beforeEach(async () => {
  server = http.createServer((req, res) => {
    dropRestAfterAnswer(req, res);
    getRawBody(req, { limit: LIMIT_BYTES, length: req.headers['content-length'] ?? null }).then(
      (body) => res.end(`read ${body.length}`),
      () => res.writeHead(413).end('too large'),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  heard = '';
  socket.on('data', (chunk: Buffer) => {
    heard += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
});
afterEach(() => {
  socket.destroy();
  server.closeAllConnections();
  server.close();
});

const head = (more: string): string => `POST / HTTP/1.1\r\nHost: x\r\n${more}\r\n\r\n`;
const chunk = (size: number): string => `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`;
const SMALL = `${head('Content-Length: 5')}hello`;
async function untilHeard(text: string): Promise<void> {
  while (!heard.includes(text)) await Promise.race([once(socket, 'data'), once(socket, 'close')]);
}

test.each([
  ['in small chunks', chunk(10_000).repeat(20)],
  ['in one chunk', chunk(200_000)],
  ['that ends just above the limit', chunk(LIMIT_BYTES + 1)],
])('after the 413 of a chunked body %s the next request is answered', async (_, chunks) => {
  socket.write(`${head('Transfer-Encoding: chunked')}${chunks}0\r\n\r\n`);
  await untilHeard('too large');
  socket.write(SMALL);
  await untilHeard('read 5');
  expect(heard.match(/HTTP\/1\.1 (?:413|200)/g)).toHaveLength(2);
});

test('also when the rest comes after the answer, and after a body whose length was told', async () => {
  socket.write(`${head('Transfer-Encoding: chunked')}${chunk(100_000)}`);
  await untilHeard('too large');
  socket.write(`${chunk(100_000)}0\r\n\r\n${head('Content-Length: 100000')}${'x'.repeat(100_000)}${SMALL}`);
  await untilHeard('read 5');
  expect(heard.match(/too large/g)).toHaveLength(2);
});

test('who goes on sending is cut off', async () => {
  socket.write(head('Transfer-Encoding: chunked'));
  // not `once`, which a reset would fail: the cut may be seen as one
  const closed = new Promise((resolve) => {
    socket.on('close', resolve);
  });
  const sending = setInterval(() => socket.write(chunk(60_000)), 1);
  await closed;
  clearInterval(sending);
  expect(heard).toContain('too large');
});
