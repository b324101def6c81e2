import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { execute, makeKnex, rows } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import { payoutBody, startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { waitingForLocks } from '../../support/lock-waits';
import { until } from '../../support/until';

let p: Platform;
let user: Awaited<ReturnType<Platform['user']>>;
beforeAll(async () => {
  p = await startPlatform({ sandbox: { slowMs: 100 }, timeLimits: {} });
  user = await p.user(1_000_000_000n);
});
afterAll(async () => {
  await p.close();
});

const post = (body: unknown, key: string, apiKey = user.apiKey): Promise<Reply> =>
  p.call('POST', '/v1/payouts', { key: apiKey, body, headers: { 'idempotency-key': key } });
const replayed = (reply: Reply): boolean => reply.headers.get('idempotent-replayed') === 'true';
const countOf = async (key: string): Promise<number> =>
  (
    await rows<{ n: number }>(p.c.knex, 'select count(*)::int as n from requests where idempotency_key = ?', [
      key,
    ])
  )[0]!.n;

describe('P4 the same Idempotency-Key', () => {
  it('with the same request gets the bytes of the first answer, whoever asks first', async () => {
    const [key, body] = [randomUUID(), payoutBody('0000')];
    const first = await post(body, key);
    const again = await post(body, key);
    expect([first.status, again.status, replayed(first), replayed(again)]).toEqual([202, 202, false, true]);
    expect(again.text).toBe(first.text);
    for (const header of ['location', 'retry-after', 'content-type'])
      expect(again.headers.get(header)).toBe(first.headers.get(header));
    expect(await countOf(key)).toBe(1);
  });

  it('is the same with and without its quotes', async () => {
    const [key, body] = [randomUUID(), payoutBody('0000')];
    const bare = await post(body, key);
    const quoted = await post(body, `"${key}"`);
    expect(replayed(quoted)).toBe(true);
    expect(quoted.text).toBe(bare.text);
  });

  it('with the fields in another order and other white space is the same request', async () => {
    const [key, body] = [randomUUID(), payoutBody('0000')];
    const first = await post(body, key);
    const turned = await post(
      JSON.stringify(Object.fromEntries(Object.entries(body).toReversed()), null, 2),
      key,
    );
    expect([replayed(turned), turned.text]).toEqual([true, first.text]);
  });

  const changes: [
    string,
    (b: Record<string, unknown> & { beneficiary: Record<string, unknown> }) => unknown,
  ][] = [
    ['amount', (b) => ({ ...b, amount: 150_001 })],
    ['reference', (b) => ({ ...b, reference: `${String(b.reference)}x` })],
    ['case of the reference', (b) => ({ ...b, reference: String(b.reference).toUpperCase() })],
    ['mode', (b) => ({ ...b, mode: 'NEFT' })],
    ['mode left out', (b) => ({ ...b, mode: undefined })],
    ['narration', (b) => ({ ...b, narration: 'Munim test 2' })],
    ['spaces in the narration', (b) => ({ ...b, narration: 'Munimtest' })],
    ['narration left out', (b) => ({ ...b, narration: undefined })],
    ['name', (b) => ({ ...b, beneficiary: { ...b.beneficiary, name: 'Test Beneficiary Two' } })],
    ['case of the name', (b) => ({ ...b, beneficiary: { ...b.beneficiary, name: 'TEST BENEFICIARY' } })],
    ['account number', (b) => ({ ...b, beneficiary: { ...b.beneficiary, account_number: '001111229999' } })],
    ['IFSC', (b) => ({ ...b, beneficiary: { ...b.beneficiary, ifsc: 'HDFC0000054' } })],
    [
      'VPA instead of the account',
      (b) => ({ ...b, mode: 'UPI', beneficiary: { name: 'Test Beneficiary', vpa: 'test.trader@okbank' } }),
    ],
  ];
  it.each(changes)(
    'with another request (%s) is refused with 422, and nothing is made',
    async (_name, change) => {
      const [key, body] = [randomUUID(), payoutBody('0000')];
      await post(body, key);
      expectProblem(await post(change(body as Parameters<typeof change>[0]), key), 'IDEMPOTENCY_KEY_REUSED');
      expect(await countOf(key)).toBe(1);
    },
  );

  it('any other amount, reference or narration is another request', async () => {
    const [key, body] = [randomUUID(), payoutBody('0000')];
    await post(body, key);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 100, max: 50_000_000 }),
        fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,39}$/),
        fc.stringMatching(/^[A-Za-z0-9 ]{1,30}$/),
        async (amount, reference, narration) => {
          fc.pre(amount !== body.amount || reference !== body.reference || narration !== body.narration);
          expectProblem(await post({ ...body, amount, reference, narration }, key), 'IDEMPOTENCY_KEY_REUSED');
        },
      ),
      { numRuns: 30 },
    );
  });

  it('P7 of another caller is another key', async () => {
    const [key, body, other] = [randomUUID(), payoutBody('0000'), await p.user(1_000_000n)];
    const mine = await post(body, key);
    const theirs = await post(body, key, other.apiKey);
    expect([mine.status, theirs.status, replayed(theirs)]).toEqual([202, 202, false]);
    expect(theirs.body.id).not.toBe(mine.body.id);
    expect(await countOf(key)).toBe(2);
  });

  it('of a refused request is free again', async () => {
    const [key, body] = [randomUUID(), payoutBody('0000')];
    expectProblem(await post({ ...body, amount: 1.5 }, key), 'REQUEST_FIELD_INVALID');
    expectProblem(await post({ ...body, mode: 'UPI' }, key), 'PAYOUT_MODE_UNSUITABLE');
    expect((await post(body, key)).status).toBe(202);
  });

  it('still gets the first bytes when the transaction has long ended, under another price and another limit', async () => {
    const [key, body] = [randomUUID(), payoutBody('0000')];
    const first = await post(body, key);
    expect(await p.final(user.apiKey, first.body.id as string)).toMatchObject({ status: 'SUCCESS' });
    await execute(p.db, "update amount_limits set max_paise = 100 where mode = 'IMPS'");
    await execute(p.db, "update prices set fee_paise = 99 where mode = 'IMPS'");
    await p.c.policies.refresh();
    try {
      expectProblem(await post(payoutBody('0000'), randomUUID()), 'PAYOUT_AMOUNT_OUT_OF_RANGE');
      const again = await post(body, key);
      expect([again.status, replayed(again), again.text]).toEqual([202, true, first.text]);
      expectProblem(await post({ ...body, amount: 160_000 }, key), 'PAYOUT_AMOUNT_OUT_OF_RANGE');
    } finally {
      await execute(p.db, "update amount_limits set max_paise = 50000000 where mode = 'IMPS'");
      await execute(
        p.db,
        "update prices set fee_paise = case when up_to_paise = 100000 then 300 else 500 end where mode = 'IMPS'",
      );
      await p.c.policies.refresh();
    }
  });

  it('50 at once: one transaction, 50 answers 202 of the same bytes, 49 of them replays', async () => {
    const [key, body] = [randomUUID(), payoutBody('0000')];
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, i) => post(body, i % 2 === 0 ? key : `"${key}"`)),
    );
    expect(new Set(replies.map((r) => r.status))).toEqual(new Set([202]));
    expect(new Set(replies.map((r) => r.text)).size).toBe(1);
    expect(replies.filter(replayed)).toHaveLength(49);
    expect(await countOf(key)).toBe(1);
    await p.final(user.apiKey, replies[0]!.body.id as string);
    const events = await p.call('GET', (replies[0]!.body.links as { events: string }).events, {
      key: user.apiKey,
    });
    expect((events.body.data as { to: string }[]).map((e) => e.to)).toEqual([
      'accepted',
      'held',
      'dispatched',
      'succeeded',
    ]);
  });

  it('50 at once of ten requests under five keys: each key makes one, and every answer is 202 or 422', async () => {
    const keys = Array.from({ length: 5 }, () => randomUUID());
    const bodies = keys.flatMap((key) => [
      { key, body: payoutBody('0000') },
      { key, body: payoutBody('0000') },
    ]);
    const replies = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => ({
        ...bodies[i % 10]!,
        reply: await post(bodies[i % 10]!.body, bodies[i % 10]!.key),
      })),
    );
    for (const key of keys) {
      const ours = replies.filter((r) => r.key === key);
      const accepted = ours.filter((r) => r.reply.status === 202);
      expect(accepted).toHaveLength(5);
      expect(new Set(accepted.map((r) => r.reply.text)).size).toBe(1);
      for (const { reply } of ours.filter((r) => r.reply.status !== 202))
        expectProblem(reply, 'IDEMPOTENCY_KEY_REUSED');
      expect(await countOf(key)).toBe(1);
    }
  });

  it('50 at once with one reference under 50 keys: one is taken, 49 are told that it is', async () => {
    const body = payoutBody('0000');
    const replies = await Promise.all(Array.from({ length: 50 }, () => post(body, randomUUID())));
    expect(replies.filter((r) => r.status === 202)).toHaveLength(1);
    for (const reply of replies.filter((r) => r.status !== 202))
      expectProblem(reply, 'TRANSACTION_REFERENCE_TAKEN');
  });
});

