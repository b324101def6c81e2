/**
 * How income is shared, in SQL: against the same said in TypeScript, over many rules and amounts. Transactions are
 * rows without journals of theirs here, and their income is posted as the services post it.
 */
import assert from 'node:assert/strict';
import { userId, type TransactionId } from '../../../domain/ids/ids';
import { createCommissionAccruals } from '../../../domain/commissions/accrue';
import { createCommissionSteps } from '../../../domain/commissions/night-steps';
import type { NightContext } from '../../../domain/night/step';
import { accountCode } from '../../../domain/ledger/accounts';
import type { Journal } from '../../../domain/ledger/journal';
import { slabsFromText } from '../../../domain/commissions/slab-text';
import { shareOf } from '../../../domain/commissions/rule-check';
import { TOLD_APART } from '../../../domain/services/services';
import type { AppUser } from '../../../domain/users/users';
import { businessDate, startOfBusinessDate } from '../../../platform/clock';
import { execute, rows } from '../../../platform/database';
import { systemIds } from '../../../platform/ids';
import { allocate } from '../../../platform/money';
import { createDesk, plantTransactions, type Desk, type Planted } from '../../support/commissions';
import { createStaff, type Staff } from '../../support/operations';
import { createWorld, type World } from '../../support/world';

const DAY_MS = 86_400_000;
let world: World;
let staff: Staff;
let desk: Desk;
let retailer: AppUser;
let distributor: AppUser;

beforeEach(async () => {
  world = await createWorld();
  staff = await createStaff({ knex: world.knex, clock: world.clock });
  desk = createDesk(staff);
  retailer = await world.user(0n);
  distributor = await world.user(0n);
  await execute(world.knex, "update users set type = 'distributor' where id = ?", [distributor.userId]);
  await execute(world.knex, 'update users set parent_id = ? where id = ?', [
    distributor.userId,
    retailer.userId,
  ]);
  await desk.scheme('standard', 'all');
});
afterEach(async () => {
  staff.close();
  await world.close();
});

interface Earned extends Omit<Planted, 'id' | 'userId' | 'createdAt'> {
  poolPaise: bigint;
  id?: string;
  at?: Date;
  user?: AppUser;
}

/** Plants transactions and posts what the provider pays for each, less 2 % tax, as settling does. */
async function earn(list: readonly Earned[]): Promise<string[]> {
  const planted = list.map(({ service, category, operator, amountPaise, id, at, user }) => ({
    ...{ service, category, operator, amountPaise },
    id: id ?? systemIds.uuid(),
    userId: (user ?? retailer).userId,
    createdAt: at ?? world.clock.now(),
  }));
  await plantTransactions(world.knex, planted);
  await Promise.all(planted.map(({ id, service }, i) => post(id, service, list[i]!.poolPaise)));
  return planted.map(({ id }) => id);
}

async function post(
  id: string,
  service: string,
  poolPaise: bigint,
  isFee = service === 'payout',
): Promise<void> {
  const { accounts, ledger } = world.first;
  const amountPaise = poolPaise > 0n ? poolPaise : -poolPaise;
  const income = await accounts.id(
    isFee ? accountCode.feeIncome(service) : accountCode.commissionIncome('eko', service),
  );
  const tds = amountPaise / 50n;
  const from = await Promise.all(
    ['commission', 'commission_tds'].map((_, i) =>
      accounts.id(i === 0 ? accountCode.float('eko') : accountCode.tdsReceivable('eko')),
    ),
  );
  const journal: Journal = {
    id: systemIds.uuid(),
    transactionId: id as TransactionId,
    transfers: [amountPaise - tds, tds].flatMap((part, i) =>
      part === 0n
        ? []
        : [
            poolPaise > 0n
              ? { debitAccountId: from[i]!, creditAccountId: income, amountPaise: part, code: 'commission' }
              : {
                  debitAccountId: income,
                  creditAccountId: from[i]!,
                  amountPaise: part,
                  code: 'commission_reversed',
                },
          ],
    ),
  };
  assert.equal((await ledger.post({ journal })).status, 'posted');
}

const accrue = () => world.first.commissions.accruals.run();

/** What everybody has earned by each transaction, by level. */
async function shares(): Promise<Map<string, Record<string, bigint>>> {
  const found = await rows<{ id: string; level: string; gross: bigint }>(
    world.knex,
    `select transaction_id as id, level, sum(gross_paise)::int8 as gross from commission_accruals
     group by transaction_id, level`,
  );
  const of = new Map<string, Record<string, bigint>>();
  for (const { id, level, gross } of found) of.set(id, { ...of.get(id), [level]: gross });
  return of;
}

