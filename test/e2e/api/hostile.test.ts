import { transactionId } from '../../../domain/ids/ids';
import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { rows } from '../../../platform/database';
import { publicId } from '../../../platform/ids';
import { eventId, factsOf, payoutEvent, postCallback, sign } from '../../support/callbacks';
import { keepLog } from '../../support/kept-log';
import {
  bodyWith,
  BROKEN_REQUESTS,
  encoded,
  FIELDS,
  HEADERS,
  HEADER_VALUES,
  HOST,
  inParallel,
  PARAMETERS,
} from '../../support/hostile-http';
import { HOSTILE_TEXTS, HOSTILE_TOKENS, ODD_BUT_VALID } from '../../support/hostile-values';
import { payoutBody, startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectNothingInside, expectProblem } from '../../support/problems';
import { answersIn, exchange, requestText } from '../../support/raw-http';
import { until } from '../../support/until';
import type { ErrorCode } from '../../../domain/error-codes';

let p: Platform;
let user: Awaited<ReturnType<Platform['user']>>;
let transaction: string;
let wallet: string;
const errors = keepLog('error');
const accepted: string[] = [];
const canary = randomUUID();
beforeAll(async () => {
  p = await startPlatform({ log: errors.log, sandbox: { slowMs: 100 } });
  user = await p.user(100_000_000_000n);
  transaction = (await p.payout(user.apiKey, '0000')).body.id as string;
  wallet = publicId('wallet', user.walletId);
  await p.final(user.apiKey, transaction);
});
afterAll(async () => {
  await p.close();
});

/** A refusal that says what is wrong, or an answer; never a fault of ours, and nothing of the inside. */
function expectSane(reply: Reply): void {
  if (reply.status < 200 || reply.status >= 500)
    throw new Error(`answered ${reply.status}: ${reply.text.slice(0, 300)}`);
  expectNothingInside(reply.text);
  if (reply.status >= 400) expectProblem(reply, reply.body.code as ErrorCode);
  if (reply.status === 202) accepted.push(reply.body.id as string);
}
const post = (text: string | Buffer): Promise<Reply> =>
  p.call('POST', '/v1/payouts', {
    key: user.apiKey,
    body: text,
    headers: { 'idempotency-key': randomUUID(), 'content-type': 'application/json' },
  });
const get = (url: string): Promise<Reply> => p.call('GET', url, { key: user.apiKey });

