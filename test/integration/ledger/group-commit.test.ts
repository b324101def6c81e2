/**
 * Group commit on a real PostgreSQL: what several processes post at the same time, what is refused among
 * neighbours, and connections that are lost at the worst moment. In every case: neighbours succeed, totals
 * are exact, and what was unknown may be posted again.
 */
import { accountId } from '../../../domain/ids/ids';
import type { Knex } from 'knex';
import { openAccounts } from '../../../domain/ledger/accounts';
import type { Posting, PostingResult } from '../../../domain/ledger/apply';
import { createLedger, type Ledger, type LedgerDependencies } from '../../../domain/ledger/post';
import { FakeClock } from '../../../platform/clock';
import { execute, makeKnex, OF_A_PROCESS, rows } from '../../../platform/database';
import { systemIds } from '../../../platform/ids';
import { assertCleanBooks } from '../../support/books';
import { startCuttingProxy, type CuttingProxy } from '../../support/cutting-proxy';
import { freshDatabase, type TestDatabase } from '../../support/database';

const WALLETS = Array.from({ length: 12 }, (_, i) => `wallet:w${i}:main`);
const FUNDS = 1_000_000n;

let database: TestDatabase;
let knex: Knex;
let ids: Map<string, bigint>;
const opened: Knex[] = [];
const proxies: CuttingProxy[] = [];
const wallet = (i: number): bigint => ids.get(WALLETS[i]!)!;
const bank = (): bigint => ids.get('bank:escrow')!;

/** A process: a ledger on a pool of its own. */
function newLedger(over: Partial<LedgerDependencies> = {}, url = database.url): Ledger {
  const pool = makeKnex(url, { max: 4, applicationName: 'munim-group-commit', session: OF_A_PROCESS });
  opened.push(pool);
  return createLedger({ knex: pool, clock: new FakeClock(), ...over });
}
async function newProxy(): Promise<CuttingProxy> {
  const proxy = await startCuttingProxy(database.url);
  proxies.push(proxy);
  return proxy;
}
const posting = (
  debit: bigint,
  credit: bigint,
  amountPaise: bigint,
  over: Partial<Posting> = {},
): Posting => ({
  journal: {
    id: systemIds.uuid(),
    transactionId: null,
    transfers: [
      { debitAccountId: accountId(debit), creditAccountId: accountId(credit), amountPaise, code: 'test' },
    ],
  },
  ...over,
});
const balance = async (i: number): Promise<bigint> =>
  (
    await rows<{ b: bigint }>(
      knex,
      'select credits_paise - debits_paise as b from ledger_accounts where id = ?',
      [wallet(i)],
    )
  )[0]!.b;
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const statusOf = (r: PostingResult): string => (r.status === 'refused' ? r.code : r.status);
const settled = async (all: Promise<PostingResult>[]): Promise<string[]> =>
  (await Promise.allSettled(all)).map((s) =>
    s.status === 'fulfilled'
      ? statusOf(s.value)
      : `error ${String((s.reason as { code?: string }).code ?? s.reason)}`,
  );

/** Posts again while the answer is unknown, as a job that is driven again does: the pool may hand out the broken connection once more. */
async function postUntilKnown(ledger: Ledger, postings: Posting[]): Promise<string[]> {
  for (let tries = 0; tries < 5; tries++) {
    const results = await settled(postings.map((p) => ledger.post(p)));
    if (!results.includes('error SERVICE_UNAVAILABLE')) return results;
  }
  throw new Error('it stays unknown');
}

beforeEach(async () => {
  database = await freshDatabase();
  knex = makeKnex(database.url, { max: 2 });
  ids = await openAccounts(knex, [...WALLETS, 'bank:escrow']);
  await Promise.all(WALLETS.map((_, i) => newLedger().post(posting(bank(), wallet(i), FUNDS))));
});
afterEach(async () => {
  const books = assertCleanBooks(knex);
  await books.catch(() => undefined);
  await Promise.all([knex, ...opened.splice(0)].map((k) => k.destroy()));
  await Promise.all(proxies.splice(0).map((p) => p.close()));
  await database.drop();
  await books;
});

