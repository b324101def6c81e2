import { openBody } from '../../../domain/callbacks/sealed';
import { transactionId, type TransactionId } from '../../../domain/ids/ids';
import { createHash } from 'node:crypto';
import { execute, rows } from '../../../platform/database';
import { publicId } from '../../../platform/ids';
import { eventId, factsOf, payoutEvent, postCallback, sign, type PayoutFacts } from '../../support/callbacks';
import { startPlatform, type Platform } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { answersIn, exchange, requestText } from '../../support/raw-http';
import { until } from '../../support/until';

interface Stored {
  id: string;
  eventKey: string;
  verdict: string;
  state: string;
  event: string | null;
  result: string | null;
  transactionId: TransactionId | null;
  bodySealed: string;
  headers: Record<string, string>;
}

let p: Platform;
let user: Awaited<ReturnType<Platform['user']>>;
beforeAll(async () => {
  p = await startPlatform({ sandbox: { slowMs: 60_000 } }); // '2222' stays open as long as we need it
  user = await p.user(10_000_000_000n);
  await fetch(`${p.sandbox.url}/__sandbox/settings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ callbacks_on: false }),
  });
});
afterAll(async () => {
  await p.close();
});

const stored = (key: string): Promise<Stored[]> =>
  rows(
    p.c.knex,
    `
  select id, event_key as "eventKey", verdict, state, event, result, transaction_id as "transactionId",
  body_sealed as "bodySealed", headers from callbacks where event_key = ?`,
    [key],
  );
const count = async (): Promise<number> =>
  (await rows<{ n: number }>(p.c.knex, 'select count(*)::int as n from callbacks'))[0]!.n;
const processed = async (key: string): Promise<Stored> =>
  (
    await until(
      () => stored(key),
      (s) => s.length === 1 && s[0]!.state === 'processed',
    )
  )[0]!;
const casesOf = (subject: string): Promise<{ kind: string; summary: string }[]> =>
  rows(p.c.knex, 'select kind, summary from ops_cases where subject = ? order by opened_at', [subject]);
const show = async (id: string): Promise<Record<string, unknown>> =>
  (await p.call('GET', `/v1/transactions/${id}`, { key: user.apiKey })).body;
const digest = (raw: string | Buffer): string => `forged:${createHash('sha256').update(raw).digest('hex')}`;

/** A payout that the provider has, and has not finished. */
async function open(): Promise<PayoutFacts & { transaction: string; uuid: string }> {
  const transaction = (await p.payout(user.apiKey, '2222')).body.id as string;
  const facts = await until(
    () => factsOf(p, transactionId(transaction)),
    (f) => f !== undefined,
  );
  const [row] = await rows<{ uuid: string }>(
    p.c.knex,
    'select transaction_id as uuid from dispatch_attempts where our_reference = ?',
    [facts!.reference],
  );
  return { ...facts!, transaction, uuid: row!.uuid };
}

describe('a callback with a good signature', () => {
  it('is stored before it is answered, sealed, and decides', async () => {
    const facts = await open();
    const [key, raw] = [eventId(), payoutEvent('payout.processed', facts)];
    const reply = await postCallback(p, raw, {
      eventId: key,
      headers: { cookie: 'a=b', authorization: 'Bearer x', 'user-agent': 'Razorpay-Webhook/v1' },
    });
    expect([reply.status, reply.body]).toEqual([200, { received: true, duplicate: false }]);
    const [row] = await stored(key);
    expect(row).toMatchObject({
      verdict: 'signed',
      bodySealed: expect.stringMatching(/^v1\./),
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Razorpay-Webhook/v1',
        'x-razorpay-event-id': key,
      },
    });
    expect(Object.keys(row!.headers)).toHaveLength(3);
    expect(await p.final(user.apiKey, facts.transaction)).toMatchObject({
      status: 'SUCCESS',
      utr: '000012345678',
    });
    expect(await processed(key)).toMatchObject({
      event: 'payout.processed',
      result: 'apply',
      transactionId: facts.uuid,
    });
  });

  it('P4 is stored once however often it comes, one after the other or all at once', async () => {
    const facts = await open();
    const [key, raw] = [eventId(), payoutEvent('payout.processed', facts)];
    const replies = await Promise.all(
      Array.from({ length: 40 }, () => postCallback(p, raw, { eventId: key })),
    );
    expect(replies.map((r) => r.status)).toEqual(Array(40).fill(200));
    expect(replies.filter((r) => r.body.duplicate === false)).toHaveLength(1);
    expect((await postCallback(p, raw, { eventId: key })).body).toEqual({ received: true, duplicate: true });
    expect(await stored(key)).toHaveLength(1);
    await p.final(user.apiKey, facts.transaction);
    // the same bytes under another event id are the same callback
    const fresh = eventId();
    expect((await postCallback(p, raw, { eventId: fresh })).body).toEqual({
      received: true,
      duplicate: true,
    });
    expect(await stored(fresh)).toEqual([]);
    // the same news in other bytes, and old news after it, change nothing
    for (const [again, result] of [
      [`${payoutEvent('payout.processed', facts)} `, 'repeat'],
      [payoutEvent('payout.initiated', facts, { status: 'processing' }), 'note'],
    ] as const) {
      const other = eventId();
      await postCallback(p, again, { eventId: other });
      expect([result, 'stale']).toContain((await processed(other)).result);
    }
    expect(await show(facts.transaction)).toMatchObject({ status: 'SUCCESS' });
    const settled = await rows<{ n: number }>(
      p.c.knex,
      "select count(*)::int as n from ledger_transfers where transaction_id = ? and code = 'principal'",
      [facts.uuid],
    );
    expect(settled[0]!.n).toBe(1);
  });

  it('ends a transaction as failed, and gives the money back', async () => {
    const facts = await open();
    await postCallback(p, payoutEvent('payout.failed', facts));
    expect(await p.final(user.apiKey, facts.transaction)).toMatchObject({
      status: 'FAILED',
      status_reason: 'BENEFICIARY_ACCOUNT_INVALID',
      provider_reason: 'bank_account_invalid',
      utr: null,
    });
  });

  it('reverses a success', async () => {
    const facts = await open();
    await postCallback(p, payoutEvent('payout.processed', facts));
    await p.final(user.apiKey, facts.transaction);
    await postCallback(p, payoutEvent('payout.reversed', facts, { fees: 354, tax: 54 }));
    await until(
      () => show(facts.transaction),
      (t) => t.status === 'REVERSED',
    );
    const [sum] = await rows<{ sum: bigint }>(
      p.c.knex,
      'select sum(credits_paise - debits_paise)::int8 as sum from ledger_accounts',
    );
    expect(sum!.sum).toBe(0n);
  });

  it('takes any content type: what counts is the bytes', async () => {
    for (const type of ['text/plain', 'application/octet-stream', '']) {
      const key = eventId();
      expect(
        (
          await postCallback(
            p,
            `{"entity":"event","event":"transaction.created","payload":{"type":"${type}"}}`,
            {
              eventId: key,
              headers: { 'content-type': type },
            },
          )
        ).status,
      ).toBe(200);
      expect((await processed(key)).result).toBe('no_transaction');
    }
  });

  it('without an event id goes by its bytes', async () => {
    const raw = `{"entity":"event","event":"transaction.created","payload":{"at":"${eventId()}"}}`;
    for (const odd of ['', '!', 'x'.repeat(65), 'forged:x']) {
      expect((await postCallback(p, raw, { headers: { 'x-razorpay-event-id': odd } })).body.duplicate).toBe(
        odd !== '',
      );
    }
    expect(await stored(createHash('sha256').update(raw).digest('hex'))).toHaveLength(1);
  });
});

describe('a callback with a bad signature', () => {
  it('is refused with 401 and kept in quarantine, once for the same bytes', async () => {
    const facts = await open();
    const raw = payoutEvent('payout.processed', facts, { amount: 1 });
    const good = sign(raw);
    const flipped = (good.startsWith('0') ? '1' : '0') + good.slice(1);
    for (const signature of [
      null,
      '',
      'x',
      flipped,
      good.toUpperCase().replace(/[0-9]/g, 'A'),
      good.slice(0, 63),
      `${good}0`,
      sign(`${raw} `),
      sign(raw, 'another secret'),
      createHash('sha256').update(raw).digest('hex'),
      `${good}, ${good}`,
      `sha256=${good}`,
      'null',
      '0'.repeat(64),
    ]) {
      expectProblem(await postCallback(p, raw, { signature }), 'CALLBACK_SIGNATURE_INVALID');
    }
    const [row, ...more] = await stored(digest(raw));
    expect(more).toEqual([]);
    expect(row).toMatchObject({
      verdict: 'forged',
      state: 'quarantined',
      result: null,
      transactionId: null,
      bodySealed: expect.stringMatching(/^v1\./),
    });
    expect(await show(facts.transaction)).toMatchObject({ status: 'PENDING' });
  });

  it('keeps no more than its beginning: anybody may send one', async () => {
    for (const [length, kept] of [
      [8_192, 8_192],
      [200_000, 8_192],
    ] as const) {
      const raw = `{"a":"${'x'.repeat(length - 8)}"}`;
      expectProblem(await postCallback(p, raw, { signature: null }), 'CALLBACK_SIGNATURE_INVALID');
      const [row] = await stored(digest(raw));
      expect(openBody(p.c.cipher, row!.bodySealed, row!.id).toString()).toBe(raw.slice(0, kept));
    }
  });

  it('two signature headers are none', async () => {
    const raw = '{"entity":"event"}';
    const bytes = requestText(
      'POST /callbacks/razorpayx',
      [`X-Razorpay-Signature: ${sign(raw)}`, `X-Razorpay-Signature: ${sign(raw)}`, 'Connection: close'],
      raw,
    );
    expectProblem(answersIn((await exchange(p.apiUrl, bytes)).text)[0]!, 'CALLBACK_SIGNATURE_INVALID');
  });

  it('P4 does not keep the real one out, though it names its event id, its bytes or both', async () => {
    for (const how of ['other bytes', 'same bytes'] as const) {
      const facts = await open();
      const [key, raw] = [eventId(), payoutEvent('payout.processed', facts)];
      const forged = how === 'same bytes' ? raw : payoutEvent('payout.failed', facts);
      for (const id of [key, createHash('sha256').update(raw).digest('hex')])
        expectProblem(
          await postCallback(p, forged, { eventId: id, signature: 'f'.repeat(64) }),
          'CALLBACK_SIGNATURE_INVALID',
        );
      expect((await postCallback(p, raw, { eventId: key })).body).toEqual({
        received: true,
        duplicate: false,
      });
      expect(await p.final(user.apiKey, facts.transaction)).toMatchObject({ status: 'SUCCESS' });
      expect(await stored(key)).toMatchObject([{ verdict: 'signed' }]);
      expect(await stored(digest(forged))).toMatchObject([{ state: 'quarantined' }]);
    }
  });

  it('is told nothing of what a good one would be', async () => {
    const reply = await postCallback(p, '{"a":1}', { signature: '0'.repeat(64) });
    expect(reply.text).not.toContain(sign('{"a":1}').slice(0, 8));
    expect((await p.call('POST', '/callbacks/razorpayx', { body: '{}' })).headers.get('content-type')).toBe(
      'application/problem+json',
    );
  });
});

describe('what is not a callback at all', () => {
  it.each([
    'paytm',
    'RAZORPAYX',
    'razorpay',
    '__proto__',
    'constructor',
    'toString',
    '%00',
    'razorpayx%2f',
    'x'.repeat(300),
    "'--",
  ])('an unknown provider: %s', async (provider) => {
    const before = await count();
    expectProblem(
      await postCallback(p, '{}', {
        provider: provider.includes('%') ? provider : encodeURIComponent(provider),
      }),
      'PROVIDER_UNKNOWN',
    );
    expect(await count()).toBe(before);
  });

  it('more than 256 kB, signed or not', async () => {
    const before = await count();
    const raw = JSON.stringify({ entity: 'event', pad: 'x'.repeat(262_144) });
    expectProblem(await postCallback(p, raw), 'REQUEST_TOO_LARGE');
    expectProblem(await postCallback(p, raw, { signature: null }), 'REQUEST_TOO_LARGE');
    expect(await count()).toBe(before);
    const key = eventId();
    expect((await postCallback(p, raw.slice(0, 262_144), { eventId: key })).status).toBe(200);
    expect((await processed(key)).result).toBe('malformed');
  });

  it('compressed bytes', async () => {
    expectProblem(
      await postCallback(p, '{}', { headers: { 'content-encoding': 'gzip' } }),
      'REQUEST_MEDIA_TYPE_UNSUPPORTED',
    );
  });
  it('a parameter is no matter: it is not signed, and not looked at', async () => {
    const raw = '{"entity":"event","event":"transaction.created","payload":{}}';
    expect(
      (
        await p.call('POST', '/callbacks/razorpayx?signature=ok', {
          body: raw,
          headers: { 'x-razorpay-signature': sign(raw), 'x-razorpay-event-id': eventId() },
        })
      ).status,
    ).toBe(200);
  });
});

describe('P5 a signed callback that we do not understand decides nothing', () => {
  const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
  const bodies: [string, string | Buffer][] = [
    ['nothing', ''],
    ['no JSON', 'processed'],
    ['half a JSON', '{"entity":"event"'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a number', '1e400'],
    ['no event', '{"entity":"event","payload":{}}'],
    ['an event of another form', '{"entity":"event","event":"PAYOUT PROCESSED","payload":{}}'],
    ['a payout without its fields', '{"entity":"event","event":"payout.processed","payload":{}}'],
    ['a prototype', '{"__proto__":{"entity":"event"},"event":"payout.processed"}'],
    ['bytes that are not UTF-8', Buffer.from([0xff, 0xfe, 0x00])],
    ['a BOM', '\ufeff{"entity":"event"}'],
    ['a NUL', '{"entity":"event\u0000"}'],
    ['great depth', deep],
    ['a lone surrogate', '{"entity":"event","event":"payout.\\ud800","payload":{}}'],
  ];
  it.each(bodies)('%s: it is kept, and a case says so', async (_name, raw) => {
    const key = eventId();
    expect((await postCallback(p, raw, { eventId: key })).body).toEqual({ received: true, duplicate: false });
    const row = await processed(key);
    expect(row).toMatchObject({ result: 'malformed', transactionId: null });
    expect(await casesOf(`callback:${row.id}`)).toEqual([
      {
        kind: 'callback_malformed',
        summary: 'a signed callback of razorpayx is not in the form of its contract',
      },
    ]);
  });

  it('a reference that no attempt of ours has: a case', async () => {
    const facts = await open();
    for (const reference of ['unknown-reference', "x' or 1=1 --", '\u202e', '😀'.repeat(20)]) {
      const key = eventId();
      await postCallback(p, payoutEvent('payout.processed', { ...facts, reference }), { eventId: key });
      const row = await processed(key);
      expect(row).toMatchObject({ result: 'unmatched', transactionId: null });
      expect(await casesOf(`callback:${row.id}`)).toMatchObject([{ kind: 'callback_unmatched' }]);
    }
    expect(await show(facts.transaction)).toMatchObject({ status: 'PENDING' });
  });

  it.each([null, ''])(
    'no reference (%j) and the id of a payout of ours: it is ours, and decides',
    async (reference) => {
      const facts = await open();
      const key = eventId();
      await postCallback(p, payoutEvent('payout.processed', facts, { reference_id: reference }), {
        eventId: key,
      });
      expect(await processed(key)).toMatchObject({ result: 'apply' });
      expect(await casesOf(`callback:${(await processed(key)).id}`)).toEqual([]);
    },
  );

  const mismatches: [string, (f: PayoutFacts) => Record<string, unknown>, string, string | undefined][] = [
    ['another amount', (f) => ({ amount: f.amount - 1 }), 'mismatch_amount', 'callback_amount_mismatch'],
    ['a larger amount', (f) => ({ amount: f.amount * 100 }), 'mismatch_amount', 'callback_amount_mismatch'],
    [
      'another account',
      () => ({ fund_account_id: 'fa_00000000000099' }),
      'mismatch_account',
      'callback_account_mismatch',
    ],
    [
      'another payout of the provider',
      () => ({ id: 'pout_00000000000099' }),
      'mismatch_payout',
      'callback_payout_mismatch',
    ],
    ['an event and a status that disagree', () => ({ status: 'failed' }), 'hint', undefined],
  ];
  it.each(mismatches)('%s: it is not applied, the provider is asked', async (_name, change, result, kind) => {
    const facts = await open();
    const held = (
      await rows<{ n: bigint }>(
        p.c.knex,
        'select count(*)::int8 as n from ledger_transfers where transaction_id = ?',
        [facts.uuid],
      )
    )[0]!.n;
    const asked = async (): Promise<number> =>
      (
        await rows<{ n: number }>(
          p.c.knex,
          "select count(*)::int as n from transaction_outcomes where transaction_id = ? and source = 'poll'",
          [facts.uuid],
        )
      )[0]!.n;
    const before = await asked();
    const key = eventId();
    await postCallback(p, payoutEvent('payout.processed', facts, change(facts)), { eventId: key });
    expect(await processed(key)).toMatchObject({ result, transactionId: facts.uuid });
    expect((await casesOf(`transaction:${facts.uuid}`)).map((c) => c.kind)).toEqual(
      kind === undefined ? [] : [kind],
    );
    await until(asked, (n) => n > before);
    expect(await show(facts.transaction)).toMatchObject({ status: 'PENDING', utr: null });
    expect(
      (
        await rows<{ n: bigint }>(
          p.c.knex,
          'select count(*)::int8 as n from ledger_transfers where transaction_id = ?',
          [facts.uuid],
        )
      )[0]!.n,
    ).toBe(held);
    // and the true one still counts
    await postCallback(p, payoutEvent('payout.processed', facts));
    expect(await p.final(user.apiKey, facts.transaction)).toMatchObject({ status: 'SUCCESS' });
  });

  it('a status that is not documented is pending', async () => {
    const facts = await open();
    const key = eventId();
    await postCallback(p, payoutEvent('payout.updated', facts, { status: 'teleported' }), { eventId: key });
    expect((await processed(key)).result).toBe('note');
    expect(await show(facts.transaction)).toMatchObject({ status: 'PENDING' });
  });
});

it('P3 is not answered 200 before it is stored: when the database is away the provider is told to come again', async () => {
  const raw = `{"entity":"event","event":"transaction.created","payload":{"at":"${eventId()}"}}`;
  const key = eventId();
  await execute(
    p.db,
    `alter table callbacks add constraint callbacks_closed check (event_key <> '${key}') not valid`,
  );
  try {
    const reply = await postCallback(p, raw, { eventId: key });
    expectProblem(reply, 'INTERNAL_ERROR');
    expect(await stored(key)).toEqual([]);
    // and its neighbours in the same moment are not refused with it
    const [bad, good] = await Promise.all([
      postCallback(p, raw, { eventId: key }),
      postCallback(p, `${raw} `),
    ]);
    expect([bad.status, good.status]).toEqual([500, 200]);
  } finally {
    await execute(p.db, 'alter table callbacks drop constraint callbacks_closed');
  }
  expect((await postCallback(p, raw, { eventId: key })).body).toEqual({ received: true, duplicate: false });
  expect(publicId('callback', (await stored(key))[0]!.id)).toMatch(/^cbk_/);
});
