/** A2: who alters, removes or puts in a posting of a sealed day is found, and the first one is named. */
import type { Knex } from 'knex';
import { createCloseStep } from '../../../domain/night/close';
import type { NightContext } from '../../../domain/night/step';
import type { AccountId } from '../../../domain/ids/ids';
import { createSafeguardingStep } from '../../../domain/safeguarding/safeguarding';
import { createSealStep } from '../../../domain/seal/seal';
import { createBalancesStep } from '../../../domain/snapshots/snapshots';
import { verifyTables } from '../../../domain/verification/verify';
import { accountCode, openAccounts } from '../../../domain/ledger/accounts';
import { pass as verifyInParts } from '../../support/walks';
import { execute, rows, sqlState } from '../../../platform/database';
import { parseEncryptionKeys } from '../../../platform/encryption';
import { createSigner } from '../../../platform/signing';
import { doNights, letTimePass, nightOf } from '../../support/nights';
import { until } from '../../support/until';
import { createFundedUser, createWorld, type DomainProcess, type World } from '../../support/world';

const signer = createSigner(
  parseEncryptionKeys(`a1:${Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64')}`),
);
let world: World;
beforeEach(async () => {
  world = await createWorld({ start: '2026-03-31T06:30:00Z' });
});
afterEach(() => world.close());

const stepsOf = (p: Pick<DomainProcess, 'knex' | 'clock' | 'ids'>) => {
  const parts = { ...p, long: p.knex, signer };
  return [
    createCloseStep(p),
    createBalancesStep(parts),
    createSafeguardingStep(parts),
    createSealStep(parts),
  ];
};
/** On whole tables, and the same part by part. */
async function found(): Promise<string[]> {
  const { whole, parts } = await world.knex.transaction(async (trx) => ({
    whole: await verifyTables(trx, {}),
    parts: await verifyInParts(trx, 1),
  }));
  const offenders = whole
    .filter(({ promise }) => promise === 'A2')
    .flatMap(({ name, result }) => (result?.offenders ?? []).map((o) => `${name}: ${o.id} ${o.detail}`));
  const inParts = parts.found.filter(({ check }) => check.startsWith('ledger-'));
  expect(new Set(inParts.map((o) => `${o.check}: ${o.id} ${o.detail}`))).toEqual(new Set(offenders));
  return offenders;
}

/** Two days of funding, both sealed. Returns the ids of the transfers. */
async function twoDays(): Promise<bigint[]> {
  for (let n = 1n; n <= 3n; n += 1n) await createFundedUser(world.first, 100n * n);
  world.clock.advance(86_400_000);
  await doNights(world, nightOf(world.first, stepsOf(world.first)));
  for (let n = 1n; n <= 2n; n += 1n) await createFundedUser(world.first, 1_000n * n);
  world.clock.advance(86_400_000);
  await doNights(world, nightOf(world.first, stepsOf(world.first)));
  return (await rows<{ id: bigint }>(world.knex, 'select id from ledger_transfers order by id')).map(
    ({ id }) => id,
  );
}

async function tamper(sql: string, values: readonly unknown[]): Promise<void> {
  for (const table of ['ledger_transfers', 'ledger_seals', 'ledger_seal_heads'])
    await execute(world.knex, `alter table ${table} disable trigger user`);
  await execute(world.knex, sql, values);
}

test('each transfer of a day is sealed once, and the head of the day is signed', async () => {
  const ids = await twoDays();
  expect(
    await rows(
      world.knex,
      'select seq::int as seq, business_date::text as day, transfers from ledger_seals order by seq',
    ),
  ).toEqual([
    { seq: 1, day: '2026-03-31', transfers: ids.slice(0, 3) },
    { seq: 2, day: '2026-04-01', transfers: ids.slice(3) },
  ]);
  expect(
    await rows(world.knex, 'select day::text as day, seq::int as seq from ledger_seal_heads order by day'),
  ).toEqual([
    { day: '2026-03-31', seq: 1 },
    { day: '2026-04-01', seq: 2 },
  ]);
  expect(await found()).toEqual([]);
});

