/** The verifier that runs by itself: what it finds and closes, its pace, two at once, and one that is killed. */
import type { Knex } from 'knex';
import { recordAudit } from '../../../domain/audit/audit';
import { MOST_FINDINGS } from '../../../domain/verification/findings';
import { restMs, type StepDone } from '../../../domain/verification/verifier';
import { execute, rows } from '../../../platform/database';
import { createStaff } from '../../support/operations';
import { until } from '../../support/until';
import { createVerifiedWorld } from '../../support/verified-world';
import type { DomainProcess, World } from '../../support/world';

let world: World;

beforeEach(async () => {
  ({ world } = await createVerifiedWorld());
});
afterEach(async () => {
  await world.close();
});

const HOUR_MS = 3_600_000;
/** The time of the next step has come. */
async function step(p: DomainProcess = world.first): Promise<StepDone> {
  world.clock.advance(HOUR_MS);
  const done = await p.verifier.step();
  if (done === undefined) throw new Error('no step was taken');
  return done;
}

async function pass(): Promise<StepDone[]> {
  const steps: StepDone[] = [];
  do steps.push(await step());
  while (steps.at(-1)!.endedPass === undefined);
  return steps;
}

/** As somebody would who may do everything in the database. */
async function tamper(sql: string): Promise<void> {
  await world.knex.transaction(async (trx: Knex.Transaction) => {
    await trx.raw('set local session_replication_role = replica');
    await trx.raw(sql);
  });
}

const cases = () =>
  rows<{ kind: string; subject: string; summary: string; closedBy: string | null }>(
    world.knex,
    `select kind, subject, summary, closed_by as "closedBy" from ops_cases
    where kind in ('verification_failed', 'audit_chain_broken') order by opened_at, subject`,
  );
const stepRows = (size: number) => execute(world.knex, 'update verifier_policies set step_rows = ?', [size]);
const INVENT = `update ledger_accounts set credits_paise = credits_paise + 500 where code = 'bank:escrow'`;

it('sees everything once in a pass, and rests in between', async () => {
  await recordAudit(world.knex, {
    at: world.clock.now(),
    actor: 'anonymous',
    action: 'test.done',
    subject: 'nothing',
    outcome: 'succeeded',
  });
  const steps = await pass();
  expect(steps.map(({ walk }) => walk)).toEqual([
    'balances',
    'accounts',
    'audit_links',
    'audit_rows',
    'audit_heads',
    'transactions',
    'earners',
    'commission_payouts',
    'ledger_seals',
  ]);
  expect(steps.filter(({ violations }) => violations !== 0)).toEqual([]);
  expect(steps.find(({ walk }) => walk === 'transactions')).toMatchObject({ rows: 10 });
  expect(steps.at(-1)).toMatchObject({ endedPass: 1 });
  expect(await world.first.verifier.step()).toBeUndefined(); // its time has not come
  const status = await world.first.verifier.status();
  expect(status).toMatchObject({
    passNo: 2,
    walk: null,
    lastViolations: 0n,
    findings: 0,
    unsignedS: expect.any(Number),
  });
  expect(status.lastRows).toBe(BigInt(steps.reduce((sum, s) => sum + s.rows, 0)));
  expect(status.lagS).toBe(((steps.length - 1) * HOUR_MS) / 1_000); // an hour for each step
  expect(await cases()).toEqual([]);
  await pass();
  expect((await world.first.verifier.status()).lagS).toBe(((steps.length - 1) * HOUR_MS) / 1_000);
});

it('rests so long that it has its share of the time', async () => {
  expect(restMs(10, 100)).toBe(990);
  expect(restMs(10, 10_000)).toBe(0);
  await step();
  const [after] = await rows<{ restMs: number; busyMs: bigint }>(
    world.knex,
    `select (extract(epoch from next_at - stepped_at) * 1000)::float8 as "restMs", pass_busy_ms as "busyMs" from verifier`,
  );
  expect(after!.restMs).toBeGreaterThan(98 * (Number(after!.busyMs) - 1));
});

it('finds a balance that somebody has changed, opens one case, and closes it when the check holds again', async () => {
  await pass();
  await tamper(INVENT);
  expect((await pass()).reduce((sum, { violations }) => sum + violations, 0)).toBe(3);
  await pass();
  const subjects = ['account-totals:bank:escrow', 'newest-balance:bank:escrow', 'sum-zero:INR'];
  expect((await cases()).map(({ kind, subject, closedBy }) => [kind, subject, closedBy])).toEqual(
    expect.arrayContaining(subjects.map((s) => ['verification_failed', `check:${s}`, null])),
  );
  expect(await cases()).toHaveLength(3);
  expect((await cases())[0]!.summary).toMatch(/bank:escrow|INR/);
  expect((await world.first.verifier.status()).findings).toBe(3);
  await tamper(INVENT.replace('+ 500', '- 500'));
  await pass();
  expect((await cases()).map(({ closedBy }) => closedBy)).toEqual(['verifier', 'verifier', 'verifier']);
  expect((await world.first.verifier.status()).findings).toBe(0);
});

it('does not open again what a person has closed, unless it says something else', async () => {
  const staff = await createStaff(world);
  await tamper(INVENT);
  await pass();
  const open = () => staff.operations.cases.list({ kind: 'verification_failed', isOpen: true, limit: 10 });
  for (const { id } of await open())
    await staff.operations.cases.close({ caseId: id, note: 'repaired by a backup' }, staff.asha);
  await pass();
  expect(await open()).toEqual([]);
  await tamper(INVENT);
  await pass();
  expect((await open()).length).toBe(3);
  staff.close();
});

