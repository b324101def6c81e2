/** HTTP by hand, for what no client would send. */
import net from 'node:net';
import type { Reply } from './platform';

/** Writes the bytes and reads until the server closes, or says nothing for `quietMs`. */
export async function exchange(
  apiUrl: string,
  bytes: string | Buffer | readonly (string | Buffer)[],
  quietMs = 1_500,
): Promise<{ text: string; closed: boolean }> {
  const { port } = new URL(apiUrl);
  const socket = net.connect(Number(port), '127.0.0.1');
  socket.setTimeout(quietMs);
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    const done = (closed: boolean) => (): void => {
      socket.destroy();
      resolve({ text: Buffer.concat(chunks).toString('latin1'), closed });
    };
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('close', done(true));
    socket.on('timeout', done(false));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('connect', () => {
      for (const part of [bytes].flat()) socket.write(part);
    });
  });
}

/** The answers in a text, in order. */
export function answersIn(text: string): Reply[] {
  const replies: Reply[] = [];
  let rest = text;
  while (rest.startsWith('HTTP/1.1 ')) {
    const headEnd = rest.indexOf('\r\n\r\n');
    const lines = rest.slice(0, headEnd).split('\r\n');
    const headers = new Headers(
      lines
        .slice(1)
        .map((line): [string, string] => [
          line.slice(0, line.indexOf(':')),
          line.slice(line.indexOf(':') + 1).trim(),
        ]),
    );
    const length = Number(headers.get('content-length') ?? 0);
    const body = rest.slice(headEnd + 4, headEnd + 4 + length);
    replies.push({
      status: Number(lines[0]!.split(' ')[1]),
      headers,
      text: body,
      body: body.startsWith('{') ? (JSON.parse(body) as Record<string, unknown>) : {},
    });
    rest = rest.slice(headEnd + 4 + length);
  }
  return replies;
}

/** A request as text: method, path and header lines; a body brings its length along unless a header says otherwise. */
export function requestText(line: string, headers: readonly string[], body = ''): string {
  const own =
    headers.some((h) => /^(?:content-length|transfer-encoding):/i.test(h)) || body === ''
      ? []
      : [`Content-Length: ${Buffer.byteLength(body)}`];
  return [`${line} HTTP/1.1`, 'Host: munim.test', ...headers, ...own, '', body].join('\r\n');
}
