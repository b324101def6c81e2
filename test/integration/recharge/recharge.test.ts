/**
 * Recharges on a real database with a clock that the test moves: postings to the paisa, routes and rules from
 * rows, repeats, and the duplicate rule between processes.
 */
import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { RechargeRequest } from '../../../domain/recharge/recharge';
import { verifyTables } from '../../../domain/verification/verify';
import { FakeClock } from '../../../platform/clock';
import { compose, type Composition } from '../../../composition/compose';
import { execute, rows } from '../../../platform/database';
import { silentLog } from '../../../platform/logger';
import { closeWithCleanBooks } from '../../support/books';
import { startPlatform, type Platform } from '../../support/platform';
import {
  createScriptedRecharge,
  notThere,
  recharged,
  refusedByOperator,
  takenBack,
  type ScriptedRecharge,
} from '../../support/scripted-recharge';
import { attemptsOf, balances, movesOf, transactionRow } from '../../support/world';

const FUNDS = 10_000_000n;
let p: Platform;
let c: Composition;
let clock: FakeClock;
let setu: ScriptedRecharge;
let eko: ScriptedRecharge;
let user: Awaited<ReturnType<Platform['user']>>;

beforeEach(async () => {
  clock = new FakeClock('2026-11-25T06:30:00Z');
  [setu, eko] = [createScriptedRecharge('setu'), createScriptedRecharge('eko')];
  p = await startPlatform({ workers: [], clock, connectors: [setu, eko], profile: 'production' });
  c = p.c;
  user = await p.user(FUNDS);
});
afterEach(() => closeWithCleanBooks(c.knex, p));

const caller = () => ({
  ...user,
  keyId: 'key',
  scopes: ['recharge:write'] as const,
  services: ['recharge'],
  role: 'retailer',
});
const request = (over: Partial<RechargeRequest> = {}): RechargeRequest => ({
  mobile: '9876500001',
  operator: 'jio',
  circle: 'Karnataka',
  amountPaise: 29_900n,
  currency: 'INR',
  reference: `r-${randomUUID().slice(0, 20)}`,
  force: false,
  ...over,
});
const accept = async (over: Partial<RechargeRequest> = {}, by: Composition = c): Promise<string> =>
  (await by.acceptRecharges.accept(caller(), randomUUID(), request(over))).id;
const provider = async (id: string): Promise<string> =>
  (await rows<{ provider: string }>(c.knex, 'select provider from transactions where id = ?', [id]))[0]!
    .provider;
async function sent(over: Partial<RechargeRequest> = {}): Promise<string> {
  const id = await accept(over);
  expect((await c.holds.hold([id])).errors).toEqual([]);
  expect((await c.sender.send([id])).errors).toEqual([]);
  await c.settler.settle([id]);
  return id;
}
async function asked(id: string, answer: ReturnType<typeof recharged>): Promise<void> {
  clock.advance(1_000);
  setu.onInquire = () => answer;
  expect((await c.poller.poll([id])).errors).toEqual([]);
  expect((await c.settler.settle([id])).errors).toEqual([]);
}
const postings = async (id: string): Promise<string[]> =>
  (
    await rows<{ line: string }>(
      c.knex,
      `
  select d.code || ' -> ' || k.code || ' ' || x.amount_paise || ' ' || x.code as line from ledger_transfers x
  join ledger_accounts d on d.id = x.debit_account_id join ledger_accounts k on k.id = x.credit_account_id
  where x.transaction_id = ? order by x.id`,
      [id],
    )
  ).map(({ line }) => line.replaceAll(user.userId, 'u'));

