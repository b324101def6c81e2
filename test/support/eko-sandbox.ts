/** A sandbox with Eko, a receiver for its callbacks, and a client that signs like a partner's backend. */
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Pool } from 'undici';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/app';
import { sandboxOptions } from './sandbox';

export const DEVELOPER_KEY = 'developer_key_for_tests';
export const ACCESS_KEY = 'access key for tests';
export const INITIATOR = '9962981729';
export const USER_CODE = '20810200';
export const OPENING_PAISE = 100_000_000_00n;
export const AADHAAR_BLOCK = Buffer.alloc(256, 7).toString('base64');
export const PID_BLOCK =
  "<?xml version='1.0'?><PidData><Resp errCode='0' errInfo='Capture Success' fType='2' nmPoints='52'/>" +
  "<DeviceInfo dpId='X' mc='planted-certificate'/><Data type='X'>planted-biometrics</Data></PidData>";
export const LATLONG = '28.6139,77.2090';

export type Json = Record<string, unknown>;
export interface EkoAnswer {
  http: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  body: Json & {
    status?: number;
    response_type_id?: number;
    data: Json & { tid?: string; otp_ref_id?: string };
  };
}

/** The signature, implemented from the docs independently of the sandbox. */
export const signedHeaders = (timestampMs: number, accessKey = ACCESS_KEY): Record<string, string> => ({
  developer_key: DEVELOPER_KEY,
  'secret-key': createHmac('sha256', Buffer.from(accessKey).toString('base64'))
    .update(String(timestampMs))
    .digest('base64'),
  'secret-key-timestamp': String(timestampMs),
});

let references = 0;
/** A new client_ref_id. */
export const newReference = (): string =>
  `T${Date.now().toString(36)}${(references += 1).toString(36)}`.slice(0, 20);

export interface RequestOptions {
  timeoutMs?: number;
  headers?: Record<string, string>;
  raw?: string;
  shiftMs?: number;
  bare?: boolean;
}

export interface EkoClient {
  /** Sends a signed request under /ekoapi/v3. Adds `initiator_id` and `user_code` unless `bare`. */
  call(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    fields?: Json,
    options?: RequestOptions,
  ): Promise<EkoAnswer>;
  control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: Json): Promise<EkoAnswer>;
  otpOf(ref: unknown): Promise<string>;
  close(): Promise<void>;
}