describe('P4 a repeat while the first is still being accepted', () => {
  /** Another process has inserted the first request of this key, and not committed. */
  async function heldInsert(
    key: string,
    reference: string,
    work: (end: (how: 'commit' | 'rollback') => Promise<void>) => Promise<void>,
  ): Promise<void> {
    const knex = makeKnex(p.databaseUrl, { max: 1 });
    const model = parsePublicId(
      'transaction',
      (await post(payoutBody('0000'), randomUUID())).body.id as string,
    );
    const trx = await knex.transaction();
    try {
      await execute(trx, 'set local idle_in_transaction_session_timeout = 0'); // a frozen process would be ended after four seconds
      const inserted = await execute(
        trx,
        `
        with r as (
          insert into requests (id, user_id, service, idempotency_key, reference, request_hash, accepted_body, created_at)
          select ?, user_id, service, ?, ?, request_hash, '{"id":"first"}', now() from requests where id = ? returning id, reference)
        insert into transactions (id, request_id, user_id, wallet_id, account_id, service, provider,
        amount_paise, fee_paise, tax_paise, currency, reference, due_at, expected_by, expires_at, created_at,
        updated_at)
        select r.id, r.id, user_id, wallet_id, account_id, service, provider, amount_paise, fee_paise,
        tax_paise, currency, r.reference, now() + interval '1 hour', expected_by, expires_at, now(), now()
        from transactions t, r where t.id = ?`,
        [p.c.ids.uuid(), key, reference, model, model],
      );
      expect(inserted).toBe(1);
      await work(async (how) => {
        await (how === 'commit' ? trx.commit() : trx.rollback());
      });
    } finally {
      if (!trx.isCompleted()) await trx.rollback();
      await knex.destroy();
    }
  }

  it('waits for the commit, and then has its answer', async () => {
    const [key, body] = [randomUUID(), payoutBody('0000')];
    // The first takes its locks and is stopped before its commit by somebody who keeps the payouts.
    const knex = makeKnex(p.databaseUrl, { max: 1 });
    const trx = await knex.transaction();
    await execute(trx, 'lock table payouts in share mode');
    const first = post(body, key);
    await until(() => waitingForLocks(p.c.knex));
    const second = post(body, key);
    let answered = false;
    void second.then(() => {
      answered = true;
    });
    await new Promise((resolve) => {
      setTimeout(resolve, 700);
    });
    expect(answered).toBe(false);
    await trx.commit();
    await knex.destroy();
    const replies = await Promise.all([first, second]);
    expect(replies.map((r) => r.status)).toEqual([202, 202]);
    expect(replies[0].text).toBe(replies[1].text);
    expect(replies.filter(replayed)).toHaveLength(1);
  });

  it('takes its place when the first comes to nothing', async () => {
    const [key, body] = [randomUUID(), payoutBody('0000')];
    await heldInsert(key, body.reference as string, async (end) => {
      const second = post(body, key);
      await until(() => waitingForLocks(p.c.knex));
      await end('rollback');
      const reply = await second;
      expect([reply.status, replayed(reply)]).toEqual([202, false]);
      expect(parsePublicId('transaction', reply.body.id as string)).toBeDefined();
    });
  });

  it('is told after five seconds that the first is still under way, and others are not held up', async () => {
    const [key, body] = [randomUUID(), payoutBody('0000')];
    await heldInsert(key, `held-${randomUUID().slice(0, 8)}`, async (end) => {
      const started = Date.now();
      const second = post(body, key);
      await until(() => waitingForLocks(p.c.knex));
      const others = await Promise.all([
        post(payoutBody('0000'), randomUUID()),
        post(payoutBody('0000'), randomUUID()),
      ]);
      expect(others.map((r) => r.status)).toEqual([202, 202]); // behind the lock they would be told as well
      const reply = await second;
      const tookMs = Date.now() - started;
      expectProblem(reply, 'IDEMPOTENCY_IN_PROGRESS');
      expect(reply.headers.get('retry-after')).toBe('1');
      expect(tookMs).toBeGreaterThanOrEqual(4_500);
      await end('commit');
    });
    expect(await countOf(key)).toBe(1);
    expectProblem(await post(body, key), 'IDEMPOTENCY_KEY_REUSED'); // the row of this test has another body
  });
});