describe('postings of 299.00 (domain.md 1.5, without the commission)', () => {
  const HOLD = 'wallet:u:main -> clearing:recharge 29900 hold';
  const CAPTURE = 'clearing:recharge -> float:setu 29900 principal';

  test('hold, then capture', async () => {
    const id = await accept();
    await c.holds.hold([id]);
    expect(await postings(id)).toEqual([HOLD]);
    setu.onSend = () => recharged();
    await c.sender.send([id]);
    await c.settler.settle([id]);
    expect(await postings(id)).toEqual([HOLD, CAPTURE]);
    expect(await balances(c.knex)).toEqual({
      'bank:escrow': -FUNDS,
      'float:setu': 29_900n,
      [`wallet:${user.userId}:main`]: FUNDS - 29_900n,
    });
  });

  test('a reversal by the operator is the mirror image: float back, wallet credited', async () => {
    setu.onSend = () => recharged();
    const id = await sent();
    await asked(id, takenBack());
    expect(await postings(id)).toEqual([
      HOLD,
      CAPTURE,
      'float:setu -> wallet:u:main 29900 principal_reversed',
    ]);
    expect(await transactionRow(c.knex, id)).toMatchObject({
      state: 'reversed',
      statusReason: 'reversed_by_operator',
    });
    expect(await movesOf(c.knex, id)).toEqual([
      'accepted>held',
      'held>dispatched',
      'dispatched>succeeded',
      'succeeded>reversed',
    ]);
    expect(await balances(c.knex)).toEqual({ 'bank:escrow': -FUNDS, [`wallet:${user.userId}:main`]: FUNDS });
    await asked(id, takenBack());
    expect(await postings(id)).toHaveLength(3);
  });

  test('a reversal that comes before the success is a failure: the hold is released', async () => {
    const id = await sent();
    await asked(id, takenBack());
    expect((await postings(id)).at(-1)).toBe('clearing:recharge -> wallet:u:main 29900 release');
    expect(await balances(c.knex)).toEqual({ 'bank:escrow': -FUNDS, [`wallet:${user.userId}:main`]: FUNDS });
  });

  test('a refusal releases the hold; a success after it goes to suspense and to a person', async () => {
    setu.onSend = () => refusedByOperator();
    const id = await sent();
    expect(await postings(id)).toEqual([HOLD, 'clearing:recharge -> wallet:u:main 29900 release']);
    await asked(id, recharged());
    expect((await postings(id)).at(-1)).toBe('suspense:setu -> float:setu 29900 late_principal');
    expect(await transactionRow(c.knex, id)).toMatchObject({ state: 'in_review' });
  });
});

describe('P5 unknown is not failed', () => {
  test('not found within the window is nothing; after it the same bytes go out once more under the same reference', async () => {
    setu.onSend = () => ({ kind: 'unknown', sent: true, rawStatus: '<timeout>' });
    const id = await sent();
    setu.onInquire = () => notThere;
    for (let i = 0; i < 3; i++) {
      expect(setu.sends).toHaveLength(1);
      clock.advance(600_000);
      await c.poller.poll([id]);
    }
    expect(setu.sends).toHaveLength(2);
    expect(setu.sends[1]!.body).toBe(setu.sends[0]!.body);
    expect(await attemptsOf(c.knex, id)).toMatchObject([{ attemptNo: 1, sendCount: 2 }]);
    await asked(id, recharged());
    expect((await transactionRow(c.knex, id)).state).toBe('succeeded');
  });

  test('one that was not sent in time is given back, and never sent', async () => {
    const id = await accept();
    await c.holds.hold([id]);
    clock.advance(600_000);
    await c.sender.send([id]);
    expect(await transactionRow(c.knex, id)).toMatchObject({
      state: 'failed',
      statusReason: 'TRANSACTION_EXPIRED',
    });
    expect(setu.sends).toHaveLength(0);
  });
});

