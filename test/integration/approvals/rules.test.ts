/** The maker-checker by its rules: who may, how long, how much alone; and what parallel clicks do. */
import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { createAccess } from '../../../domain/access/access';
import { createFreshGrants } from '../../../domain/access/grants';
import { createNetwork } from '../../../domain/access/network';
import {
  createApprovals,
  type ApprovalAction,
  type Approvals,
  type Person,
  type Proposal,
} from '../../../domain/approvals/approvals';
import { createApprovalKeeper } from '../../../domain/approvals/expiry';
import { FakeClock } from '../../../platform/clock';
import { execute, makeKnex, rows } from '../../../platform/database';
import { systemIds } from '../../../platform/ids';
import { makeStaff, type StaffRole } from '../../support/access';
import { freshDatabase } from '../../support/database';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let owner: Knex;
let knex: Knex;
let approvals: Approvals;
const clock = new FakeClock(new Date('2026-11-30T06:00:00Z'));
const people = new Map<StaffRole | 'ops2' | 'finance2', Person>();
const DAY_MS = 86_400_000;

/** What an approval of this test changes: a row that anybody can count. */
let limit: string;
const raise: ApprovalAction = {
  look: () => Promise.resolve({}),
  async changes(db, { to }) {
    const lock = db.isTransaction === true ? ' for update' : '';
    const [found] = await rows<{ value: string }>(db, `select value from tested where name = ?${lock}`, [
      limit,
    ]);
    return { value: { from: found!.value, to: String(to) } };
  },
  async carryOut(trx, { detail }, _by, lock) {
    await lock();
    await execute(trx, 'update tested set value = :to, times = times + 1 where name = :limit', {
      to: String(detail.to),
      limit,
    });
    return { journalId: null, result: { value: detail.to! } };
  },
};
const give: ApprovalAction = {
  look: () => Promise.resolve({}),
  async carryOut(trx, approval, _by, lock) {
    await lock();
    await execute(trx, 'update tested set times = times + 1 where name = ?', [limit]);
    return { journalId: null, result: { given: approval.subject } };
  },
};

beforeAll(async () => {
  database = await freshDatabase();
  owner = makeKnex(database.url);
  knex = makeKnex(database.appUrl, { max: 12 });
  await owner.raw(`
    create table tested (name text primary key, value text not null, times integer not null default 0);
    grant select, insert, update on tested to public;
    insert into approval_rules (action, in_force_from, area, expires_after_s, alone_up_to_paise, alone_window_s) values
      ('test.raise', '2026-01-01', 'limits', 3600, 0, 86400),
      ('test.give', '2026-01-01', 'funds', 3600, 100000, 86400)`);
  for (const [name, role] of [
    ['ops', 'ops'],
    ['ops2', 'ops'],
    ['finance', 'finance'],
    ['finance2', 'finance'],
    ['viewer', 'viewer'],
    ['operator', 'operator'],
  ] as const) {
    const { id } = await makeStaff(owner, { role, email: `${name}@munim.example` });
    people.set(name, { userId: id, role });
  }
  approvals = createApprovals({
    knex,
    clock,
    ids: systemIds,
    access: createAccess({ grants: createFreshGrants({ knex }), network: createNetwork({ knex }) }),
    actions: { 'test.raise': raise, 'test.give': give },
  });
});
afterAll(async () => {
  await Promise.all([owner, knex].map((one) => one.destroy()));
  await database.drop();
});
beforeEach(async () => {
  limit = randomUUID();
  await execute(owner, "insert into tested (name, value) values (?, '100')", [limit]);
});

const person = (name: Parameters<typeof people.get>[0]): Person => people.get(name)!;
const because = { reason: 'a test', evidence: 'line 1 of the test' };
const raiseTo = (to: string): Proposal => ({
  action: 'test.raise',
  subject: `limit:${limit}`,
  detail: { to },
  ...because,
});
const gift = (amountPaise: bigint, countedFor = `user:${limit}`): Proposal => ({
  action: 'test.give',
  subject: `gift:${randomUUID()}`,
  detail: {},
  amountPaise,
  countedFor,
  ...because,
});
const tested = async (): Promise<{ value: string; times: number }> => {
  const [found] = await rows<{ value: string; times: number }>(
    owner,
    'select value, times from tested where name = ?',
    [limit],
  );
  return found!;
};
const states = (results: readonly PromiseSettledResult<unknown>[]): string[] =>
  results.map((one) => (one.status === 'fulfilled' ? 'done' : (one.reason as { code: string }).code));

