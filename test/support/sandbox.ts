/**
 * A sandbox for tests, in this process or in one of its own, with a receiver for its callbacks and a client.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Pool } from 'undici';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/app';

export const ACCOUNT = '2323230012345678';
export const WEBHOOK_SECRET = 'rzp_whsec_test';
export const KEY_ID = 'rzp_test_sandbox';
export const KEY_SECRET = 'sandbox secret';

export interface Received {
  event: string;
  eventId: string;
  signature: string;
  raw: string;
  body: { payload: { payout: { entity: Record<string, unknown> } } } & Record<string, unknown>;
  atMs: number;
}

export interface Receiver {
  url: string;
  port: number;
  received: Received[];
  answer: (count: number) => number;
  close(): Promise<void>;
}

/** Receives callbacks; `answer` chooses the status of each answer. */
export async function startReceiver(port = 0): Promise<Receiver> {
  const receiver: Receiver = {
    url: '',
    port: 0,
    received: [],
    answer: () => 200,
    close: async () => undefined,
  };
  const server = http.createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const raw = Buffer.concat(chunks).toString('utf8');
      const body = JSON.parse(raw) as Received['body'];
      receiver.received.push({
        event: String(body.event),
        eventId: String(req.headers['x-razorpay-event-id']),
        signature: String(req.headers['x-razorpay-signature']),
        raw,
        body,
        atMs: Date.now(),
      });
      res.writeHead(receiver.answer(receiver.received.length)).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  receiver.port = (server.address() as AddressInfo).port;
  receiver.url = `http://127.0.0.1:${receiver.port}/callbacks/razorpayx`;
  receiver.close = () =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  return receiver;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Record<string, unknown> & { error?: Record<string, unknown>; items?: Record<string, unknown>[] };
}

export interface Client {
  request(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    options?: { body?: unknown; raw?: string; headers?: Record<string, string>; timeoutMs?: number },
  ): Promise<Answer>;
  /** Creates a fund account whose account number (or VPA) has this ending. */
  fundAccount(ending: string, kind?: 'bank_account' | 'vpa'): Promise<string>;
  payout(fields: Record<string, unknown>, key?: string, timeoutMs?: number): Promise<Answer>;
  close(): Promise<void>;
}

export function createClient(url: string): Client {
  const pool = new Pool(url, { connections: 32 });
  const authorization = `Basic ${Buffer.from(`${KEY_ID}:${KEY_SECRET}`).toString('base64')}`;
  const client: Client = {
    async request(method, requestPath, { body, raw, headers = {}, timeoutMs = 60_000 } = {}) {
      const response = await pool.request({
        method,
        path: requestPath,
        headers: { authorization, 'content-type': 'application/json', ...headers },
        body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
        signal: AbortSignal.timeout(timeoutMs),
      });
      return {
        status: response.statusCode,
        headers: response.headers,
        body: JSON.parse(await response.body.text()) as Answer['body'],
      };
    },
    async fundAccount(ending, kind = 'bank_account') {
      const contact = await client.request('POST', '/v1/contacts', {
        body: { name: 'Test Beneficiary', type: 'vendor', reference_id: `b-${ending}` },
      });
      const details =
        kind === 'vpa'
          ? { vpa: { address: `trader.${ending}@okbank` } }
          : {
              bank_account: {
                name: 'Test Beneficiary',
                ifsc: 'HDFC0000053',
                account_number: `7654321${ending}`,
              },
            };
      const answer = await client.request('POST', '/v1/fund_accounts', {
        body: { contact_id: contact.body.id, account_type: kind, ...details },
      });
      return String(answer.body.id);
    },
    payout: (fields, key = randomUUID(), timeoutMs = 60_000) =>
      client.request('POST', '/v1/payouts', {
        body: { ...PAYOUT, ...fields },
        headers: { 'x-payout-idempotency': key },
        timeoutMs,
      }),
    close: () => pool.destroy(),
  };
  return client;
}

/** RazorpayX's error about the input of a request. */
export const inputError = (field: string | undefined, description: string) => ({
  error: {
    code: 'BAD_REQUEST_ERROR',
    description,
    source: 'business',
    step: null,
    reason: 'input_validation_failed',
    metadata: {},
    ...(field === undefined ? {} : { field }),
  },
});

export const PAYOUT = {
  account_number: ACCOUNT,
  amount: 1_000_000,
  currency: 'INR',
  mode: 'IMPS',
  purpose: 'payout',
  narration: 'Munim payout',
};