const nextDay = (): void => world.clock.advance(DAY_MS);

test('the worked postings of a bill, a withdrawal, a recharge and a payout, to the paisa, from the income to the wallet', async () => {
  await desk.rule('standard', 'bbps:8', '1-500000:retailer=80', '2026-11-02');
  await desk.rule('standard', 'aeps:withdrawal', '10100-300099:retailer=30bp', '2026-11-02');
  await desk.rule('standard', 'recharge::jio', '20000-500000:retailer=200', '2026-11-02');
  await execute(
    world.knex,
    "update prices set fee_paise = 500, provider_fee_paise = 300 where service = 'payout'",
  );
  await desk.rule('standard', 'payout', '100-2500000:retailer=100', '2026-11-02');
  nextDay();
  await execute(
    world.knex,
    `insert into commission_tds_rules select '2026-11-02', section, payment_code, form, bps, bps, threshold_paise, true, source
     from commission_tds_rules where in_force_from = '2026-04-01'`,
  );
  const paidBy: [Earned, string[]][] = [
    [
      { service: 'bbps', category: '8', amountPaise: 287_000n, poolPaise: 120n },
      [
        'expense:commission:retailer -> tax:tds-payable 2',
        'expense:commission:retailer -> wallet:R:commission 78',
      ],
    ],
    [
      { service: 'aeps', category: 'withdrawal', amountPaise: 300_000n, poolPaise: 1_200n },
      [
        'expense:commission:retailer -> tax:tds-payable 18',
        'expense:commission:retailer -> wallet:R:commission 882',
      ],
    ],
    [
      { service: 'recharge', operator: 'jio', amountPaise: 29_900n, poolPaise: 299n },
      [
        'expense:commission:retailer -> tax:tds-payable 4',
        'expense:commission:retailer -> wallet:R:commission 196',
      ],
    ],
    [
      { service: 'payout', amountPaise: 1_000_000n, poolPaise: 500n },
      [
        'expense:commission:retailer -> tax:tds-payable 2',
        'expense:commission:retailer -> wallet:R:commission 98',
      ],
    ],
  ];
  for (const [earned, lines] of paidBy) {
    retailer = await world.user(0n);
    await earn([earned]);
    await accrue();
    if (earned.service === 'payout') world.clock.advance(30 * DAY_MS);
    else nextDay();
    await world.first.commissions.payouts.run();
    expect(await postingsOf(retailer)).toEqual(lines);
  }
});

async function postingsOf({ userId: user }: AppUser): Promise<string[]> {
  const found = await rows<{ line: string }>(
    world.knex,
    `select d.code || ' -> ' || c.code || ' ' || x.amount_paise as line
    from commission_payouts p join ledger_transfers x on x.journal_id = p.id
      join ledger_accounts d on d.id = x.debit_account_id join ledger_accounts c on c.id = x.credit_account_id
    where p.user_id = ? order by 1`,
    [user],
  );
  return found.map(({ line }) => line.replaceAll(user, 'R'));
}

test('10,000 random splits of a commission: parts sum to the whole, by the largest remainder, the first of equal ones', async () => {
  const random = seeded(20261212);
  const weights = Array.from({ length: 25 }, () => {
    const first = random(10_001);
    return [first, random(10_001 - first)] as const;
  });
  weights.push([3_333, 3_333], [5_000, 5_000], [0, 0], [3_334, 3_333]);
  const slabs = weights
    .map(([r, d], i) => `%${i * 1_000 + 1}-${i * 1_000 + 1_000}:retailer=${r}bp,distributor=${d}bp`)
    .join(';');
  await desk.rule('standard', 'recharge', slabs, '2026-11-02');
  nextDay();
  const list: Earned[] = Array.from({ length: 10_000 }, (_, i) => ({
    service: 'recharge',
    operator: 'jio',
    amountPaise: BigInt(1 + random(weights.length * 1_000)),
    poolPaise: [1n, 2n, 100n][i % 20] ?? BigInt(1 + random(5_000)),
    id: systemIds.uuid(),
  }));
  await plantMany(list);
  expect(await accrue()).toMatchObject({ earned: 10_000 });
  const found = await shares();
  for (const { id, amountPaise, poolPaise } of list) {
    const [r, d] = weights[Number((amountPaise - 1n) / 1_000n)]!;
    const [toRetailer, toDistributor] = allocate(poolPaise, [BigInt(r), BigInt(d), BigInt(10_000 - r - d)]);
    const { retailer: gotRetailer = 0n, distributor: gotDistributor = 0n } = found.get(id!) ?? {};
    assert.deepEqual(
      [gotRetailer, gotDistributor],
      [toRetailer, toDistributor],
      `${poolPaise} by ${r} and ${d}`,
    );
  }
  const [kept] = await rows<{ lost: bigint }>(
    world.knex,
    'select (sum(pool_paise) - sum(shared_paise) - sum(pool_paise - shared_paise))::int8 as lost from commission_earnings',
  );
  expect(kept!.lost).toBe(0n);
});