export function createEkoClient(url: string): EkoClient {
  const pool = new Pool(url, { connections: 32 });
  async function send(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    target: string,
    body: string | undefined,
    { headers, timeoutMs }: { headers: Record<string, string>; timeoutMs: number },
  ): Promise<EkoAnswer> {
    const response = await pool.request({
      method,
      path: target,
      headers,
      body,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.body.text();
    const isJson = text.startsWith('{') && text.endsWith('}');
    return {
      http: response.statusCode,
      headers: response.headers,
      text,
      body: (isJson ? JSON.parse(text) : {}) as EkoAnswer['body'],
    };
  }
  const client: EkoClient = {
    call(
      method,
      target,
      fields = {},
      { timeoutMs = 60_000, headers = {}, raw, shiftMs = 0, bare = false } = {},
    ) {
      const all: Json = bare ? fields : { initiator_id: INITIATOR, user_code: USER_CODE, ...fields };
      const query =
        method === 'GET'
          ? `?${new URLSearchParams(Object.entries(all).map(([k, v]): [string, string] => [k, String(v)])).toString()}`
          : '';
      return send(
        method,
        `/ekoapi/v3${target}${query}`,
        method === 'GET' ? undefined : (raw ?? JSON.stringify(all)),
        {
          headers: { 'content-type': 'application/json', ...signedHeaders(Date.now() + shiftMs), ...headers },
          timeoutMs,
        },
      );
    },
    control: (method, target, body) =>
      send(method, `/__sandbox/eko${target}`, body === undefined ? undefined : JSON.stringify(body), {
        headers: { 'content-type': 'application/json' },
        timeoutMs: 10_000,
      }),
    async otpOf(ref) {
      const { body } = await client.control('GET', '/otps');
      return String((body.items as Json[]).find((item) => item.otp_ref_id === ref)?.otp);
    },
    close: () => pool.destroy(),
  };
  return client;
}

export interface EkoReceiver {
  url: string;
  received: Json[];
  raw: string[];
  answer: (count: number) => number;
  close(): Promise<void>;
}

export async function startEkoReceiver(): Promise<EkoReceiver> {
  const receiver: EkoReceiver = {
    url: '',
    received: [],
    raw: [],
    answer: () => 200,
    close: async () => undefined,
  };
  const server = http.createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      receiver.raw.push(text);
      receiver.received.push(JSON.parse(text) as Json);
      res.writeHead(receiver.answer(receiver.received.length)).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callbacks/eko`;
  receiver.close = () =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  return receiver;
}

export interface EkoSandbox {
  sandbox: Sandbox;
  client: EkoClient;
  receiver: EkoReceiver;
  dir: string;
  restart(): Promise<void>;
  close(): Promise<void>;
}

export const ekoOptions = (callbackUrl: string) => ({
  developerKey: DEVELOPER_KEY,
  accessKey: ACCESS_KEY,
  initiatorId: INITIATOR,
  userCode: USER_CODE,
  callbackUrl,
  openingBalancePaise: OPENING_PAISE,
});

/** Starts a sandbox in this process with a new book. */
export async function startEkoSandbox(
  options: Partial<SandboxOptions> & { openingPaise?: bigint } = {},
): Promise<EkoSandbox> {
  const { openingPaise = OPENING_PAISE, ...others } = options;
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-sandbox-eko-'));
  const receiver = await startEkoReceiver();
  const start = () =>
    startSandbox({
      ...sandboxOptions(dir, 'http://127.0.0.1:9/nowhere'),
      slowMs: 600,
      eko: { ...ekoOptions(receiver.url), openingBalancePaise: openingPaise },
      ...others,
    });
  const t: EkoSandbox = {
    sandbox: await start(),
    receiver,
    dir,
    client: undefined as unknown as EkoClient,
    async restart() {
      await t.client.close();
      await t.sandbox.close();
      t.sandbox = await start();
      t.client = createEkoClient(t.sandbox.url);
    },
    async close() {
      await t.client.close();
      await t.sandbox.close();
      await receiver.close();
      fs.rmSync(dir, { recursive: true, force: true });
    },
  };
  t.client = createEkoClient(t.sandbox.url);
  return t;
}

export const SENDER_FIELDS = {
  name: 'Test Sender',
  dob: '1990-05-15',
  residence_address: JSON.stringify({
    line: 'Test Street',
    city: 'Indore',
    state: 'Madhya Pradesh',
    pincode: '452001',
  }),
};

let mobiles = 0;
/** A new mobile number, with a given ending. */
export const newMobile = (ending = '0000'): string =>
  `9${String(10_000 + (mobiles += 1)).slice(-5)}${ending}`;

/** Enrols a sender with full KYC. */
export async function activeSender(client: EkoClient, mobile = newMobile()): Promise<string> {
  const at = `/customer/payment/dmt-fino/sender/${mobile}`;
  await client.call('POST', at, SENDER_FIELDS);
  const started = await client.call('PUT', `${at}/otp`, { aadhar: AADHAAR_BLOCK, piddata: PID_BLOCK });
  const { otp_ref_id: ref, kyc_request_id: kyc } = started.body.data;
  const done = await client.call('PUT', `${at}/otp/verify`, {
    otp: await client.otpOf(ref),
    otp_ref_id: ref,
    kyc_request_id: kyc,
  });
  if (done.body.response_type_id !== 2132) throw new Error(`no sender: ${done.text}`);
  return mobile;
}

let accounts = 0;
/** Adds a recipient with a new account number that has this ending. */
export async function newRecipient(
  client: EkoClient,
  sender: string,
  ending = '0000',
): Promise<{ id: number; account: string }> {
  const account = `38${String(1_000_000 + (accounts += 1)).slice(1)}${ending}`;
  const added = await client.call('POST', `/customer/payment/dmt-fino/sender/${sender}/recipient`, {
    recipient_mobile: '9002331157',
    recipient_name: 'Test Recipient',
    ifsc: 'SBIN0007515',
    account,
  });
  return { id: Number(added.body.data.recipient_id), account };
}

export interface TransferFields {
  customer_id: string;
  recipient_id: number;
  amount: number;
  client_ref_id: string;
}

/** Requests an OTP and sends the transfer with it; `fields` replace what is sent. */
export async function transfer(
  client: EkoClient,
  { customer_id: sender, recipient_id: recipient, amount, client_ref_id: ref }: TransferFields,
  fields: Json = {},
  options: RequestOptions = {},
): Promise<EkoAnswer> {
  const sent = await client.call('POST', '/customer/payment/dmt-fino/otp', {
    customer_id: sender,
    recipient_id: recipient,
    amount,
  });
  const otpRef = sent.body.data.otp_ref_id;
  return client.call(
    'POST',
    '/customer/payment/dmt-fino',
    {
      customer_id: sender,
      recipient_id: recipient,
      amount,
      client_ref_id: ref,
      otp: await client.otpOf(otpRef),
      otp_ref_id: otpRef,
      ...fields,
    },
    options,
  );
}

export const inquire = (client: EkoClient, reference: string): Promise<EkoAnswer> =>
  client.call('GET', `/tools/reference/transaction/${reference}`);
export const byReference = (client: EkoClient, ref: string): Promise<EkoAnswer> =>
  inquire(client, `client_ref_id:${ref}`);
export const summaryOf = async (client: EkoClient): Promise<Json> =>
  (await client.control('GET', '/book/summary')).body;