describe('routes and rules are rows', () => {
  /** Rules are read again every half minute. */
  const later = async (): Promise<void> => {
    clock.advance(30_000);
    await c.rechargeRules.refresh();
  };

  test('the first provider of the route takes it, and what was accepted stays with its own', async () => {
    const first = await accept();
    await execute(
      p.db,
      "insert into recharge_routes values ('jio', '2026-11-25', 1, 'eko'), ('airtel', '2026-11-26', 1, 'eko')",
    );
    expect(await provider(await accept({ mobile: '9876500002' }))).toBe('setu');
    await later();
    const second = await accept({ mobile: '9876500003' });
    expect([
      await provider(first),
      await provider(second),
      await provider(await accept({ mobile: '9876500004', operator: 'airtel' })),
    ]).toEqual(['setu', 'eko', 'setu']);
    for (const id of [first, second]) {
      await c.holds.hold([id]);
      await c.sender.send([id]);
    }
    expect([setu.sends, eko.sends].map((sends) => sends.map((s) => s.instruction.mobile))).toEqual([
      ['9876500001'],
      ['9876500003'],
    ]);
  });

  test('a provider that is not set up is passed over; where none is, nothing is accepted', async () => {
    await execute(
      p.db,
      `insert into recharge_routes values ('vi', '2026-11-25', 1, 'razorpayx'), ('vi', '2026-11-25', 2,
        'nobody'), ('vi', '2026-11-25', 3, 'eko'), ('bsnl', '2026-11-25', 1, 'nobody')`,
    );
    await c.rechargeRules.refresh();
    expect(await provider(await accept({ operator: 'vi' }))).toBe('eko');
    await expect(accept({ operator: 'bsnl', amountPaise: 10_000n })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
  });

  test('what is stopped takes nothing: another provider does, and what was accepted keeps its own and waits', async () => {
    const stop = async (place: string, provider: string | null, subject: string | null): Promise<void> => {
      await execute(
        p.db,
        `insert into routing_stops (id, service, provider, subject, reason, placed_by, placed_at)
        values (:id, 'recharge', :provider, :subject, :place, :by, now())`,
        { id: randomUUID(), place, provider, subject, by: user.userId },
      );
      await c.roads.refresh();
    };
    const first = await accept();
    await c.holds.hold([first]);
    await stop('the first provider', 'setu', null);
    expect(await provider(await accept({ mobile: '9876500002' }))).toBe('eko');
    await c.sender.send([first]);
    expect([await provider(first), setu.sends.length, eko.sends.length]).toEqual(['setu', 0, 0]);
    expect((await transactionRow(c.knex, first)).state).toBe('held');
    await stop('every provider', null, null);
    await expect(accept({ mobile: '9876500003' })).rejects.toMatchObject({ code: 'ROUTE_STOPPED' });
    expect([setu.sends.length, eko.sends.length]).toEqual([0, 0]);
  });

  test('an operator is closed, or recharges plans only, from a date on', async () => {
    await execute(
      p.db,
      "insert into recharge_operators values ('vi', '2026-11-25', false, false), ('jio', '2026-11-26', true, false)",
    );
    await c.rechargeRules.refresh();
    await expect(accept({ operator: 'vi' })).rejects.toMatchObject({ code: 'RECHARGE_OPERATOR_CLOSED' });
    await expect(accept({ amountPaise: 29_901n })).rejects.toMatchObject({ code: 'RECHARGE_PLAN_UNKNOWN' });
    clock.set(new Date('2026-11-25T18:29:59Z')); // 23:59:59 in India
    await expect(accept({ amountPaise: 29_901n })).rejects.toMatchObject({ code: 'RECHARGE_PLAN_UNKNOWN' });
    clock.set(new Date('2026-11-25T18:30:00Z'));
    await accept({ amountPaise: 29_901n });
  });

  test('plans are asked for once while they may be kept', async () => {
    for (const amountPaise of [29_901n, 29_902n])
      await expect(accept({ amountPaise })).rejects.toMatchObject({ code: 'RECHARGE_PLAN_UNKNOWN' });
    expect(setu.questions).toEqual(['plans']);
    clock.advance(300_000);
    await accept();
    expect(setu.questions).toEqual(['plans', 'plans', 'validate']);
  });
});

describe('P4 the duplicate rule', () => {
  test('counts from the acceptance of a first that succeeded, for the minutes of its row', async () => {
    setu.onSend = () => recharged();
    await sent();
    clock.advance(179_999);
    await expect(accept()).rejects.toMatchObject({ code: 'RECHARGE_DUPLICATE_SUSPECTED' });
    clock.advance(1);
    await sent();
    await execute(p.db, "insert into recharge_policies values ('production', '2026-11-25', 0, 5000, 0)");
    clock.advance(30_000);
    await c.rechargeRules.refresh();
    await accept();
  });

  test('a first without an end counts however old it is: that is when people try again', async () => {
    await accept();
    clock.advance(86_400_000);
    await expect(accept()).rejects.toMatchObject({ code: 'RECHARGE_DUPLICATE_SUSPECTED' });
    await accept({ force: true });
  });

  test('two processes, two taps, two keys: one of them, each time', async () => {
    const other = await compose('test', c.config, {
      clock,
      log: silentLog,
      connectors: [createScriptedRecharge('setu')],
    });
    try {
      const results = await Promise.all(
        Array.from({ length: 30 }, (_, i) =>
          Promise.allSettled(
            [c, other, c, other].map((by) => accept({ mobile: `98765${String(10_000 + i)}` }, by)),
          ),
        ),
      );
      for (const taps of results) {
        expect(taps.filter((t) => t.status === 'fulfilled')).toHaveLength(1);
        expect(
          taps.flatMap((t) => (t.status === 'rejected' ? [(t.reason as { code?: string }).code] : [])),
        ).toEqual(Array(3).fill('RECHARGE_DUPLICATE_SUSPECTED'));
      }
    } finally {
      await other.close();
    }
  });

  test('a first one that is being stored is waited for', async () => {
    const mobile = '9876511111';
    const trx = await p.db.transaction();
    await execute(trx, 'lock table recharges in share mode'); // the first takes the lock of its number and cannot go on
    const first = accept({ mobile });
    const second = accept({ mobile });
    const settled = Promise.allSettled([first, second]);
    let isOver = false;
    void settled.then(() => {
      isOver = true;
    });
    await new Promise((resolve) => {
      setTimeout(resolve, 200);
    });
    expect(isOver).toBe(false);
    await trx.commit();
    expect((await settled).map((s) => s.status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('what the database refuses', () => {
  const refusalOf = async (sql: string): Promise<unknown> =>
    p.db
      .transaction(async (trx: Knex.Transaction) => {
        await execute(trx, sql);
      })
      .then(
        () => 'done',
        (error: { constraint?: string; message: string }) => error.constraint ?? error.message,
      );

  test('a number in clear, facts that differ from the transaction, and any change', async () => {
    const id = await accept();
    const copy = (columns: string): string =>
      `insert into recharges select ${columns} from recharges where transaction_id = '${id}'`;
    const plain =
      'transaction_id, user_id, mobile_sealed, mobile_fingerprint, mobile_hint, operator, circle, amount_paise, created_at';
    expect(await refusalOf(copy(plain.replace('mobile_sealed', "'9876500001'")))).toBe('recharges_sealed');
    expect(await refusalOf(copy(plain.replace('mobile_hint', "'9876500001'")))).toBe('recharges_hint_form');
    for (const [column, other] of [
      ['amount_paise', 'amount_paise + 1'],
      ['created_at', "created_at - interval '1 hour'"],
      ['user_id', 'gen_random_uuid()'],
    ] as const) {
      const moved = `
        set local session_replication_role = replica; delete from recharges where transaction_id = '${id}';
        set local session_replication_role = origin`;
      const trx = await p.db.transaction();
      const [row] = await rows<Record<string, unknown>>(
        trx,
        `select ${plain.replace(column, `${other} as ${column}`)} from recharges where transaction_id = ?`,
        [id],
      );
      await trx.raw(moved);
      const names = Object.keys(row!);
      await expect(
        trx.raw(
          `insert into recharges (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`,
          Object.values(row!) as Knex.RawBinding[],
        ),
      ).rejects.toMatchObject({ constraint: 'recharges_match_transaction' });
      await trx.rollback();
    }
    for (const sql of [`update recharges set operator = 'vi'`, 'delete from recharges', 'truncate recharges'])
      expect(await refusalOf(sql)).toMatch(/recharges_stay/);
  });

  test('P3 verification names a recharge that was not stored whole', async () => {
    const id = await accept();
    const trx = await p.db.transaction();
    await trx.raw('set local session_replication_role = replica');
    await execute(trx, 'delete from recharges where transaction_id = ?', [id]);
    const findings = await verifyTables(trx, {});
    await trx.rollback();
    expect(findings.find((f) => f.name === 'accepted-whole')?.result?.offenders).toEqual([
      { id: `transaction ${id}`, detail: 'has no row of its recharge' },
    ]);
  });
});
