/** What a rule or a listed payee stops before it is sent: a person releases it or gives the money back. */
import type { Judgement } from '../../../domain/risk/desk';
import { firstUuidAt } from '../../../platform/ids';
import { execute, rows } from '../../../platform/database';
import { claimAll, runDue, runJob } from '../../support/driver';
import { LIST } from '../../support/kyc';
import { caseIdOf, createStaff, violationsIn, type Staff } from '../../support/operations';
import { pending, succeeded } from '../../support/scripted-connector';
import { FUNDS_PAISE, useWorld } from '../../support/use-world';
import { balanceOf, transactionRow, type World } from '../../support/world';

const here = useWorld(() => ({ start: '2026-12-02T06:30:00.000Z' }));
let world: World;
let staff: Staff;
let sends = 0;
beforeEach(async () => {
  ({ world } = here);
  staff = await createStaff(world);
  sends = 0;
  world.connector.onSend = () => {
    sends += 1;
    return pending();
  };
});
afterEach(() => {
  staff.close();
});

const why = { reason: 'as seen', evidence: 'a call' };
const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  );

async function decide(caseId: string, choice: string): Promise<void> {
  const proposal = await staff.operations.cases.proposal({ caseId, choice, ...why });
  const { id } = await staff.operations.approvals.propose(proposal, staff.asha);
  await staff.operations.approvals.approve(id, staff.ravi);
}
const send = async (id: string): Promise<string> => {
  expect((await runJob(world.first, 'send', [id])).errors).toEqual([]);
  return here.state(id);
};
/** A payout to somebody who is on the list. */
async function listed(): Promise<string> {
  await staff.operations.screening.lists.take({ file: LIST, reason: 'a test' }, staff.admin);
  return here.held({
    beneficiary: {
      name: 'Nameson Testel',
      account: { kind: 'bank', accountNumber: '000111220000', ifsc: 'HDFC0000053' },
    },
  });
}
async function tune(name: string, tuning: Parameters<Staff['operations']['risk']['tuning']>[0]['tuning']) {
  const proposal = staff.operations.risk.tuning({ name, tuning, ...why });
  const { id } = await staff.operations.approvals.propose(proposal, staff.asha);
  await staff.operations.approvals.approve(id, staff.ravi);
  world.clock.advance(6_000);
}
const judge = (over: Omit<Judgement, 'reason'>) =>
  staff.operations.risk.judge({ reason: 'we called them', ...over }, staff.asha);