/** Many at once, each with one line of income. */
async function plantMany(list: readonly Earned[]): Promise<void> {
  const income = await world.first.accounts.id(accountCode.commissionIncome('eko', 'recharge'));
  const float = await world.first.accounts.id(accountCode.float('eko'));
  for (let i = 0; i < list.length; i += 1_000) {
    const part = list.slice(i, i + 1_000);
    await world.knex.transaction(async (trx) => {
      await execute(trx, 'set local session_replication_role = replica');
      await execute(trx, MANY, {
        ids: part.map(({ id }) => id),
        amounts: part.map(({ amountPaise }) => amountPaise),
        userId: retailer.userId,
        at: world.clock.now(),
      });
    });
    await Promise.all(
      part.map(({ id, poolPaise }) =>
        world.first.ledger.post({
          journal: {
            id: systemIds.uuid(),
            transactionId: id as TransactionId,
            transfers: [
              { debitAccountId: float, creditAccountId: income, amountPaise: poolPaise, code: 'commission' },
            ],
          },
        }),
      ),
    );
  }
}

const MANY = `
  insert into transactions (id, user_id, wallet_id, account_id, service, flow, state, provider, amount_paise, fee_paise,
    tax_paise, reference, expected_by, expires_at, created_at, updated_at, finished_at, outcome, outcome_at,
    outcome_count, effect_count, posted_count, attempt_no, upline_id, request_id)
  select n.id, u.id, w.id, w.account_id, 'recharge', 'debit', 'succeeded', 'eko', n.amount, 0, 0, n.id, a.at, a.at,
    a.at, a.at, a.at, 'succeeded', a.at, 1, 1, 1, 1, u.upline_id, n.id
  from users u join wallets w on w.user_id = u.id and w.kind = 'main', (select :at::timestamptz as at) a,
    unnest(:ids::uuid[], :amounts::int8[]) as n(id, amount)
  where u.id = :userId`;

/** A small generator of whole numbers below `most`, the same for a seed. */
function seeded(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
}

test('the most specific rule wins: user, nearest network, plan, all; then operator, category, service; then the newest', async () => {
  const master = await world.user(0n);
  await execute(world.knex, "update users set type = 'master_distributor' where id = ?", [master.userId]);
  await execute(world.knex, 'update users set parent_id = ? where id = ?', [
    master.userId,
    distributor.userId,
  ]);
  await desk.scheme('far', 'network', master.userId);
  await desk.scheme('near', 'network', distributor.userId);
  await desk.scheme('gold', 'plan');
  await desk.scheme('mine', 'user', retailer.userId);
  const ORDER = ['mine', 'near', 'far', 'gold', 'standard'] as const;
  await desk.plan(retailer.userId, 'gold', '2026-11-02');
  const PLACES = [':B7', '8', ''] as const;
  const random = seeded(7);
  const made: { scheme: number; place: number; flat: number; from: number }[] = [];
  for (const [scheme, name] of ORDER.entries())
    for (const [place, where] of PLACES.entries())
      for (const from of [2, 4]) {
        if (random(3) === 0) continue;
        const flat = 1 + made.length;
        const [category, operator] = where === ':B7' ? ['', ':B7'] : [where, ''];
        await desk
          .rule(name, `bbps:${category}${operator}`, `1-500000:retailer=${flat}`, `2026-11-0${from}`)
          .then(
            () => made.push({ scheme, place, flat, from }),
            (error: { code: string }) => expect(error.code).toBe('COMMISSION_RULE_INVALID'),
          );
      }
  expect(made.length).toBeGreaterThan(8);
  for (const [operator, category, applies] of [
    ['B7', '8', [0, 1, 2]],
    ['B9', '8', [1, 2]],
    ['B9', '11', [2]],
  ] as const)
    for (const day of [2, 3, 4, 5]) {
      const at = new Date(`2026-11-0${day}T06:00:00Z`);
      const [id] = await earn([
        { service: 'bbps', category, operator, amountPaise: 5_000n, poolPaise: 120n, at },
      ]);
      await accrue();
      const best = made
        .filter(({ place, from }) => (applies as readonly number[]).includes(place) && from <= day)
        .toSorted((a, b) => a.scheme - b.scheme || a.place - b.place || b.from - a.from)[0];
      expect((await shares()).get(id!)).toEqual(
        best === undefined ? undefined : { retailer: BigInt(best.flat) },
      );
    }
});