describe('who may', () => {
  test('ops propose, finance decides, and neither does the half of the other', async () => {
    const { id, changes } = await approvals.propose(raiseTo('200'), person('ops'));
    expect(changes).toEqual({ value: { from: '100', to: '200' } });
    for (const by of [person('ops2'), person('viewer')])
      await expect(approvals.approve(id, by)).rejects.toMatchObject({ code: 'AUTH_ROLE_MISSING' });
    await expect(approvals.propose(raiseTo('300'), person('finance'))).rejects.toMatchObject({
      code: 'AUTH_ROLE_MISSING',
    });
    expect(await tested()).toEqual({ value: '100', times: 0 });
    expect((await approvals.approve(id, person('finance'))).result).toEqual({ value: '200' });
    expect(await tested()).toEqual({ value: '200', times: 1 });
  });

  test('a role with both halves still needs another person', async () => {
    const { id } = await approvals.propose(raiseTo('200'), person('operator'));
    await expect(approvals.approve(id, person('operator'))).rejects.toMatchObject({
      code: 'APPROVAL_NEEDS_ANOTHER',
    });
    await approvals.approve(id, person('finance'));
  });

  test('the database goes by the rows, whatever a program says that somebody may', async () => {
    const { id } = await approvals.propose(raiseTo('200'), person('ops'));
    const set = "update approvals set state = 'approved', decided_at = :at, decided_by = :by where id = :id";
    for (const by of ['viewer', 'ops2'] as const)
      await expect(execute(knex, set, { at: clock.now(), by: person(by).userId, id })).rejects.toMatchObject({
        constraint: 'approvals_by_permitted',
      });
    const lying = { ...person('viewer'), role: 'finance' };
    await expect(approvals.approve(id, lying)).rejects.toMatchObject({
      constraint: 'approvals_by_permitted',
    });
    expect((await tested()).times).toBe(0);
  });

  test('who was disabled since has no say, as maker or as checker', async () => {
    const status = (name: 'ops2' | 'finance2', to: string) =>
      execute(owner, 'update users set status = ? where id = ?', [to, person(name).userId]);
    const { id } = await approvals.propose(raiseTo('200'), person('ops2'));
    await status('finance2', 'disabled');
    await expect(approvals.approve(id, person('finance2'))).rejects.toMatchObject({
      constraint: 'approvals_by_permitted',
    });
    await status('finance2', 'active');
    await status('ops2', 'disabled');
    await expect(approvals.approve(id, person('finance'))).rejects.toMatchObject({
      code: 'APPROVAL_OVERTAKEN',
      detail: expect.stringContaining('APPROVAL_MAKER_GONE') as string,
    });
    await status('ops2', 'active');
    expect((await approvals.get(id)).state).toBe('overtaken');
    expect((await tested()).times).toBe(0);
  });

  test('an action without a rule is for nobody', async () => {
    const unruled = { ...raiseTo('200'), action: 'test.unruled' };
    await expect(approvals.propose(unruled, person('operator'))).rejects.toMatchObject({
      code: 'INTERNAL_ERROR',
    });
  });
});