test('a thousand at once are a few database transactions', async () => {
  const sizes: number[] = [];
  const ledger = newLedger({ onBatch: (size) => sizes.push(size) });
  expect(
    new Set(await settled(Array.from({ length: 1_000 }, () => ledger.post(posting(bank(), wallet(0), 1n))))),
  ).toEqual(new Set(['posted']));
  expect(sizes.reduce((a, b) => a + b, 0)).toBe(1_000);
  expect(sizes.length).toBeLessThanOrEqual(5);
  expect(await balance(0)).toBe(FUNDS + 1_000n);
});

describe('P4 the same journal', () => {
  test('twice in a batch is posted once', async () => {
    const ledger = newLedger();
    const same = posting(wallet(0), wallet(1), 10n);
    expect(
      await settled([
        ledger.post(same),
        ledger.post(posting(wallet(1), wallet(2), 5n)),
        ledger.post(same),
        ledger.post(same),
      ]),
    ).toEqual(['posted', 'posted', 'repeat', 'repeat']);
    expect([await balance(0), await balance(1), await balance(2)]).toEqual([
      FUNDS - 10n,
      FUNDS + 5n,
      FUNDS + 5n,
    ]);
  });

  test('in two processes at the same time is posted once, fifty times over', async () => {
    const [one, two] = [newLedger(), newLedger()];
    const all = Array.from({ length: 50 }, (_, i) =>
      posting(wallet(i % 6), wallet(6 + (i % 6)), BigInt(i + 1)),
    );
    const [a, b] = await Promise.all([
      settled(all.map((p) => one.post(p))),
      settled(all.toReversed().map((p) => two.post(p))),
    ]);
    a.forEach((status, i) => {
      expect([status, b.toReversed()[i]!].toSorted(compareText)).toEqual(['posted', 'repeat']);
    });
    const moved = (50n * 51n) / 2n;
    const right = await Promise.all([6, 7, 8, 9, 10, 11].map(balance));
    expect(right.reduce((x, y) => x + y, 0n)).toBe(6n * FUNDS + moved);
  });

  test('with other content, in two processes at the same time: one is posted, the other refused', async () => {
    const first = posting(wallet(0), wallet(1), 10n);
    // Other accounts: nothing but the id makes the two meet.
    const other: Posting = {
      journal: { ...first.journal!, transfers: posting(wallet(2), wallet(3), 10n).journal!.transfers },
    };
    const [one, two] = [newLedger(), newLedger()];
    for (let i = 0; i < 10; i++) {
      const id = systemIds.uuid();
      const results = await settled([
        one.post({ journal: { ...first.journal!, id } }),
        two.post({ journal: { ...other.journal!, id } }),
        one.post(posting(wallet(4), wallet(5), 1n)),
        two.post(posting(wallet(4), wallet(5), 1n)),
      ]);
      expect(results.slice(0, 2).toSorted(compareText)).toEqual(['LEDGER_JOURNAL_MISMATCH', 'posted']);
      expect(results.slice(2)).toEqual(['posted', 'posted']);
    }
    expect((await balance(1)) + (await balance(3))).toBe(2n * FUNDS + 100n);
  });
});

test('P2 one refused in the middle costs its neighbours nothing', async () => {
  const ledger = newLedger();
  const results = await settled([
    ledger.post(posting(wallet(0), wallet(1), FUNDS)),
    ledger.post(posting(wallet(0), wallet(2), 1n)),
    ledger.post(posting(wallet(1), wallet(0), 7n)),
    ledger.post(posting(wallet(0), wallet(2), 7n)),
  ]);
  expect(results).toEqual(['posted', 'LEDGER_INSUFFICIENT_FUNDS', 'posted', 'posted']);
  expect([await balance(0), await balance(1), await balance(2)]).toEqual([0n, 2n * FUNDS - 7n, FUNDS + 7n]);
});