test('a rule that ends leaves its place to the less specific one; the day in India decides, to the second', async () => {
  await desk.rule('standard', 'bbps', '1-500000:retailer=10', '2026-11-02');
  await desk.scheme('mine', 'user', retailer.userId);
  await desk.rule('mine', 'bbps', '1-500000:retailer=20', '2026-11-02');
  await desk.rule('mine', 'bbps', '', '2026-11-04');
  const bill = { service: 'bbps', category: '8', amountPaise: 5_000n, poolPaise: 120n } as const;
  const ids = await earn(
    ['2026-11-01T18:29:59Z', '2026-11-01T18:30:00Z', '2026-11-03T18:29:59Z', '2026-11-03T18:30:00Z'].map(
      (at) => ({
        ...bill,
        at: new Date(at),
      }),
    ),
  );
  await accrue();
  const found = await shares();
  expect(ids.map((id) => found.get(id)?.retailer)).toEqual([undefined, 20n, 20n, 10n]);
});

test('earned, taken back and earned again, in one reading or in several, comes to the same', async () => {
  await desk.rule('standard', 'bbps', '1-500000:retailer=10', '2026-11-02');
  await desk.rule('standard', 'recharge', '%1-500000:retailer=6667bp', '2026-11-02');
  nextDay();
  const [bill, recharge] = await earn([
    { service: 'bbps', category: '8', amountPaise: 5_000n, poolPaise: 120n },
    { service: 'recharge', operator: 'jio', amountPaise: 5_000n, poolPaise: 50n },
  ]);
  await accrue();
  await post(bill!, 'bbps', -120n);
  await post(bill!, 'bbps', 120n);
  expect(await accrue()).toMatchObject({ earned: 0, takenBack: 0 });
  await post(bill!, 'bbps', -120n);
  await accrue();
  await post(bill!, 'bbps', 120n);
  await post(recharge!, 'recharge', 7n); // another figure: what is shared of it follows
  await accrue();
  const found = await shares();
  expect([found.get(bill!), found.get(recharge!)]).toEqual([{ retailer: 10n }, { retailer: 38n }]);
  const turns = await rows<{ turn: number }>(
    world.knex,
    'select turn from commission_earnings where transaction_id = ? order by turn',
    [bill!],
  );
  expect(turns.map(({ turn }) => turn)).toEqual([1, 2, 3]);
});

test('a batch ends between journals, however small it is', async () => {
  await desk.rule('standard', 'recharge', '%1-500000:retailer=10000bp', '2026-11-02');
  nextDay();
  await earn(
    Array.from({ length: 7 }, () => ({
      service: 'recharge',
      operator: 'jio',
      amountPaise: 9_000n,
      poolPaise: 100n,
    })),
  );
  const done = await createCommissionAccruals({
    ...{ knex: world.first.knex, clock: world.clock, toldApart: TOLD_APART, batch: 3 },
  }).run();
  expect(done).toMatchObject({ lines: 14, earned: 7 });
  expect([...(await shares()).values()]).toEqual(Array.from({ length: 7 }, () => ({ retailer: 100n })));
});

test('shares of the amount are those of the preview, for slabs, caps and percents', async () => {
  const typed = '1-9999:retailer=12bp;10000-300000:retailer=3+5bp<60,distributor=2bp<9';
  await desk.rule('standard', 'recharge::vi', typed, '2026-11-02');
  nextDay();
  const amounts = [1n, 9_999n, 10_000n, 113_999n, 114_000n, 299_999n, 300_000n, 300_001n];
  const ids = await earn(
    amounts.map((amountPaise) => ({ service: 'recharge', operator: 'vi', amountPaise, poolPaise: 9_000n })),
  );
  await accrue();
  const found = await shares();
  for (const [i, amountPaise] of amounts.entries()) {
    const slab = slabsFromText(typed).find((s) => amountPaise >= s.fromPaise && amountPaise <= s.toPaise);
    const expected = Object.fromEntries(
      (slab?.shares ?? [])
        .map((share) => [share.level, shareOf(share, amountPaise)])
        .filter(([, paise]) => paise !== 0n),
    ) as Record<string, bigint>;
    expect(found.get(ids[i]!) ?? {}).toEqual(expected);
    const { shares: seen } = await world.first.commissions.reader.previewAll(userId(retailer.userId), {
      ...{ service: 'recharge', category: null, operator: 'vi', amountPaise },
    });
    expect(Object.fromEntries(seen.map(({ level, grossPaise }) => [level, grossPaise]))).toEqual(expected);
  }
});