describe('between the two clicks', () => {
  test('a value that moved since is told, and nothing is done', async () => {
    const { id } = await approvals.propose(raiseTo('200'), person('ops'));
    await execute(owner, "update tested set value = '150' where name = ?", [limit]);
    await expect(approvals.approve(id, person('finance'))).rejects.toMatchObject({
      code: 'APPROVAL_OVERTAKEN',
      detail: expect.stringContaining('value is 150, and was 100') as string,
    });
    expect(await tested()).toEqual({ value: '150', times: 0 });
  });

  test('a proposal of what is so already is none', async () => {
    await expect(approvals.propose(raiseTo('100'), person('ops'))).rejects.toMatchObject({
      code: 'APPROVAL_NOTHING_CHANGES',
    });
  });

  test('one that waited too long is over, for the click, for the next proposal and for the keeper', async () => {
    const click = await approvals.propose(raiseTo('200'), person('ops'));
    clock.advance(3_600_000);
    await expect(approvals.approve(click.id, person('finance'))).rejects.toMatchObject({
      code: 'APPROVAL_EXPIRED',
    });
    const next = await approvals.propose(raiseTo('200'), person('ops'));
    clock.advance(3_600_000);
    const after = await approvals.propose(raiseTo('200'), person('ops'));
    clock.advance(3_600_000);
    expect(await createApprovalKeeper({ knex, clock }).expire(100)).toBeGreaterThan(0);
    for (const { id } of [click, next, after])
      expect(await approvals.get(id)).toMatchObject({ state: 'expired', decidedBy: null });
    const set = "update approvals set state = 'approved', decided_at = :at, decided_by = :by where id = :id";
    const late = await approvals.propose(raiseTo('200'), person('ops'));
    await expect(
      execute(knex, set, {
        at: new Date(clock.now().getTime() + 3_600_000),
        by: person('finance').userId,
        id: late.id,
      }),
    ).rejects.toMatchObject({ constraint: 'approvals_decided_in_time' });
    expect((await tested()).times).toBe(0);
  });

  test('of twenty clicks at once one has an effect', async () => {
    const { id } = await approvals.propose(raiseTo('200'), person('ops'));
    const clicks = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        approvals.approve(id, person(i % 2 === 0 ? 'finance' : 'operator')),
      ),
    );
    expect(states(clicks).filter((state) => state === 'done')).toHaveLength(1);
    expect(await tested()).toEqual({ value: '200', times: 1 });
    expect((await approvals.get(id)).state).toBe('approved');
  });

  test('approval, refusal and withdrawal at once: one of them counts', async () => {
    const { id } = await approvals.propose(raiseTo('200'), person('ops'));
    const all = await Promise.allSettled([
      approvals.approve(id, person('finance')),
      approvals.reject(id, person('finance2'), 'not now'),
      approvals.withdraw(id, person('ops')),
    ]);
    expect(states(all).filter((state) => state === 'done')).toHaveLength(1);
    const { state } = await approvals.get(id);
    expect((await tested()).times).toBe(state === 'approved' ? 1 : 0);
  });
});

describe('what one person may do alone', () => {
  test('a small amount is done at once; what comes on top of it needs another person', async () => {
    expect((await approvals.propose(gift(60_000n), person('ops'))).state).toBe('alone');
    const second = await approvals.propose(gift(60_000n), person('ops'));
    expect(second).toMatchObject({ state: 'proposed', decidedAt: null });
    expect((await tested()).times).toBe(1);
    await approvals.approve(second.id, person('finance'));
    expect((await tested()).times).toBe(2);
    clock.advance(DAY_MS);
    expect((await approvals.propose(gift(100_000n), person('ops'))).state).toBe('alone');
    clock.advance(DAY_MS);
  });

  test('splitting passes no threshold: not in time, not over receivers, not over persons, not all at once', async () => {
    const pieces = await Promise.all(
      Array.from({ length: 10 }, (_, i) => approvals.propose(gift(30_000n, `user:${i}`), person('ops'))),
    );
    expect(pieces.filter(({ state }) => state === 'alone')).toHaveLength(3);
    clock.advance(DAY_MS);
    const both = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        approvals.propose(gift(30_000n, 'user:one'), person(i % 2 === 0 ? 'ops' : 'ops2')),
      ),
    );
    expect(both.filter(({ state }) => state === 'alone')).toHaveLength(3);
    clock.advance(DAY_MS - 1);
    expect((await approvals.propose(gift(30_000n, 'user:one'), person('operator'))).state).toBe('proposed');
    clock.advance(DAY_MS);
  });

  test('more than the threshold, or nobody who gains by it, is for two', async () => {
    expect((await approvals.propose(gift(100_001n), person('ops'))).state).toBe('proposed');
    const { countedFor: _nobody, ...unnamed } = gift(1n);
    expect((await approvals.propose(unnamed, person('ops'))).state).toBe('proposed');
    expect((await tested()).times).toBe(0);
  });

  test('the database adds up by itself', async () => {
    const { id } = await approvals.propose(gift(100_001n), person('ops'));
    await expect(
      execute(knex, "update approvals set state = 'alone', decided_at = :at where id = :id", {
        at: clock.now(),
        id,
      }),
    ).rejects.toMatchObject({ constraint: 'approvals_alone_within' });
  });
});