test('a posting that was altered is named, and so is the link that holds it', async () => {
  const ids = await twoDays();
  await tamper('update ledger_transfers set code = ? where id = ?', ['fee', ids[1]]);
  await tamper(
    'update ledger_transfers set created_at = created_at + make_interval(secs => ?) where id = ?',
    [1, ids[4]],
  );
  expect(await found()).toEqual([
    `ledger-seal: transfer ${ids[1]} was altered: it is not what link 1 of the seal holds`,
    'ledger-seal: link 1 of the seal is not the hash of its transfers: one of them was altered, or it was rewritten',
    `ledger-seal: transfer ${ids[4]} was altered: it is not what link 2 of the seal holds`,
    'ledger-seal: link 2 of the seal is not the hash of its transfers: one of them was altered, or it was rewritten',
  ]);
});

test('a posting that was removed, and one that was put in, are named', async () => {
  const ids = await twoDays();
  await tamper('delete from ledger_transfers where id = ?', [ids[0]]);
  await tamper(
    `insert into ledger_transfers (id, journal_id, line, debit_account_id, credit_account_id, amount_paise, code,
      debit_balance_after, credit_balance_after, created_at) overriding system value
    select -1, gen_random_uuid(), 0, debit_account_id, credit_account_id, 5, 'x', 0, 0, created_at
    from ledger_transfers where id = ?`,
    [ids[3]],
  );
  expect(await found()).toEqual(
    expect.arrayContaining([
      `ledger-seal: transfer ${ids[0]} was removed; link 1 of the seal still holds it`,
      'ledger-sealed-whole: transfer -1 lies among the sealed transfers of its account, and no link of the seal holds it',
    ]),
  );
});

test('links that were made anew no longer fit what was signed', async () => {
  await twoDays();
  await tamper('delete from ledger_seals where seq > ?', [1]);
  expect(await found()).toContain(
    'ledger-heads: ledger head 2026-04-01 its link 2 is gone: links were removed at the end',
  );
});

test('a head whose signature is not that of its words is named', async () => {
  await twoDays();
  await tamper('update ledger_seal_heads set day = day - 7 where day = ?', ['2026-04-01']);
  expect(await found()).toEqual([expect.stringContaining('ledger-signatures: ledger head 2026-03-25 ')]);
});

test('a seal that broke off goes on where it was, and two at once make one chain', async () => {
  const users = Array.from({ length: 4 }, (_, n) => createFundedUser(world.first, 100n + BigInt(n)));
  await Promise.all(users);
  world.clock.advance(86_400_000);
  const other = await world.process();
  const nights = [nightOf(world.first, stepsOf(world.first)), nightOf(other, stepsOf(other))];
  await nights[0]!.open();
  for (let left = 1; left > 0;) {
    await letTimePass(world);
    const due = await nights[0]!.due();
    await Promise.all(due.flatMap(({ id }) => nights.map((night) => night.run(id))));
    left = due.length;
  }
  // the same day once more: nothing is added
  await execute(
    world.knex,
    "update nightly_runs set state = 'waiting', ended_at = null, due_at = clock_timestamp() where kind = 'seal'",
  );
  await doNights(world, nights[1]!);
  const [sum] = await rows<{ links: number; sealed: number }>(
    world.knex,
    'select count(*)::int as links, sum(cardinality(transfers))::int as sealed from ledger_seals',
  );
  expect(sum).toEqual({ links: 1, sealed: 4 });
  expect(await found()).toEqual([]);
});