test('the accrual of a day reads no line of the next day, which the next night reads with its own', async () => {
  await desk.rule('standard', 'bbps', '1-500000:retailer=10', '2026-11-02');
  nextDay();
  const today = businessDate(world.clock.now());
  const midnight = new Date(startOfBusinessDate(today).getTime() + DAY_MS);
  const tomorrow = businessDate(midnight);
  const of = (date: string, ends: Date) =>
    createCommissionSteps({ ...world.first, toldApart: TOLD_APART })[0]!.run({
      date,
      ends,
      signal: new AbortController().signal,
      progress: () => undefined,
    } as unknown as NightContext);
  world.clock.set(new Date(midnight.getTime() - 1));
  const [before] = await earn([{ service: 'bbps', category: '8', amountPaise: 5_000n, poolPaise: 120n }]);
  world.clock.set(midnight);
  const [after] = await earn([{ service: 'bbps', category: '8', amountPaise: 5_000n, poolPaise: 120n }]);
  const days = () =>
    rows<{ id: string; day: string }>(
      world.knex,
      'select transaction_id as id, day::text as day from commission_earnings order by day',
    );
  expect(await of(today, midnight)).toEqual({ earned: 1, taken_back: 0 });
  expect(await days()).toEqual([{ id: before, day: today }]);
  expect(await of(tomorrow, new Date(midnight.getTime() + DAY_MS))).toEqual({ earned: 1, taken_back: 0 });
  expect(await days()).toEqual([
    { id: before, day: today },
    { id: after, day: tomorrow },
  ]);
});

test('parts of our own fee are those of the preview, and leave what the provider takes of it', async () => {
  await execute(world.knex, "update prices set provider_fee_paise = fee_paise / 2 where service = 'payout'");
  await desk.rule('standard', 'payout', '%100-1000000:retailer=5000bp', '2026-11-02');
  await expect(
    desk.rule('standard', 'payout', '%100-1000000:retailer=5001bp', '2026-11-02'),
  ).rejects.toMatchObject({ code: 'COMMISSION_RULE_INVALID' });
  nextDay();
  const asked = { service: 'payout', category: 'NEFT', operator: null, amountPaise: 100_000n };
  const seen = await world.first.commissions.reader.previewAll(userId(retailer.userId), asked);
  expect(seen).toMatchObject({ poolPaise: 500n, marginPaise: 0n });
  const [id] = await earn([{ service: 'payout', amountPaise: 100_000n, poolPaise: 500n }]);
  await accrue();
  expect((await shares()).get(id!)).toEqual({ retailer: seen.shares[0]!.grossPaise });
});

test('what cannot be kept is refused with its field: a day that is none, a service, a user, a day that is taken', async () => {
  await desk.scheme('gold', 'plan');
  await desk.plan(retailer.userId, 'gold', '2026-11-05');
  for (const [tried, field] of [
    [() => desk.rule('standard', 'dmt', '%1-100:retailer=1bp', '2027-02-30'), 'in_force_from'],
    [() => desk.rule('standard', 'dmx', '%1-100:retailer=1bp', '2026-11-05'), 'service'],
    [() => desk.plan(userId(systemIds.uuid()), 'gold', '2026-11-05'), 'user'],
    [() => desk.plan(retailer.userId, null, '2026-11-05'), 'in_force_from'],
  ] as const)
    await expect(tried()).rejects.toMatchObject({
      code: 'COMMISSION_RULE_INVALID',
      errors: [{ pointer: `#/${field}` }],
    });
});

test('a service that comes to share its own fee shares it of what is accepted from then on, and nothing of the past', async () => {
  await desk.rule('standard', 'bbps', '%1-1000000:retailer=5000bp', '2026-11-02');
  nextDay();
  const bill = { service: 'bbps', category: '8', amountPaise: 100_000n };
  const [before] = await earn([{ ...bill, poolPaise: 120n }]);
  await post(before!, 'bbps', 500n, true);
  await accrue();
  await execute(
    world.knex,
    `insert into commission_terms select service, '2026-11-03', 'fee', mode, waits_days from commission_terms where service = 'bbps'`,
  );
  await accrue();
  nextDay();
  const [after] = await earn([{ ...bill, poolPaise: 120n }]);
  await post(after!, 'bbps', 500n, true);
  await accrue();
  expect(Object.fromEntries(await shares())).toEqual({
    [before!]: { retailer: 60n },
    [after!]: { retailer: 250n },
  });
});
