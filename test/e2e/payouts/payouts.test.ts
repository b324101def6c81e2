import { randomUUID } from 'node:crypto';
import { rows } from '../../../platform/database';
import { startPlatform, type Platform, type Reply } from '../../support/platform';
import { queueBackends, type QueueBackend } from '../../support/redis';

const ENDINGS = [
  ['1111', 'FAILED'],
  ['2222', 'SUCCESS'],
  ['3333', 'FAILED'],
  ['5555', 'SUCCESS'],
  ['6666', 'FAILED'],
  ['7777', 'SUCCESS'],
  ['8888', 'SUCCESS'],
  ['9999', 'SUCCESS'],
] as const;
const BACKENDS = queueBackends();

interface Paying {
  p: Platform;
  apiKey: string;
  /** By the ending of the account. */
  accepted: Map<string, Reply>;
}
const paying = new Map<QueueBackend, Paying>();

// One ending is known after a quarter of a minute: all of them, on each backend, are under way from the beginning.
beforeAll(async () => {
  for (const backend of BACKENDS) {
    const p = await startPlatform({
      redisUrl: backend === 'redis' ? process.env.TEST_REDIS_URL : undefined,
      sandbox: { slowMs: 500 },
    });
    const { apiKey } = await p.user(1_000_000_000n);
    const accepted = new Map<string, Reply>();
    paying.set(backend, { p, apiKey, accepted });
    for (const [ending] of ENDINGS) accepted.set(ending, await p.payout(apiKey, ending));
  }
});
afterAll(async () => {
  await Promise.all([...paying.values()].map(({ p }) => p.close()));
});

describe.each(BACKENDS)('a payout from end to end, queues on %s', (backend) => {
  let p: Platform;
  let apiKey: string;
  let accepted: Paying['accepted'];
  beforeAll(() => {
    ({ p, apiKey, accepted } = paying.get(backend)!);
  });

  it('goes to SUCCESS with a UTR, and the books balance', async () => {
    const reply = await p.payout(apiKey, '0000');
    expect(reply.body).toMatchObject({
      object: 'transaction',
      service: 'payout',
      status: 'PENDING',
      amount: 150_000,
      currency: 'INR',
      fee: 500,
      tax: 90,
    });
    expect(reply.status).toBe(202);
    const final = await p.final(apiKey, reply.body.id as string);
    expect(final).toMatchObject({ status: 'SUCCESS', utr: expect.stringMatching(/^\d{12}$/) });
    const [sum] = await rows<{ sum: bigint }>(
      p.c.knex,
      'select sum(credits_paise - debits_paise)::int8 as sum from ledger_accounts',
    );
    expect(sum!.sum).toBe(0n);
  });

  it.each(ENDINGS)('account ending %s ends as %s', async (ending, status) => {
    const reply = accepted.get(ending)!;
    expect(reply.status).toBe(202);
    const final = await p.final(apiKey, reply.body.id as string);
    expect(final.status).toBe(status);
  });

  it('50 taps make one transaction, 49 of them replays of the same bytes', async () => {
    const key = randomUUID();
    const fields = { reference: `tap-${randomUUID().slice(0, 12)}` };
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => p.payout(apiKey, '0000', fields, key)),
    );
    expect(new Set(replies.map((r) => r.status))).toEqual(new Set([202]));
    expect(new Set(replies.map((r) => r.text)).size).toBe(1);
    expect(replies.filter((r) => r.headers.get('idempotent-replayed') === 'true')).toHaveLength(49);
  });
});

it("under production's timings and rate: payouts go through, and what is told by callback waits for no inquiry", async () => {
  const p = await startPlatform({ profile: 'production', sandbox: { slowMs: 200 } });
  try {
    const { apiKey } = await p.user(1_000_000_000n);
    const accepted = await Promise.all(
      ['0000', '0000', '1111', '2222', '8888'].map((ending) => p.payout(apiKey, ending)),
    );
    const finals = await Promise.all(accepted.map(({ body }) => p.final(apiKey, body.id as string)));
    expect(finals.map((f) => f.status)).toEqual(['SUCCESS', 'SUCCESS', 'FAILED', 'SUCCESS', 'SUCCESS']);
    expect(await rows(p.c.knex, "select 1 from transaction_outcomes where source = 'poll'")).toEqual([]);
  } finally {
    await p.close();
  }
});