describe('hostile values in the body of POST /v1/payouts', () => {
  it.each(FIELDS)('%s', async (field) => {
    await inParallel(HOSTILE_TOKENS, async (token) => {
      expectSane(await post(bodyWith(canary, field, token)));
    });
  });

  it('as the whole body', async () => {
    await inParallel(
      [
        ...HOSTILE_TOKENS,
        ...HOSTILE_TEXTS,
        '{'.repeat(60_000),
        '['.repeat(60_000),
        '"'.repeat(60_000),
        '{"a":'.repeat(10_000),
      ],
      async (text) => {
        expectSane(await post(text));
      },
    );
    const bad = [
      [0xff, 0xfe],
      [0xc3, 0x28],
      [0xf0, 0x90, 0x28, 0xbc],
      [0xed, 0xa0, 0x80],
      [0x00],
      [0x1f, 0x8b, 0x08],
    ].map((bytes) => Buffer.from(bytes));
    await inParallel(bad, async (raw) => {
      expectSane(await post(raw));
      expectSane(await post(Buffer.concat([Buffer.from('{"reference":"'), raw, Buffer.from('"}')])));
    });
  });

  it('as a name of a field', async () => {
    await inParallel(
      HOSTILE_TEXTS.filter((t) => t.length < 9_000),
      async (name) => {
        expectSane(await post(JSON.stringify({ ...payoutBody('0000'), [name]: 1 })));
      },
    );
  });

  it('that nobody thought of', async () => {
    const anything = fc.oneof(
      fc.jsonValue({ maxDepth: 4 }),
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.bigInt().map(String),
      fc.constantFrom(...HOSTILE_TEXTS),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...FIELDS), anything, async (field, value) => {
        expectSane(await post(bodyWith(canary, field, JSON.stringify(value) ?? 'null')));
      }),
      { numRuns: 250 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.uint8Array({ maxLength: 400 }).map((a) => Buffer.from(a)),
        ),
        async (raw) => {
          expectSane(await post(raw));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('that are texts of the right form, or nearly', async () => {
    const almost = fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9 .'&()_/-]{0,125}$/),
      fc.stringMatching(/^[\d ]{7,20}$/),
      fc.stringMatching(/^[A-Za-z]{3,5}[0-9A-Z]{6,8}$/),
      fc.stringMatching(/^[a-z._-]{1,5}@[a-z0-9.]{1,6}$/),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(
          'reference',
          'narration',
          'beneficiary.name',
          'beneficiary.account_number',
          'beneficiary.ifsc',
          'beneficiary.vpa',
        ),
        almost,
        async (field, value) => {
          expectSane(await post(bodyWith(canary, field, JSON.stringify(value))));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('hostile values in parameters and paths', () => {
  it.each(PARAMETERS)('?%s=', async (name) => {
    await inParallel(
      HOSTILE_TEXTS.filter((t) => t.length < 3_000),
      async (value) => {
        expectSane(await get(`/v1/transactions?${name}=${encoded(value)}`));
        expectSane(await get(`/v1/wallets/${wallet}/statement?${name}=${encoded(value)}`));
      },
    );
  });

  it('as the name of a parameter, and as a whole query', async () => {
    await inParallel(
      HOSTILE_TEXTS.filter((t) => t.length < 3_000),
      async (value) => {
        expectSane(await get(`/v1/transactions?${encoded(value)}=1`));
        expectSane(await get(`/v1/transactions?${encoded(value)}`));
      },
    );
    for (const query of [
      '&&&&',
      '=&=',
      '%',
      '%zz=%zz',
      'limit=%E0%A4%A',
      'a=1&'.repeat(2_000),
      'limit[]=1',
      'limit[$gt]=1',
      'limit=1;cursor=x',
      '?limit=1',
      'limit=1#x',
    ])
      expectSane(await get(`/v1/transactions?${query}`));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.webQueryParameters(), fc.string().map(encoded)), async (query) => {
        expectSane(await get(`/v1/transactions?${query.slice(0, 2_000)}`));
      }),
      { numRuns: 100 },
    );
  });

  it('as an id', async () => {
    await inParallel(
      HOSTILE_TEXTS.filter((t) => t.length < 3_000),
      async (value) => {
        for (const path of [
          `/v1/transactions/${encoded(value)}`,
          `/v1/transactions/${encoded(value)}/events`,
          `/v1/wallets/${encoded(value)}/statement`,
          `/v1/transactions/txn_${encoded(value)}`,
        ])
          expectSane(await get(path));
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[0-9a-z]{26}$/), async (id) => {
        expect((await get(`/v1/transactions/txn_${id}`)).status).toBe(404);
      }),
      { numRuns: 60 },
    );
    await fc.assert(
      fc.asyncProperty(fc.webPath(), async (path) => {
        expectSane(await get(`/v1/transactions${path}`));
      }),
      { numRuns: 100 },
    );
  });
});

describe('hostile values in headers', () => {
  it.each(HEADERS)(
    '%s',
    async (name) => {
      const body = JSON.stringify(payoutBody('0000'));
      const read = HEADERS.indexOf(name) < 6; // the others are looked at by Node, or by nobody
      await inParallel(read ? HEADER_VALUES : HEADER_VALUES.filter((_, i) => i % 4 === 0), async (value) => {
        const own: Record<string, string> = {
          Authorization: `Bearer ${user.apiKey}`,
          'Content-Type': 'application/json',
          'Idempotency-Key': randomUUID(),
          Connection: 'close',
          'Content-Length': String(Buffer.byteLength(body)),
          [name]: value,
        };
        const lines = Object.entries(own).map(([k, v]) => `${k}: ${v}`);
        for (const bytes of [
          requestText('POST /v1/payouts', lines, body),
          requestText(
            `GET /v1/transactions/${transaction}`,
            lines.filter((l) => !l.startsWith('Content-Length') || name === 'Content-Length'),
          ),
        ]) {
          const { text } = await exchange(p.apiUrl, Buffer.from(bytes, 'utf8'), 100);
          for (const reply of answersIn(text)) {
            if (reply.status === 100 || (reply.status === 417 && name === 'Expect')) continue; // Node's own
            expectSane(reply);
            expect(reply.headers.get('set-cookie')).toBeNull();
          }
        }
      });
    },
    60_000,
  );

  it('a great many of them', async () => {
    const many = Array.from({ length: 900 }, (_, i) => `X-${i}: ${i}`);
    for (const reply of answersIn(
      (await exchange(p.apiUrl, requestText('GET /healthz', [...many, 'Connection: close']))).text,
    ))
      expectSane(reply);
    const [tooMany] = answersIn(
      (
        await exchange(
          p.apiUrl,
          requestText('GET /healthz', [...many, ...many, ...many, 'Connection: close']),
          20_000,
        )
      ).text,
    );
    expectProblem(tooMany!, 'REQUEST_HEADERS_TOO_LARGE');
  });
});

describe('hostile callbacks', () => {
  it('bodies, signed and not', async () => {
    await inParallel([...HOSTILE_TOKENS, ...HOSTILE_TEXTS], async (raw) => {
      expectSane(await postCallback(p, raw));
      expectSane(await postCallback(p, raw, { signature: null }));
    });
  });

  it('fields of a signed payout event', async () => {
    const facts = (await until(
      () => factsOf(p, transactionId(transaction)),
      (f) => f !== undefined,
    ))!;
    const fields = [
      'id',
      'entity',
      'fund_account_id',
      'amount',
      'currency',
      'fees',
      'tax',
      'status',
      'utr',
      'reference_id',
      'status_details',
      'created_at',
    ];
    const good = payoutEvent('payout.updated', facts, { status: 'processed', marked: canary });
    await inParallel(
      fields.flatMap((field) =>
        HOSTILE_TOKENS.filter((t, i) => t.length < 4_000 && i % 2 === 0).map(
          (token) => [field, token] as const,
        ),
      ),
      async ([field, token]) => {
        expectSane(
          await postCallback(
            p,
            good.replace(`"marked":"${canary}"`, () => `"${field}":${token}`),
          ),
        );
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...fields), fc.jsonValue(), async (field, value) => {
        expectSane(
          await postCallback(
            p,
            good.replace(`"marked":"${canary}"`, () => `"${field}":${JSON.stringify(value)}`),
          ),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('headers', async () => {
    const raw = '{"entity":"event","event":"transaction.created","payload":{}}';
    await inParallel(
      HOSTILE_TEXTS.filter((t) => t.length < 9_000),
      async (value) => {
        for (const name of ['X-Razorpay-Event-Id', 'X-Razorpay-Signature', 'User-Agent', 'Content-Type']) {
          const lines = [
            ...(name === 'X-Razorpay-Signature' ? [] : [`X-Razorpay-Signature: ${sign(raw)}`]),
            ...(name === 'X-Razorpay-Event-Id' ? [] : [`X-Razorpay-Event-Id: ${eventId()}`]),
            `${name}: ${value}`,
            'Connection: close',
          ];
          for (const reply of answersIn(
            (
              await exchange(
                p.apiUrl,
                Buffer.from(requestText('POST /callbacks/razorpayx', lines, raw), 'utf8'),
                300,
              )
            ).text,
          ))
            expectSane(reply);
        }
      },
    );
  });
});

describe('bytes that are not quite HTTP', () => {
  const auth = (): string => `Authorization: Bearer ${user.apiKey}`;
  it.each(BROKEN_REQUESTS)('%s', async (_name, bytesOf, statuses) => {
    const { text, closed } = await exchange(p.apiUrl, bytesOf(auth()), 2_500);
    expect(closed).toBe(true);
    const replies = answersIn(text);
    expect(replies).toHaveLength(statuses.length === 0 ? 0 : 1); // none: what broke off in the middle of its body is hung up on
    for (const reply of replies) {
      expect(statuses).toContain(reply.status);
      expectSane(reply);
    }
    expect(text).not.toContain('do-not-repeat');
  });

  it('noise behind a good request is never its answer', async () => {
    const open = (await p.payout(user.apiKey, '2222')).body.id as string;
    accepted.push(open);
    const { text, closed } = await exchange(
      p.apiUrl,
      `GET /v1/transactions/${open} HTTP/1.1\r\n${HOST}${auth()}\r\nPrefer: wait=5\r\n\r\nNOISE\r\n\r\n`,
      6_000,
    );
    expect(closed).toBe(true);
    for (const reply of answersIn(text)) expect(reply.status).toBe(200);
  });

  it('several good requests in one go are answered in their order', async () => {
    const one = requestText('GET /healthz', []);
    const replies = answersIn(
      (
        await exchange(
          p.apiUrl,
          one + requestText('GET /v1/wallets', [auth()]) + requestText('GET /nowhere', ['Connection: close']),
        )
      ).text,
    );
    expect(replies.map((r) => r.status)).toEqual([200, 200, 404]);
  });

  it('a caller that goes away in the middle of its body leaves nothing behind', async () => {
    const before = (await rows<{ n: number }>(p.c.knex, 'select count(*)::int as n from transactions'))[0]!.n;
    await exchange(
      p.apiUrl,
      `POST /v1/payouts HTTP/1.1\r\n${HOST}${auth()}\r\nContent-Type: ` +
        `application/json\r\nIdempotency-Key: went-away\r\nContent-Length: 500\r\n\r\n{"amount":`,
      200,
    );
    expect((await p.call('GET', '/healthz')).status).toBe(200);
    expect((await rows<{ n: number }>(p.c.knex, 'select count(*)::int as n from transactions'))[0]!.n).toBe(
      before,
    );
  });
});

describe('what is odd and within the rules', () => {
  it('is paid like anything else', async () => {
    const own = (field: keyof typeof ODD_BUT_VALID, value: unknown): Record<string, unknown> => {
      const body = payoutBody('0000');
      if (field === 'vpa')
        return { ...body, mode: 'UPI', beneficiary: { name: 'Test Beneficiary', vpa: value } };
      if (field === 'name' || field === 'account_number' || field === 'ifsc')
        return { ...body, beneficiary: { ...(body.beneficiary as object), [field]: value } };
      return field === 'idempotencyKey' ? body : { ...body, [field]: value };
    };
    const all = Object.entries(ODD_BUT_VALID).flatMap(([field, values]) =>
      values.map((value) => [field as keyof typeof ODD_BUT_VALID, value] as const),
    );
    const odd = await p.user(100_000_000_000n);
    const ends: [string, unknown, unknown][] = [];
    await inParallel(all, async ([field, value]) => {
      const reply = await p.call('POST', '/v1/payouts', {
        key: odd.apiKey,
        body: own(field, value),
        headers: { 'idempotency-key': field === 'idempotencyKey' ? String(value) : randomUUID() },
      });
      expect([field, value, reply.status, reply.text]).toEqual([field, value, 202, expect.any(String)]);
      ends.push([field, value, (await p.final(odd.apiKey, reply.body.id as string)).status]);
    });
    expect(ends.filter(([, , status]) => status !== 'SUCCESS')).toEqual([]);
    for (const reference of ODD_BUT_VALID.reference)
      expect(
        (
          await p.call('GET', `/v1/transactions?reference=${encodeURIComponent(reference)}`, {
            key: odd.apiKey,
          })
        ).body.data,
      ).toHaveLength(1);
  });
});

describe('afterwards', () => {
  it('what was accepted has ended, the books balance, and no fault of ours is in the log', async () => {
    const open = (): Promise<{ n: number }[]> =>
      rows(
        p.c.knex,
        "select count(*)::int as n from transactions where state not in ('succeeded', 'failed', 'reversed')",
      );
    await until(open, ([o]) => o!.n === 0);
    // an event about a payout that nobody knows yet waits two minutes for the answer that names it
    const unread = (): Promise<{ n: number }[]> =>
      rows(p.c.knex, "select count(*)::int as n from callbacks where state = 'received' and due_at <= now()");
    await until(unread, ([o]) => o!.n === 0);
    expect(accepted.length).toBeGreaterThan(20);
    const [sum] = await rows<{ sum: bigint; clearing: bigint }>(
      p.c.knex,
      `select sum(credits_paise - debits_paise)::int8 as sum,
        (sum(credits_paise - debits_paise) filter (where code like 'clearing:%'))::int8 as clearing
        from ledger_accounts`,
    );
    expect(sum).toEqual({ sum: 0n, clearing: 0n });
    expect(errors.lines).toEqual([]);
    expect((await p.call('GET', '/readyz')).status).toBe(200);
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('x');
  });
});