describe('what the database refuses although the code let it pass', () => {
  test('a CHECK violation makes the batch go one by one: one error, named, and all neighbours posted', async () => {
    await execute(
      knex,
      'alter table ledger_transfers add constraint test_not_666 check (amount_paise <> 666)',
    );
    const sizes: number[] = [];
    const ledger = newLedger({ onBatch: (size) => sizes.push(size) });
    const amounts = [1n, 2n, 666n, 3n, 4n];
    const outcome = await Promise.allSettled(
      amounts.map((amount) => ledger.post(posting(wallet(0), wallet(1), amount))),
    );
    expect(outcome.map((o) => o.status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect((outcome[2] as PromiseRejectedResult).reason).toMatchObject({
      code: '23514',
      constraint: 'test_not_666',
    });
    expect(sizes).toEqual([1, 1, 1, 1]);
    expect(await balance(1)).toBe(FUNDS + 10n);
  });

  test('P2 the floor in the database holds when the code does not see it', async () => {
    await execute(
      knex,
      "alter table ledger_accounts add constraint test_floor check (credits_paise - debits_paise >= 0 or type = 'asset')",
    );
    // the code believes that there is no floor
    await execute(knex, 'update ledger_accounts set floor_paise = null where id = ?', [wallet(0)]);
    const ledger = newLedger();
    const results = await settled([
      ledger.post(posting(wallet(0), wallet(1), FUNDS)),
      ledger.post(posting(wallet(0), wallet(1), 1n)),
      ledger.post(posting(wallet(2), wallet(3), 1n)),
    ]);
    expect(results).toEqual(['posted', 'error 23514', 'posted']);
    expect(await balance(0)).toBe(0n);
  });

  test('numbers beyond 64 bits, and ids that are none', async () => {
    const ledger = newLedger();
    const results = await settled([
      ledger.post(posting(bank(), wallet(0), 2n ** 63n - 1n)),
      ledger.post({ journal: { ...posting(bank(), wallet(1), 1n).journal!, id: 'nonsense' } }),
      ledger.post(posting(bank(), wallet(2), 5n)),
    ]);
    expect(results).toEqual(['error 22003', 'error 22P02', 'posted']);
  });
});

describe('a connection lost', () => {
  test('in the middle of a batch: nothing is posted, all get SERVICE_UNAVAILABLE, and posting again posts', async () => {
    let kill = true;
    const ledger = newLedger({
      onPoint: async (point) => {
        if (point !== 'written' || !kill) return;
        kill = false;
        await execute(
          knex,
          `
            select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()
            and application_name = 'munim-group-commit' and state = 'idle in transaction'`,
        );
      },
    });
    const both = [posting(wallet(0), wallet(1), 10n), posting(wallet(2), wallet(3), 10n)];
    expect(await settled(both.map((p) => ledger.post(p)))).toEqual([
      'error SERVICE_UNAVAILABLE',
      'error SERVICE_UNAVAILABLE',
    ]);
    expect([await balance(0), await balance(2)]).toEqual([FUNDS, FUNDS]);
    expect(await postUntilKnown(ledger, both)).toEqual(['posted', 'posted']);
    expect([await balance(0), await balance(3)]).toEqual([FUNDS - 10n, FUNDS + 10n]);
  });

  test.each([
    ['before', 'posted'],
    ['after', 'repeat'],
  ] as const)(
    'at COMMIT, %s the server did it: unknown to the caller, and posting again is a %s',
    async (moment, again) => {
      const proxy = await newProxy();
      const ledger = newLedger({}, proxy.url);
      await ledger.post(posting(wallet(4), wallet(5), 1n));
      proxy.decide = () => {
        proxy.decide = () => 'pass';
        return moment;
      };
      const both = [posting(wallet(0), wallet(1), 10n), posting(wallet(0), wallet(1), 20n)];
      expect(await settled(both.map((p) => ledger.post(p)))).toEqual([
        'error SERVICE_UNAVAILABLE',
        'error SERVICE_UNAVAILABLE',
      ]);
      expect(proxy.cuts).toBe(1);
      expect(await postUntilKnown(ledger, both)).toEqual([again, again]);
      expect([await balance(0), await balance(1)]).toEqual([FUNDS - 30n, FUNDS + 30n]);
    },
  );

  test('over and over, under load: every posting ends once', async () => {
    const proxy = await newProxy();
    let commits = 0;
    proxy.decide = () => (['pass', 'after', 'pass', 'before', 'after'] as const)[(commits += 1) % 5]!;
    const ledger = newLedger({ maxBatch: 7 }, proxy.url);
    const all = Array.from({ length: 120 }, () => posting(wallet(0), wallet(1), 3n));
    let left = all;
    for (let round = 0; round < 60 && left.length > 0; round++) {
      const results = await settled(left.map((p) => ledger.post(p)));
      expect(results.filter((r) => !['posted', 'repeat', 'error SERVICE_UNAVAILABLE'].includes(r))).toEqual(
        [],
      );
      left = left.filter((_, i) => results[i]!.startsWith('error'));
    }
    expect(left).toEqual([]);
    expect(proxy.cuts).toBeGreaterThan(10);
    expect(await balance(1)).toBe(FUNDS + 360n);
  });
});

describe('many processes', () => {
  test('opposite lock orders on random accounts and new counters: all are posted, totals exact, no deadlock reaches a caller', async () => {
    const processes = Array.from({ length: 4 }, () => newLedger({ maxBatch: 6 }));
    let seed = 7;
    const random = (n: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * n);
    };
    const expected = new Map(WALLETS.map((_, i) => [i, FUNDS]));
    const reserved = new Map<string, bigint>();
    const all = Array.from({ length: 1_200 }, () => {
      const from = random(12);
      const to = (from + 1 + random(11)) % 12;
      const amount = BigInt(1 + random(50));
      expected.set(from, expected.get(from)! - amount);
      expected.set(to, expected.get(to)! + amount);
      const key = `limit:${random(80)}`;
      reserved.set(key, (reserved.get(key) ?? 0n) + amount);
      return posting(wallet(from), wallet(to), amount, {
        reserve: { key, capPaise: 10n ** 12n, amountPaise: amount },
      });
    });
    const results = await settled(all.map((p, i) => processes[i % 4]!.post(p)));
    expect(new Set(results)).toEqual(new Set(['posted']));
    for (const [i, paise] of expected) expect(await balance(i)).toBe(paise);
    // The counters stand for no transactions here: compared, then given back, so that the books are clean.
    const counters = await rows<{ key: string; used: bigint }>(
      knex,
      'select key, used_paise as used from limit_counters',
    );
    expect(new Map(counters.map((c) => [c.key, c.used]))).toEqual(reserved);
    await execute(knex, 'update limit_counters set used_paise = 0');
  });

  test('P2 a wallet that all of them empty at once is emptied exactly', async () => {
    const processes = Array.from({ length: 4 }, () => newLedger({ maxBatch: 9 }));
    const results = await settled(
      Array.from({ length: 200 }, (_, i) =>
        processes[i % 4]!.post(posting(wallet(0), wallet(1 + (i % 11)), FUNDS / 10n)),
      ),
    );
    expect(results.filter((r) => r === 'posted')).toHaveLength(10);
    expect(results.filter((r) => r === 'LEDGER_INSUFFICIENT_FUNDS')).toHaveLength(190);
    expect(await balance(0)).toBe(0n);
  });

  test(
    'one frozen in the middle of a batch is cut off, and who waits for its locks gets its ' +
      'turn; when it wakes it knows nothing and may post again',
    async () => {
      let wake: () => void = () => undefined;
      let freeze = true;
      const frozen = newLedger({
        onPoint: (point) =>
          point === 'locked' && freeze
            ? new Promise<void>((resolve) => {
                wake = resolve;
                freeze = false;
              })
            : undefined,
      });
      const other = newLedger();
      const asleep = posting(wallet(0), wallet(1), 10n);
      const answer = frozen.post(asleep);
      await new Promise((resolve) => {
        setTimeout(resolve, 100);
      });
      await expect(other.post(posting(wallet(2), wallet(3), 10n))).resolves.toMatchObject({
        status: 'posted',
      }); // other accounts, no wait
      // the same ones: waits until the frozen one is cut off
      await expect(other.post(posting(wallet(1), wallet(0), 10n))).resolves.toMatchObject({
        status: 'posted',
      });
      wake();
      await expect(answer).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
      await expect(frozen.post(asleep)).resolves.toMatchObject({ status: 'posted' });
      expect([await balance(0), await balance(1)]).toEqual([FUNDS, FUNDS]);
    },
  );
});
