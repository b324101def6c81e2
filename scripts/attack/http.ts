import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

export interface Shot {
  method: string;
  /** As it goes over the wire: nothing is tidied up. */
  path: string;
  token?: string | undefined;
  headers?: Readonly<Record<string, string>>;
  body?: object | string | undefined;
}
export interface Hit {
  status: number;
  text: string;
  /** Of an object of JSON, else empty. */
  body: Readonly<Record<string, unknown>>;
}

/** Sends requests to one API and counts them. */
export interface Gun {
  shoot(shot: Shot): Promise<Hit>;
  /** How many were sent. */
  readonly sent: number;
  close(): void;
}

const TRIES = 8;
const LONGEST_WAIT_S = 12;
const TIMEOUT_MS = 60_000;

/** Whoever is told to wait waits, some times: limits are no finding, and hide none. */
export function createGun(apiUrl: string): Gun {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
  let sent = 0;
  return {
    get sent() {
      return sent;
    },
    close: () => {
      agent.destroy();
    },
    async shoot(shot) {
      for (let tries = 1; ; tries += 1) {
        sent += 1;
        const { hit, waitS } = await exchange(apiUrl, agent, shot);
        if (waitS === undefined || tries >= TRIES || waitS > LONGEST_WAIT_S) return hit;
        await pause(Math.max(waitS, 0.2) * 1_000);
      }
    },
  };
}

function exchange(
  apiUrl: string,
  agent: http.Agent,
  { method, path, token, headers = {}, body }: Shot,
): Promise<{ hit: Hit; waitS: number | undefined }> {
  const content = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const { hostname, port } = new URL(apiUrl);
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        ...{ agent, hostname, port, method, path, timeout: TIMEOUT_MS },
        headers: {
          ...(content === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const status = answer.statusCode ?? 0;
          const text = Buffer.concat(chunks).toString();
          const mayWait = status === 429 || (status === 503 && text.includes('SERVICE_UNAVAILABLE'));
          resolve({
            hit: { status, text, body: jsonOf(text) },
            waitS: mayWait ? Number(answer.headers['retry-after'] ?? 1) : undefined,
          });
        });
      },
    );
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', reject);
    request.end(content);
  });
}

function jsonOf(text: string): Readonly<Record<string, unknown>> {
  if (!text.startsWith('{')) return {};
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** It broke. That a provider is not there, or is not set up, is no fault of the API. */
export const isBroken = ({ status, body }: Hit): boolean =>
  status >= 500 && !String(body.code).startsWith('PROVIDER_');

export const isIn = ({ status }: Hit): boolean => status >= 200 && status < 300;