describe('a payee who is like a listed name', () => {
  test('is not paid: the transaction waits, nothing is sent, and callers learn no reason', async () => {
    const id = await listed();
    expect(await send(id)).toBe('in_review');
    expect(sends).toBe(0);
    const { statusReason, attemptNo, dueAt } = await transactionRow(world.knex, id);
    expect({ statusReason, attemptNo, dueAt }).toEqual({ statusReason: null, attemptNo: 0, dueAt: null });
    expect(await staff.operations.screening.open(10)).toMatchObject([
      { listedName: 'T. Nameson', state: 'open' },
    ]);
    const caseId = await caseIdOf(world.knex, id, 'risk_hold');
    expect(await staff.operations.cases.offered(caseId)).toEqual(['release', 'failed']);
    expect(await violationsIn(world.knex)).toEqual([]);
  });

  test('refused: the money goes back, and the register says by whom', async () => {
    const id = await listed();
    await send(id);
    await decide(await caseIdOf(world.knex, id, 'risk_hold'), 'failed');
    expect(await here.state(id)).toBe('failed');
    expect(await balanceOf(world.knex, here.user.accountId)).toBe(FUNDS_PAISE);
    expect(await staff.operations.risk.register({ limit: 10 }, staff.viewer)).toMatchObject([
      {
        rule: 'payee_listed',
        verdict: 'suspicious',
        transactionId: id,
        reason: 'as seen',
        decidedBy: staff.ravi.userId,
      },
    ]);
    expect(await violationsIn(world.knex)).toEqual([]);
  });

  test('released: it is sent though its time was over, once, and is not stopped again', async () => {
    const id = await listed();
    await send(id);
    world.clock.advance(5 * 86_400_000);
    await decide(await caseIdOf(world.knex, id, 'risk_hold'), 'release');
    expect(await here.state(id)).toBe('held');
    world.connector.onSend = () => {
      sends += 1;
      return succeeded();
    };
    world.clock.advance(1);
    for (const due of await claimAll(world.first)) await runDue(world.first, [due]);
    expect([await here.state(id), sends]).toEqual(['succeeded', 1]);
    expect(
      await staff.operations.risk.register({ limit: 10, rule: 'payee_listed' }, staff.asha),
    ).toMatchObject([{ verdict: 'false_alarm' }]);
    expect(await violationsIn(world.knex)).toEqual([]);
  });

  test('once the likeness is cleared, the next one is sent; a payee is compared once for each list', async () => {
    await send(await listed());
    const [hit] = await staff.operations.screening.open(10);
    const proposal = await staff.operations.screening.proposal({
      hitId: hit!.id,
      verdict: 'cleared',
      ...why,
    });
    const { id } = await staff.operations.approvals.propose(proposal, staff.asha);
    await staff.operations.approvals.approve(id, staff.ravi);
    const next = await here.held({
      beneficiary: {
        name: 'Nameson Testel',
        account: { kind: 'bank', accountNumber: '000111220000', ifsc: 'HDFC0000053' },
      },
    });
    expect([await send(next), sends]).toEqual(['dispatched', 1]);
    const compared = await rows<{ n: number }>(world.knex, 'select count(*)::int4 as n from screenings');
    expect(compared[0]!.n).toBe(1);
  });

  test('a name that does not open stops nobody else, and is not sent', async () => {
    const id = await listed();
    const other = await here.held();
    await execute(world.knex, 'alter table beneficiaries disable trigger user', []);
    await execute(
      world.knex,
      `update beneficiaries set name_sealed = 'v1.x' where id = (select beneficiary_id from payouts where transaction_id = ?)`,
      [id],
    );
    const { errors } = await runJob(world.first, 'send', [id, other]);
    expect(errors).toHaveLength(1);
    expect([await here.state(id), await here.state(other), sends]).toEqual(['held', 'dispatched', 1]);
  });
});

describe('a rule', () => {
  test('about single transactions holds a large one of somebody who did nothing for long', async () => {
    const first = await here.held();
    expect(await send(first)).toBe('dispatched');
    world.clock.advance(61 * 86_400_000);
    const small = await here.held();
    expect(await send(small)).toBe('dispatched');
    world.clock.advance(61 * 86_400_000);
    const large = await here.held({ amountPaise: 2_500_000n });
    expect(await send(large)).toBe('in_review');
    await tune('dormant_agent', { leastPaise: 2_600_000n });
    world.clock.advance(61 * 86_400_000);
    expect(await send(await here.held({ amountPaise: 2_500_000n }))).toBe('dispatched');
  });

  test('that holds stops what follows; as a false alarm it stops nothing, and is not found again that day', async () => {
    await tune('velocity', { threshold: 1, action: 'hold', stopS: 3_600 });
    await here.held();
    await here.held();
    expect(await world.first.riskWatch.round()).toEqual({ opened: {}, more: false });
    world.clock.advance(1);
    expect(await world.first.riskWatch.round()).toMatchObject({ opened: { velocity: 1 } });
    const id = await here.held();
    expect(await send(id)).toBe('in_review');
    const [alarm] = await staff.operations.cases.list({ kind: 'risk_alarm', isOpen: true, limit: 10 });
    expect(alarm).toMatchObject({ evidence: { rule: 'velocity', measured: 2, threshold: 1 } });
    expect(await staff.operations.cases.offered(alarm!.id)).toEqual([]);
    await judge({ caseId: alarm!.id, verdict: 'false_alarm' });
    expect(await code(judge({ caseId: alarm!.id, verdict: 'suspicious' }))).toBe('RISK_ALREADY_JUDGED');
    expect(await send(await here.held())).toBe('dispatched');
    world.clock.advance(1);
    expect(await world.first.riskWatch.round()).toMatchObject({ opened: {} });
    expect(await staff.operations.risk.counts(new Date(0))).toEqual([
      { rule: 'velocity', verdict: 'false_alarm', count: 1 },
      { rule: 'velocity', verdict: 'open', count: 1 },
    ]);
  });

  test('is tuned by two persons, within what the database allows, and each row stays', async () => {
    const { risk, approvals } = staff.operations;
    const rule = async () => (await risk.rules()).find(({ name }) => name === 'velocity')!;
    await tune('velocity', { threshold: 40 });
    expect(await rule()).toMatchObject({ threshold: 40, windowS: 600, source: 'as seen' });
    expect(await code(tune('velocity', { action: 'hold' }))).toBe('APPROVAL_OVERTAKEN');
    expect(await code(tune('velocity', { threshold: 40 }))).toBe('APPROVAL_NOTHING_CHANGES');
    expect(await code(tune('no_such_rule', { threshold: 40 }))).toBe('REQUEST_FIELD_INVALID');
    const proposal = risk.tuning({ name: 'velocity', tuning: { isOn: false }, ...why });
    expect(await code(approvals.propose(proposal, staff.viewer))).toBe('OPS_ROLE_MISSING');
    await tune('velocity', { isOn: false });
    expect(await rule()).toMatchObject({ isOn: false, threshold: 40 });
    expect(await code(execute(world.knex, 'update risk_rules set threshold = 1', []))).not.toBe('done');
  });
});

