/**
 * Values that break what was not built for them, in every field, path and header of money transfers: a
 * refusal with a code or an answer, never a fault of ours.
 */
import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import * as fc from 'fast-check';
import { rows } from '../../../platform/database';
import type { ErrorCode } from '../../../domain/error-codes';
import { createLog } from '../../../platform/logger';
import { closeWithCleanBooks } from '../../support/books';
import { freshPid, phoneCheck } from '../../support/dmt-bodies';
import { inParallel } from '../../support/hostile-http';
import { HOSTILE_TEXTS, HOSTILE_TOKENS } from '../../support/hostile-values';
import { startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectNothingInside, expectProblem } from '../../support/problems';
import {
  createScriptedDmt,
  deskRefused,
  GOOD_OTP,
  sentOk,
  type ScriptedDmt,
} from '../../support/scripted-dmt';
import { until } from '../../support/until';

const AADHAAR = '999941057058';
const MOBILE = '9876543210';
const MARK = randomUUID();

let p: Platform;
let eko: ScriptedDmt;
let apiKey: string;
let sender: string;
/** For enrolment and eKYC, which change what a sender may do. */
let fresh: string;
let recipient: string;
const errors: string[] = [];
beforeAll(async () => {
  eko = createScriptedDmt();
  eko.onSend = () => sentOk();
  const log = createLog({
    process: 'test',
    level: 'error',
    destination: new Writable({
      write(chunk: Buffer, _encoding, done) {
        errors.push(chunk.toString('utf8'));
        done();
      },
    }),
  });
  p = await startPlatform({ log, connectors: [eko] });
  ({ apiKey } = await p.user(100_000_000n));
  eko.profiles.set(MOBILE, { state: 'active', name: null, remainingPaise: null });
  sender = (await post('/v1/dmt/senders', { mobile: MOBILE })).body.id as string;
  fresh = (await post('/v1/dmt/senders', { mobile: '9876543211' })).body.id as string;
  for (const [url, body] of phoneCheck(sender)) await post(url, body);
  recipient = (await post(`/v1/dmt/senders/${sender}/recipients`, RECIPIENT)).body.id as string;
});
afterAll(async () => {
  await closeWithCleanBooks(p.c.knex, p);
});

const RECIPIENT = {
  name: 'Test Recipient',
  mobile: '9123456780',
  ifsc: 'SBIN0000001',
  account_number: '000111220000',
};
const post = (url: string, body: unknown): Promise<Reply> =>
  p.call('POST', url, {
    key: apiKey,
    body,
    headers: { 'idempotency-key': randomUUID(), 'content-type': 'application/json' },
  });

interface Target {
  name: string;
  url(): string;
  body(): Record<string, unknown>;
  fields: readonly string[];
}
const TARGETS: readonly Target[] = [
  {
    name: 'senders',
    url: () => '/v1/dmt/senders',
    body: () => ({ mobile: MOBILE }),
    fields: ['mobile', 'unknown'],
  },
  {
    name: 'enrolment',
    url: () => `/v1/dmt/senders/${fresh}/enrolment`,
    body: () => ({
      name: 'Test Remitter',
      born_on: '1990-02-28',
      address: {
        line: '12, Test Street',
        city: 'Pune',
        state: 'Maharashtra',
        pincode: '411001',
        district: 'Pune',
      },
    }),
    fields: [
      'name',
      'born_on',
      'address',
      'address.line',
      'address.city',
      'address.state',
      'address.pincode',
      'address.district',
      'address.unknown',
    ],
  },
  {
    name: 'ekyc',
    url: () => `/v1/dmt/senders/${fresh}/ekyc`,
    body: () => ({ aadhaar: AADHAAR, pid: freshPid() }),
    fields: ['aadhaar', 'pid'],
  },
  {
    name: 'ekyc/verification',
    url: () => `/v1/dmt/senders/${fresh}/ekyc/verification`,
    body: () => ({ otp: GOOD_OTP }),
    fields: ['otp'],
  },
  {
    name: 'phone-otp/verification',
    url: () => `/v1/dmt/senders/${fresh}/phone-otp/verification`,
    body: () => ({ otp: GOOD_OTP }),
    fields: ['otp'],
  },
  {
    name: 'recipients',
    url: () => `/v1/dmt/senders/${sender}/recipients`,
    body: () => ({ ...RECIPIENT }),
    fields: ['name', 'mobile', 'ifsc', 'account_number'],
  },
  {
    name: 'transfer-otps',
    url: () => `/v1/dmt/senders/${sender}/transfer-otps`,
    body: () => ({ recipient, amount: 200_000 }),
    fields: ['recipient', 'amount'],
  },
  {
    name: 'transfers',
    url: () => '/v1/dmt/transfers',
    body: () => ({
      sender,
      recipient,
      reference: `ref-${randomUUID().slice(0, 18)}`,
      currency: 'INR',
      parts: [{ amount: 200_000, otp_reference: `otp_${'0'.repeat(26)}`, otp: GOOD_OTP }],
    }),
    fields: [
      'sender',
      'recipient',
      'reference',
      'currency',
      'parts',
      'parts.0',
      'parts.0.amount',
      'parts.0.otp_reference',
      'parts.0.otp',
      'parts.0.unknown',
      '__proto__',
    ],
  },
  {
    name: 'refund-otp',
    url: () => `/v1/transactions/txn_${'0'.repeat(26)}/refund-otp`,
    body: () => ({}),
    fields: ['unknown', '__proto__'],
  },
  {
    name: 'refund',
    url: () => `/v1/transactions/txn_${'0'.repeat(26)}/refund`,
    body: () => ({ otp: GOOD_OTP, otp_reference: `otp_${'0'.repeat(26)}` }),
    fields: ['otp', 'otp_reference'],
  },
];