test('whoever only seemed dead seals nothing again, after another has done its day', async () => {
  for (let n = 1n; n <= 3n; n += 1n) await createFundedUser(world.first, 100n * n);
  world.clock.advance(86_400_000);
  await doNights(world, nightOf(world.first, stepsOf(world.first).slice(0, 2)));
  const context = {
    ...{ date: '2026-03-31', provider: undefined, signal: new AbortController().signal },
    progress: () => undefined,
  } as unknown as NightContext;
  const sealing = (knex: Knex) =>
    createSealStep({ knex, long: knex, clock: world.clock, signer }).run(context);
  const other = await world.knex.transaction();
  await execute(other, 'lock table ledger_seals in exclusive mode'); // who adds waits; who reads does not
  const waking = sealing(world.knex).catch((error: unknown) => sqlState(error));
  await until(async () => {
    const waiting = await rows(
      world.knex,
      `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    );
    return waiting.length > 0;
  });
  expect(await sealing(other)).toMatchObject({ transfers: 3 });
  await other.commit();
  expect(await waking).toBe('23505');
  expect(await rows(world.knex, 'select seq::int as seq from ledger_seals')).toEqual([{ seq: 1 }]);
  expect(await found()).toEqual([]);
});

test('what nobody has placed yet is owed, and what users owe us stands for nothing', async () => {
  await createFundedUser(world.first, 5_000n);
  const user = await createFundedUser(world.first, 0n);
  const codes = [
    accountCode.bank('escrow'),
    accountCode.unidentified('escrow'),
    accountCode.adjustment('theft'),
    accountCode.userReceivable(user.userId),
  ];
  const accounts = await openAccounts(world.knex, codes);
  const [bank, unidentified, theft, receivable] = codes.map((code) => accounts.get(code)!);
  const line = (debit: AccountId, credit: AccountId) =>
    ({ debitAccountId: debit, creditAccountId: credit, amountPaise: 700n, code: 'adjusted' }) as const;
  await world.first.ledger.post({
    journal: {
      ...{ id: world.first.ids.uuid(), transactionId: null },
      // a deposit that nobody can place was stolen, and a user has something to give back
      transfers: [line(bank!, unidentified!), line(theft!, bank!), line(receivable!, theft!)],
    },
  });
  world.clock.advance(86_400_000);
  await doNights(world, nightOf(world.first, stepsOf(world.first)));
  expect(
    await rows(
      world.knex,
      'select owed_paise as owed, held_paise as held, shortfall_paise as short from safeguarding_days',
    ),
  ).toEqual([{ owed: 5_700n, held: 5_000n, short: 700n }]);
});

test('what users are owed is covered, and a shortfall is a case until it is', async () => {
  await createFundedUser(world.first, 5_000n);
  world.clock.advance(86_400_000);
  await doNights(world, nightOf(world.first, stepsOf(world.first)));
  const accounts = await openAccounts(world.knex, [
    accountCode.bank('escrow'),
    accountCode.adjustment('theft'),
  ]);
  const move = (from: string, to: string): Promise<unknown> =>
    world.first.ledger.post({
      journal: {
        id: world.first.ids.uuid(),
        transactionId: null,
        transfers: [
          {
            debitAccountId: accounts.get(to)!,
            creditAccountId: accounts.get(from)!,
            amountPaise: 300n,
            code: 'adjusted',
          },
        ],
      },
    });
  await move(accountCode.bank('escrow'), accountCode.adjustment('theft'));
  world.clock.advance(86_400_000);
  await doNights(world, nightOf(world.first, stepsOf(world.first)));
  const cases = () =>
    rows<{ open: boolean }>(
      world.knex,
      "select closed_at is null as open from ops_cases where kind = 'safeguarding_shortfall'",
    );
  expect(await cases()).toEqual([{ open: true }]);
  expect(
    await rows(
      world.knex,
      `select business_date::text as day, owed_paise as owed, held_paise as held, shortfall_paise as shortfall
      from safeguarding_days order by 1`,
    ),
  ).toEqual([
    { day: '2026-03-31', owed: 5_000n, held: 5_000n, shortfall: 0n },
    { day: '2026-04-01', owed: 5_000n, held: 4_700n, shortfall: 300n },
  ]);
  await move(accountCode.adjustment('theft'), accountCode.bank('escrow'));
  world.clock.advance(86_400_000);
  await doNights(world, nightOf(world.first, stepsOf(world.first)));
  expect(await cases()).toEqual([{ open: false }]);
});