test('the register only grows, and is read and written by permission', async () => {
  await tune('velocity', { threshold: 1 });
  await here.held();
  await here.held();
  world.clock.advance(1);
  await world.first.riskWatch.round();
  const [{ id: caseId } = { id: '' }] = await staff.operations.cases.list({
    kind: 'risk_alarm',
    isOpen: true,
    limit: 1,
  });
  expect(await code(judge({ caseId, verdict: 'reported', reference: 'STR-1' }))).toBe('RISK_NOT_SUSPICIOUS');
  await judge({ caseId, verdict: 'suspicious' });
  await judge({ caseId, verdict: 'reported', reference: 'STR-1' });
  const { risk } = staff.operations;
  expect((await risk.register({ limit: 10 }, staff.viewer)).map(({ verdict }) => verdict).toSorted()).toEqual(
    ['reported', 'suspicious'],
  );
  expect(await code(risk.judge({ caseId, verdict: 'false_alarm', reason: 'why' }, staff.viewer))).toBe(
    'OPS_ROLE_MISSING',
  );
  expect(await code(risk.register({ limit: 10 }, { ...staff.viewer, role: 'support' }))).toBe(
    'OPS_ROLE_MISSING',
  );
  for (const sql of [
    "update risk_register set reason = 'other'",
    'delete from risk_register',
    'truncate risk_register',
  ])
    expect(await code(execute(world.knex, sql, []))).not.toBe('done');
});

test('a case of another kind is no finding, and what is held is not judged by one alone', async () => {
  const id = await listed();
  await send(id);
  const held = await caseIdOf(world.knex, id, 'risk_hold');
  expect(await code(judge({ caseId: held, verdict: 'false_alarm' }))).toBe('RISK_NOT_A_FINDING');
  expect(await code(judge({ caseId: firstUuidAt(new Date()), verdict: 'false_alarm' }))).toBe(
    'CASE_NOT_FOUND',
  );
});

test('after a restore it is asked about, since it may have been released and paid; then it is stopped again', async () => {
  const id = await listed();
  await send(id);
  await world.first.restores.begin({ point: world.clock.now(), reason: 'a test', by: 'ops' });
  expect(await here.state(id)).toBe('held');
  expect(await send(id)).toBe('held');
  await world.first.restores.clear(id, { reason: 'not there', by: 'ops' });
  await world.first.restores.finish('ops');
  expect([await send(id), sends]).toEqual(['in_review', 0]);
});