function expectSane(reply: Reply): void {
  if (reply.status < 200 || reply.status >= 500)
    throw new Error(`answered ${reply.status}: ${reply.text.slice(0, 300)}`);
  expectNothingInside(reply.text);
  if (reply.status >= 400) expectProblem(reply, reply.body.code as ErrorCode);
}
/** The body with one field, by its path, replaced by a raw JSON token. */
function bodyWith(target: Target, field: string, token: string): string {
  const path = field.split('.');
  const replace = (value: unknown, [head, ...rest]: string[]): unknown => {
    const next = rest.length === 0 ? MARK : replace((value as Record<string, unknown>)[head!], rest);
    if (Array.isArray(value)) return value.map((item: unknown, i) => (String(i) === head ? next : item));
    return Object.fromEntries([
      ...Object.entries(value as object).filter(([k]) => k !== head),
      [head!, next],
    ]);
  };
  return JSON.stringify(replace(target.body(), path)).replace(JSON.stringify(MARK), () => token);
}

describe.each(TARGETS)('hostile values in $name', (target) => {
  it.each(target.fields)('%s', async (field) => {
    await inParallel(HOSTILE_TOKENS, async (token) => {
      expectSane(await post(target.url(), bodyWith(target, field, token)));
    });
  });

  it('that nobody thought of, and nearly right ones', async () => {
    const anything = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^[a-z]{3}_[0-9a-z]{24,28}$/),
      fc.stringMatching(/^\d{4,20}$/),
      fc.stringMatching(/^(?:19|20)\d\d-\d\d-\d\d$/),
      fc.stringMatching(/^[A-Za-z0-9 .,'&()/#-]{0,125}$/),
      fc.integer({ min: -10, max: 10_000_000 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...target.fields), anything, async (field, value) => {
        expectSane(await post(target.url(), bodyWith(target, field, JSON.stringify(value) ?? 'null')));
      }),
      { numRuns: 60 },
    );
  });
});

it('hostile ids in paths', async () => {
  const encoded = (text: string): string =>
    encodeURIComponent(Buffer.from(text).toString()).replaceAll('%EF%BF%BD', '%ED%A0%80');
  await inParallel(
    HOSTILE_TEXTS.filter((t) => t.length < 3_000),
    async (value) => {
      for (const path of [
        `/v1/dmt/senders/${encoded(value)}`,
        `/v1/dmt/senders/snd_${encoded(value)}/recipients`,
        `/v1/dmt/transfers/${encoded(value)}`,
      ])
        expectSane(await p.call('GET', path, { key: apiKey }));
      expectSane(await post(`/v1/transactions/${encoded(value)}/refund`, { otp: GOOD_OTP }));
      expectSane(await p.call('GET', `/v1/dmt/senders/${sender}?${encoded(value)}=1`, { key: apiKey }));
    },
  );
});

it('a provider that answers with hostile texts', async () => {
  await inParallel(
    HOSTILE_TEXTS.filter((t) => t.length < 9_000 && !t.includes('\0')),
    async (text) => {
      const ref = `r${Math.floor(Math.random() * 1e12)}`;
      eko.people.set(MOBILE, [
        { ref, name: text, bank: text, ifsc: text, accountNumber: text, mobile: text, isVerified: true },
      ]);
      const reply = await p.call('GET', `/v1/dmt/senders/${sender}/recipients`, { key: apiKey });
      expect({ text, status: reply.status }).toEqual({ text, status: 200 });
      eko.onDesk = (call) => (call === 'sendTransferOtp' ? deskRefused(text) : undefined);
      expectProblem(
        await post(`/v1/dmt/senders/${sender}/transfer-otps`, { recipient, amount: 200_000 }),
        'DMT_REFUSED',
      );
    },
  );
  eko.onDesk = () => undefined;
});

it('odd and within every rule: paid like any other', async () => {
  for (const reference of ['null', 'constructor', 'a/../../b', '0', 'R'.repeat(40)]) {
    const { parts } = (await post(`/v1/dmt/senders/${sender}/transfer-otps`, { recipient, amount: 100 }))
      .body as { parts: { amount: number; otp_reference: string }[] };
    const reply = await post('/v1/dmt/transfers', {
      sender,
      recipient,
      reference,
      currency: 'INR',
      parts: parts.map(({ amount, otp_reference }) => ({ amount, otp_reference, otp: '0000' })),
    });
    expect([reference, reply.status]).toEqual([reference, 202]);
    await until(
      async () => (await p.call('GET', `/v1/dmt/transfers/${reply.body.id as string}`, { key: apiKey })).body,
      (b) => b.status === 'SUCCESS',
    );
  }
});

it('left no error of ours in the log, and nothing half stored', async () => {
  expect(errors.map((line) => line.slice(0, 400))).toEqual([]);
  expect(
    await rows(
      p.c.knex,
      'select t.id from transactions t left join dmt_transfers d on d.transaction_id = t.id where d.transaction_id is null',
    ),
  ).toEqual([]);
});
