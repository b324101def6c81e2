/**
 * What a rule of risk stops is not withdrawn: refused while the customer stands there, with a case for a person. So is what
 * a person has stopped.
 */
import { randomUUID } from 'node:crypto';
import { execute, rows } from '../../../platform/database';
import { insertOne } from '../../../platform/sql';
import type { AepsWorld, Agent } from '../../support/aeps-world';
import { createStaff, violationsIn, type Staff } from '../../support/operations';
import type { Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { useAepsWorld } from '../../support/use-aeps-world';

const DAY_MS = 86_400_000;
const here = useAepsWorld({ withoutOtps: true, aadhaarPay: true });
let w: AepsWorld;
let agent: Agent;
let staff: Staff;
beforeEach(async () => {
  ({ w, agent } = here);
  staff = await createStaff(w);
});
afterEach(() => {
  staff.close();
});

const withdraw = (fields: Record<string, unknown> = {}, key: string = randomUUID()): Promise<Reply> =>
  w.withdraw(agent, fields, key);
const alarms = (): Promise<{ id: string; subject: string; summary: string; isOpen: boolean }[]> =>
  rows(
    w.knex,
    `select id, subject, summary, closed_at is null as "isOpen" from ops_cases
     where kind = 'risk_alarm' order by closed_at nulls last, id`,
  );
const judge = (caseId: string, verdict: 'false_alarm' | 'suspicious'): Promise<void> =>
  staff.operations.risk.judge({ caseId, verdict, reason: 'we called them' }, staff.asha);

/** What the loop writes when a rule that holds has found something. */
async function stop(rule: string, subject: string): Promise<string> {
  const [id, now] = [randomUUID(), w.clock.now()];
  await insertOne(w.knex, 'ops_cases', {
    id,
    kind: 'risk_alarm',
    subject: `${rule}:${subject}`,
    summary: 'found',
    evidence: { rule },
    opened_at: now,
  });
  await insertOne(w.knex, 'risk_stops', {
    id: randomUUID(),
    case_id: id,
    rule,
    subject,
    begun_at: now,
    until_at: new Date(now.getTime() + DAY_MS),
  });
  return id;
}
/** Of transactions of this size, by this rule about single ones. */
const hold = (name: string, pattern: string, windowS: number): Promise<unknown> =>
  execute(
    w.knex,
    `insert into risk_rules (name, profile, in_force_from, pattern, is_on, action, window_s, threshold, least_paise,
       stop_s, source) values (:name, 'production', :now, :pattern, true, 'hold', :windowS, 0, 100, 86400, 'a test')`,
    { name, pattern, windowS, now: w.clock.now() },
  );

it('of a user: nothing is asked of the bank, nothing is left of it, and the key may be used again', async () => {
  const caseId = await stop('velocity', `user:${agent.userId}`);
  const [key, body] = [randomUUID(), { reference: 'counter-17' }];
  expectProblem(await withdraw(body, key), 'AEPS_UNDER_REVIEW');
  expectProblem(await w.withdraw(agent, {}, randomUUID(), 'merchant-payments'), 'AEPS_UNDER_REVIEW');
  expect(w.connector.withdrawals).toHaveLength(0);
  expect(await rows(w.knex, 'select id from transactions')).toEqual([]);
  expect(await rows(w.knex, 'select used_paise as used from limit_counters')).toEqual([]);
  expect(await alarms()).toHaveLength(1); // that of the stop is open
  const other = await w.agent();
  expect((await w.withdraw(other)).body.status).toBe('SUCCESS');
  await judge(caseId, 'false_alarm');
  expect((await withdraw(body, key)).body.status).toBe('SUCCESS');
  expect(await violationsIn(w.knex)).toEqual([]);
});

it('after a person called it suspicious, a refusal opens a case of its own, and a false alarm of that ends the stop', async () => {
  await judge(await stop('velocity', `user:${agent.userId}`), 'suspicious');
  expectProblem(await withdraw(), 'AEPS_UNDER_REVIEW');
  const [, refused] = await alarms();
  expect(refused).toMatchObject({
    subject: `velocity:user:${agent.userId}`,
    summary: 'velocity: a withdrawal of ₹3,000.00 was refused, and nothing was debited',
    isOpen: true,
  });
  await judge(refused!.id, 'false_alarm');
  expect((await withdraw()).body.status).toBe('SUCCESS');
});

it('of a customer: at every counter, and no other customer', async () => {
  const first = await withdraw();
  expect(first.body.status).toBe('SUCCESS');
  const [{ customer }] = (await rows<{ customer: string }>(
    w.knex,
    'select md5(customer)::uuid::text as customer from aeps_withdrawals',
  )) as [{ customer: string }];
  await stop('customer_tour', `customer:${customer}`);
  const other = await w.agent();
  expectProblem(await withdraw(), 'AEPS_UNDER_REVIEW');
  expectProblem(await w.withdraw(other), 'AEPS_UNDER_REVIEW');
  const another = { customer: { mobile: '9000000077', bank: '607152' } };
  expect((await w.withdraw(other, another)).body.status).toBe('SUCCESS');
});

it('of who did nothing for long: refused by the rule itself, until a person calls it a false alarm', async () => {
  expect((await withdraw()).body.status).toBe('SUCCESS');
  await hold('dormant_agent', 'dormant', 86_400);
  w.clock.advance(2 * DAY_MS);
  await w.today(agent);
  const refusals = await Promise.all(Array.from({ length: 5 }, () => withdraw()));
  for (const reply of refusals) expectProblem(reply, 'AEPS_UNDER_REVIEW');
  const [found, ...more] = await alarms();
  expect([found, more]).toMatchObject([{ subject: `dormant_agent:user:${agent.userId}`, isOpen: true }, []]);
  await judge(found!.id, 'false_alarm');
  expect((await withdraw()).body.status).toBe('SUCCESS');
  expect(w.connector.withdrawals).toHaveLength(2);
});

it('by a person, of a bank: refused however a terminal writes its code, and nothing of other banks', async () => {
  const of = (bank: string): Record<string, unknown> => ({ customer: { mobile: '9000000002', bank } });
  await staff.operations.routing.stop(
    { service: 'aeps', provider: null, subject: 'SBIN', reason: 'their switch is down' },
    staff.asha,
  );
  await w.first.roads.refresh();
  for (const bank of ['SBIN', 'sbin', 'Sbin']) expectProblem(await withdraw(of(bank)), 'ROUTE_STOPPED');
  expect(w.connector.withdrawals).toHaveLength(0);
  expect((await withdraw(of('hdfc'))).body.status).toBe('SUCCESS');
});

it('small ones, and rules that only tell a person, stop nobody', async () => {
  expect((await withdraw()).body.status).toBe('SUCCESS');
  w.clock.advance(70 * DAY_MS);
  await w.today(agent);
  expect((await withdraw({ amount: 1_000_000 })).body.status).toBe('SUCCESS'); // the rule begins at 25,000 rupees
  expect(await alarms()).toEqual([]);
});
