import http from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Copies of the API with a hole: a server before it that gives up one check. The attack has to find each of them before
 * its silence about the API itself means anything.
 */
export interface Hole {
  name: string;
  /** The way by which it must be found. */
  way: string;
  /** Changes a request before it goes on. */
  through(request: Passing, of: HoleFacts): Passing;
  /** Repeats: what a request was answered the first time it is answered again. */
  repeats?: (request: Passing) => boolean;
}
export interface Passing {
  method: string;
  path: string;
  authorization: string | undefined;
  body: string;
}
export interface HoleFacts {
  /** Keys of everybody, the victim's first: the copy lets anybody act as its owner. */
  owner: string;
  /** The true access tokens that were seen, the newest last. */
  seen: string[];
}

const as = (request: Passing, key: string): Passing => ({ ...request, authorization: `Bearer ${key}` });
const bearer = ({ authorization = '' }: Passing): string => authorization.replace(/^Bearer /, '');
const isJwt = (token: string): boolean => token.split('.').length === 3;

export const HOLES: readonly Hole[] = [
  {
    name: 'GET /v1/transactions/{id} does not ask whose it is',
    way: "others' ids",
    through: (request, { owner }) =>
      request.method === 'GET' && /^\/v1\/transactions\/txn_\w+$/.test(request.path) && bearer(request) !== ''
        ? as(request, owner)
        : request,
  },
  {
    name: 'GET /v1/transactions lists those of everybody',
    way: 'lists',
    through: (request, { owner }) =>
      request.method === 'GET' && /^\/v1\/transactions(\?|$)/.test(request.path)
        ? as(request, owner)
        : request,
  },
  {
    name: 'POST /v1/user-lookups takes every field',
    way: 'more fields',
    through(request) {
      if (request.path !== '/v1/user-lookups') return request;
      return { ...request, method: 'GET', path: '/v1/me', body: '' };
    },
  },
  {
    name: 'DELETE is taken for GET',
    way: 'other verbs',
    through: (request) => (request.method === 'DELETE' ? { ...request, method: 'GET', body: '' } : request),
  },
  {
    name: 'a slash too many is tidied up behind the check',
    way: 'other paths',
    through: (request, { owner }) =>
      request.path.startsWith('//') ? { ...as(request, owner), path: request.path.slice(1) } : request,
  },
  {
    name: 'signatures are not looked at',
    way: 'tokens',
    through(request, { seen }) {
      const token = bearer(request);
      if (!isJwt(token)) return request;
      return as(request, seen.at(-1) ?? token);
    },
  },
  {
    name: 'a refresh token is good twice',
    way: 'replays',
    through: (request) => request,
    repeats: ({ path }) => path === '/v1/session/refresh',
  },
];

/** Serves the API with the hole until it is closed. */
export async function openHole(
  hole: Hole,
  apiUrl: string,
  owner: string,
): Promise<{ url: string; close: () => Promise<void> }> {
  const facts: HoleFacts = { owner, seen: [] };
  const answers = new Map<string, { status: number; text: string }>();
  const server = http.createServer((incoming, outgoing) => {
    void pass(incoming)
      .then(({ status, text }) => {
        outgoing.writeHead(status, { 'content-type': 'application/json' }).end(text);
      })
      .catch(() => {
        outgoing.writeHead(502).end();
      });
  });
  async function pass(incoming: http.IncomingMessage): Promise<{ status: number; text: string }> {
    const { method = 'GET', url: path = '/', headers } = incoming;
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const asked = {
      method,
      path,
      authorization: headers.authorization,
      body: Buffer.concat(chunks).toString(),
    };
    const key = hole.repeats?.(asked) === true ? `${asked.path} ${asked.body}` : undefined;
    const before = key === undefined ? undefined : answers.get(key);
    if (before !== undefined) return before;
    const through = hole.through(asked, facts);
    const answer = await forward(apiUrl, through, headers);
    for (const [token] of answer.text.matchAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g)) facts.seen.push(token);
    if (key !== undefined) answers.set(key, answer);
    return answer;
  }
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function forward(
  apiUrl: string,
  { method, path, authorization, body }: Passing,
  given: http.IncomingHttpHeaders,
): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(apiUrl);
  const {
    host: _host,
    connection: _connection,
    'content-length': _length,
    authorization: _key,
    ...headers
  } = given;
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        ...{ hostname, port, method, path },
        headers: {
          ...headers,
          ...(authorization === undefined ? {} : { authorization }),
          ...(body === '' ? {} : { 'content-length': Buffer.byteLength(body) }),
        },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          resolve({ status: answer.statusCode ?? 502, text: Buffer.concat(chunks).toString() });
        });
      },
    );
    request.on('error', reject);
    request.end(body === '' ? undefined : body);
  });
}