it('finds a row of the audit log that was altered, as a case of its own kind', async () => {
  await createStaff(world).then(async (staff) => {
    await staff.operations.restores.declareMove({ reason: 'a test of the log', by: staff.asha.userId });
    staff.close();
  });
  await tamper(`update audit_log set actor = 'somebody else'`);
  await pass();
  expect(await cases()).toEqual([
    expect.objectContaining({
      kind: 'audit_chain_broken',
      subject: 'check:audit-chain:audit row 1',
      summary: expect.stringContaining('its actor is not what link 1 holds'),
    }),
  ]);
});

it('closes nothing that a step has only not named, since it found more than it names', async () => {
  const putIn = (from: number, upTo: number) =>
    tamper(`insert into audit_log (id, at, actor, action, subject, outcome, detail) overriding system value
      select n, now(), 'anonymous', 'test.done', 'nothing', 'succeeded', '{}' from generate_series(${from}, ${upTo}) as n`);
  await putIn(99, 99);
  await pass();
  await putIn(10, 40); // by name before the one that is there
  await pass();
  expect((await world.first.verifier.status()).lastViolations).toBe(32n);
  const about99 = async () => (await cases()).find(({ subject }) => subject.endsWith(' 99'))!.closedBy;
  expect(await about99()).toBeNull();
  await tamper('delete from audit_log');
  await pass();
  expect(await about99()).toBe('verifier');
});

it('names what is about a transaction as a case of that transaction', async () => {
  await tamper(`delete from ledger_transfers where code = 'release'`);
  await pass();
  const found = await rows<{ subject: string; transactionId: string | null }>(
    world.knex,
    `select subject, transaction_id as "transactionId" from ops_cases where subject like 'check:wallet:%'`,
  );
  expect(found.length).toBeGreaterThan(0);
  for (const { subject, transactionId } of found)
    expect(subject).toBe(`check:wallet:transaction ${transactionId}`);
});

it('two at once take each step once', async () => {
  await stepRows(1);
  const second = await world.process();
  const taken: StepDone[] = [];
  const skipped = { count: 0 };
  while (taken.at(-1)?.endedPass === undefined) {
    world.clock.advance(HOUR_MS);
    const both = await Promise.all([world.first.verifier.step(), second.verifier.step()]);
    const done = both.filter((one) => one !== undefined);
    expect(done).toHaveLength(1);
    taken.push(...done);
    skipped.count += 2 - done.length;
  }
  expect(skipped.count).toBe(taken.length);
  expect(taken.filter(({ walk }) => walk === 'transactions').reduce((sum, s) => sum + s.rows, 0)).toBe(10);
});

it('a step of one that was killed is taken again by another', async () => {
  await stepRows(3);
  await tamper(INVENT);
  await step();
  const before = await world.first.verifier.status();
  const point = { reached: false, release: (): void => undefined };
  const dying = await world.process({
    points: {
      verifier: () =>
        new Promise((resolve) => {
          point.reached = true;
          point.release = resolve;
        }),
    },
  });
  world.clock.advance(HOUR_MS);
  const died = dying.verifier.step().then(
    () => 'lived',
    () => 'died',
  );
  await until(
    () => Promise.resolve(point.reached),
    (reached) => reached,
  );
  expect(await world.first.verifier.step()).toBeUndefined(); // the other has it
  await rows(
    world.knex,
    `select pg_terminate_backend(pid) as done from pg_stat_activity
    where datname = current_database() and state = 'idle in transaction'`,
  );
  point.release();
  expect(await died).toBe('died');
  expect(await world.first.verifier.status()).toMatchObject({ walk: before.walk, passRows: before.passRows });
  await pass();
  expect((await world.first.verifier.status()).findings).toBe(3);
});

it('takes smaller steps when one takes too long, and larger ones again later', async () => {
  await execute(world.knex, 'update verifier_policies set statement_ms = 100');
  const lock = await world.knex.transaction();
  await lock.raw('lock table ledger_accounts in access exclusive mode');
  world.clock.advance(HOUR_MS);
  await expect(world.first.verifier.step()).rejects.toThrow(/statement timeout/);
  await lock.rollback();
  expect(await rows(world.knex, 'select shrunk::int as shrunk from verifier')).toEqual([{ shrunk: 1 }]);
  expect(await world.first.verifier.step()).toBeUndefined(); // not at once
  await execute(world.knex, 'update verifier_policies set statement_ms = 10000');
  await pass();
  expect(await rows(world.knex, 'select shrunk::int as shrunk from verifier')).toEqual([{ shrunk: 0 }]);
});

it('keeps as many findings as people can look at, and counts the rest', async () => {
  await execute(
    world.knex,
    `insert into verifier_findings (check_name, subject, detail, found_at, pass_no)
    select 'floors', 'wallet:' || n, 'holds nothing', now(), 1 from generate_series(1, ?::int) as n`,
    [MOST_FINDINGS - 1],
  );
  await tamper(INVENT);
  expect((await pass()).reduce((sum, { violations }) => sum + violations, 0)).toBe(3);
  expect(await cases()).toHaveLength(1);
  await pass(); // those of before are not met again
  await pass();
  expect(await cases()).toHaveLength(3); // there is room now
});