export const sandboxOptions = (dir: string, callbackUrl: string): SandboxOptions => ({
  host: '127.0.0.1',
  port: 0,
  dir,
  keyId: KEY_ID,
  keySecret: KEY_SECRET,
  webhookSecret: WEBHOOK_SECRET,
  accountNumber: ACCOUNT,
  accountType: 'razorpayx_lite',
  callbackUrl,
  openingBalancePaise: 1_000_000_000_000n,
  delayMs: 0,
  slowMs: 300,
});

interface Closable {
  close(): Promise<void>;
}
export interface InProcess<C, R> extends Closable {
  sandbox: Sandbox;
  client: C;
  receiver: R;
  dir: string;
}
export type TestSandbox = InProcess<Client, Receiver>;

/** Starts a sandbox in this process with a new book. `close` ends all parts and removes the book. */
export async function startInProcess<C extends Closable, R extends Closable>(
  receiver: R,
  optionsOf: (dir: string) => SandboxOptions,
  clientOf: (url: string) => C,
): Promise<InProcess<C, R>> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-sandbox-'));
  const sandbox = await startSandbox(optionsOf(dir));
  const client = clientOf(sandbox.url);
  return {
    sandbox,
    client,
    receiver,
    dir,
    async close() {
      await client.close();
      await sandbox.close();
      await receiver.close();
      fs.rmSync(dir, { recursive: true, force: true });
    },
  };
}

export async function startTestSandbox(options: Partial<SandboxOptions> = {}): Promise<TestSandbox> {
  const receiver = await startReceiver();
  const optionsOf = (dir: string): SandboxOptions => ({ ...sandboxOptions(dir, receiver.url), ...options });
  return startInProcess(receiver, optionsOf, createClient);
}

/** Compiles the sandbox into a folder, so that it can run, and be killed, as a process of its own. */
export function compileSandbox(outDir: string): string {
  const root = path.resolve(__dirname, '../..');
  const project = path.join(outDir, 'tsconfig.json');
  const compilerOptions = {
    noEmit: false,
    rootDir: root,
    outDir: path.join(outDir, 'dist'),
    types: ['node'],
    typeRoots: [path.join(root, 'node_modules/@types')],
  };
  fs.writeFileSync(
    project,
    JSON.stringify({
      extends: path.join(root, 'tsconfig.json'),
      compilerOptions,
      include: [path.join(root, 'sandbox/**/*.ts')],
      exclude: [path.join(root, 'sandbox/**/*.test.ts')],
    }),
  );
  const tsc = spawnSync(
    process.execPath,
    [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', project],
    { encoding: 'utf8' },
  );
  const main = path.join(outDir, 'dist/sandbox/main.js');
  if (!fs.existsSync(main)) throw new Error(`the sandbox does not compile:\n${tsc.stdout}${tsc.stderr}`);
  return main;
}

export interface SandboxProcess {
  child: ChildProcess;
  url: string;
  output(): string;
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

export const sandboxEnvironment = (dir: string, callbackUrl: string): Record<string, string> => ({
  NODE_ENV: 'test',
  NODE_PATH: path.resolve(__dirname, '../../node_modules'),
  MUNIM_SANDBOX_PORT: '0',
  MUNIM_SANDBOX_DIR: dir,
  MUNIM_SANDBOX_CALLBACK_URL: callbackUrl,
  MUNIM_SANDBOX_SLOW_MS: '300',
  MUNIM_RAZORPAYX_KEY_ID: KEY_ID,
  MUNIM_RAZORPAYX_KEY_SECRET: KEY_SECRET,
  MUNIM_RAZORPAYX_WEBHOOK_SECRET: WEBHOOK_SECRET,
  MUNIM_RAZORPAYX_ACCOUNT_NUMBER: ACCOUNT,
  MUNIM_RAZORPAYX_ACCOUNT_TYPE: 'razorpayx_lite',
});

/** Starts `main.js` and waits until it says where it listens. */
export async function spawnSandbox(main: string, env: Record<string, string>): Promise<SandboxProcess> {
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      resolve(code);
    });
  });
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
      const ready = /"url":"(http:[^"]+)"/.exec(output);
      if (ready !== null) resolve(ready[1]!);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void exited.then((code) => {
      reject(new Error(`the sandbox ended with ${code}: ${output}`));
    });
  });
  return {
    child,
    url,
    output: () => output,
    kill: (signal) => {
      child.kill(signal);
      return exited;
    },
  };
}
