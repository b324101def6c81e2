import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { Connector } from '../../domain/connectors';
import type { InquiryAnswer, ProviderOutcome } from '../../domain/provider/outcome';
import type { BeneficiaryDetails } from '../../domain/beneficiaries/details';
import type { PayoutInstruction } from '../../domain/payouts/port';
import {
  createRazorpayxConnector,
  type RazorpayxConnectorOptions,
} from '../../providers/razorpayx/connector';
import { startSandbox, type Sandbox } from '../../sandbox/app';
import { NEVER_OPENS } from './never-opens';

/** The connector against the sandbox, which shares no code with it: what one says of the contract the other has to understand. */
export const KEYS = {
  keyId: 'rzp_test_contract',
  keySecret: 'contract-secret',
  webhookSecret: 'contract-webhook-secret',
  accountNumber: '7878780080316316',
  accountType: 'razorpayx_lite' as const,
};
export const OPENING_PAISE = 10_000_000_000n;

export interface Delivery {
  headers: Record<string, string | undefined>;
  raw: Buffer;
}

export let sandbox: Sandbox;
export let connector: Connector;
export let dir: string;
export let receiver: http.Server;
export const deliveries: Delivery[] = [];

export async function listen(server: http.Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export function connect(options: Partial<RazorpayxConnectorOptions> = {}): Connector {
  return createRazorpayxConnector({
    ...KEYS,
    baseUrl: `${sandbox.url}/v1`,
    timeouts: { connectMs: 10_000, totalMs: 10_000 },
    breaker: NEVER_OPENS,
    ...options,
  });
}

export async function until<T>(
  probe: () => T | undefined | Promise<T | undefined>,
  what: string,
): Promise<T> {
  const end = Date.now() + 60_000;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new Error(`waited too long for ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 15);
    });
  }
}

export function beneficiary(ending: string, kind: 'bank' | 'vpa' = 'bank'): BeneficiaryDetails {
  return {
    id: randomUUID(),
    name: 'Test Beneficiary',
    account:
      kind === 'bank'
        ? { kind, accountNumber: `50100012${ending}`, ifsc: 'HDFC0000053' }
        : { kind, address: `test${ending}@exampleupi` },
  };
}

export async function instruct(
  ending: string,
  fields: Partial<PayoutInstruction> = {},
  kind: 'bank' | 'vpa' = 'bank',
): Promise<PayoutInstruction> {
  const registered = await connector.payout!.registerBeneficiary(beneficiary(ending, kind));
  if (!registered.ok) throw new Error(registered.outcome.rawStatus);
  return {
    ourReference: randomUUID(),
    idempotencyKey: randomUUID(),
    amountPaise: 150_000n,
    currency: 'INR',
    mode: kind === 'bank' ? 'IMPS' : 'UPI',
    narration: 'Test payout',
    refs: registered.refs,
    ...fields,
  };
}

export const send = (instruction: PayoutInstruction, c: Connector = connector): Promise<ProviderOutcome> =>
  c.payout!.send(instruction, c.payout!.prepare(instruction));
export const byReference = (instruction: PayoutInstruction): Promise<InquiryAnswer> =>
  connector.payout!.inquire({ ourReference: instruction.ourReference });
export const finalByReference = (instruction: PayoutInstruction, kind: string): Promise<InquiryAnswer> =>
  until(async () => {
    const a = await byReference(instruction);
    return a.kind === kind ? a : undefined;
  }, `${kind} by inquiry`);

export async function control(
  method: string,
  route: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const res = await fetch(`${sandbox.url}/__sandbox${route}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await res.json()) as Record<string, unknown>;
}
export async function bookOf(
  instruction: PayoutInstruction,
): Promise<{ requests_seen: number; body_sha256: string[]; net_debit_paise: number }[]> {
  return (await control('GET', `/book/payouts?reference_ids=${instruction.ourReference}`)).items as {
    requests_seen: number;
    body_sha256: string[];
    net_debit_paise: number;
  }[];
}

/** Starts what the tests of a file need, and stops it after them. */
export function useRazorpayxSandbox(): void {
  beforeAll(async () => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-contract-'));
    receiver = http.createServer((req, res) => {
      const chunks: Buffer[] = [];
      req
        .on('data', (c: Buffer) => chunks.push(c))
        .on('end', () => {
          deliveries.push({
            headers: req.headers as Record<string, string | undefined>,
            raw: Buffer.concat(chunks),
          });
          res.end();
        });
    });
    const callbackUrl = `${await listen(receiver)}/callbacks/razorpayx`;
    sandbox = await startSandbox({
      host: '127.0.0.1',
      port: 0,
      dir,
      ...KEYS,
      callbackUrl,
      openingBalancePaise: OPENING_PAISE,
      delayMs: 0,
      slowMs: 150,
    });
    connector = connect();
  });

  afterAll(async () => {
    await connector.close();
    await sandbox.close();
    await new Promise<void>((resolve) => {
      receiver.closeAllConnections();
      receiver.close(() => resolve());
    });
    fs.rmSync(dir, { recursive: true, force: true });
  });
}
