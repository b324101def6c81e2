/** Limits of customers, exact under parallel requests and given back on failure; velocity of agents; where terminals are; dormancy. */
import { randomUUID } from 'node:crypto';
import { aadhaarOf } from '../../../scripts/mix/prepare';
import { execute, rows } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import { orderBody, SHOP, type AepsWorld, type Agent } from '../../support/aeps-world';
import type { Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { declined, paid, timedOut } from '../../support/scripted-aeps';
import { until } from '../../support/until';
import { useAepsWorld } from '../../support/use-aeps-world';

const HOUR = 3_600_000;
const here = useAepsWorld({ withoutOtps: true });
let w: AepsWorld;
let agent: Agent;
beforeEach(() => {
  ({ w, agent } = here);
});

const customer = (n: number) => ({ mobile: `91${n.toString().padStart(8, '0')}`, bank: '607152' });
/** Another person, as the provider knows them. */
const person = (n: number) => ({ customer: customer(n), aadhaar: aadhaarOf(n) });
const at = (id: string, latlong = SHOP) => ({ id, latlong });
const cases = async (): Promise<{ kind: string; summary: string }[]> =>
  rows(w.knex, 'select kind, summary from ops_cases where closed_at is null order by kind');
const count = (replies: readonly Reply[], code: string): number =>
  replies.filter((r) => r.body.code === code).length;
const noVelocity = async (): Promise<void> => {
  await w.knex.raw('delete from aeps_velocity_rules');
  await w.aeps.policies.refresh();
};

/** On a busy machine a row may be locked for longer than a request waits: then it is to be sent again as it was. */
async function withdrawn(by: Agent, fields: Record<string, unknown>): Promise<Reply> {
  const [body, key] = [{ ...orderBody(), ...fields }, randomUUID()];
  return until(
    () => w.withdraw(by, body, key),
    ({ status, body: { code } }) => status !== 503 && code !== 'IDEMPOTENCY_IN_PROGRESS',
  );
}
/** Each with its code, or `counted`: what the bank has not answered yet counts like what it paid. */
const outcomes = (replies: readonly Reply[]): string[] =>
  replies
    .map(({ body: { code, status } }) =>
      status === 'SUCCESS' || status === 'PENDING' ? 'counted' : String(code ?? status),
    )
    .toSorted();
const times = (n: number, outcome: string): string[] => Array.from({ length: n }, () => outcome);

describe('limits of a customer', () => {
  it('at the same time: five withdrawals with an agent on a day, whatever terminal and mobile number are given', async () => {
    const other = await w.agent();
    const replies = await Promise.all(
      Array.from({ length: 14 }, (_, i) =>
        withdrawn(i % 2 === 0 ? agent : other, {
          amount: 10_000,
          terminal: at(`term-${i % 10}`),
          customer: customer(i),
        }),
      ),
    );
    expect(outcomes(replies)).toEqual([...times(4, 'AEPS_CUSTOMER_LIMIT'), ...times(10, 'counted')]);
    for (const reply of replies.filter((r) => r.status >= 400)) expectProblem(reply, 'AEPS_CUSTOMER_LIMIT');
    expect(w.connector.withdrawals).toHaveLength(10);
    expect((await w.withdraw(agent, { amount: 10_000, ...person(1) })).status).toBe(200);
    w.clock.set('2026-11-01T18:29:59Z'); // 23:59:59 IST
    expectProblem(await w.withdraw(agent, { amount: 10_000 }), 'AEPS_CUSTOMER_LIMIT');
    w.clock.set('2026-11-01T18:30:00Z');
    await w.today(agent);
    expect((await w.withdraw(agent, { amount: 10_000 })).status).toBe(200);
  });

  it('declined ones do not count, and what is open does', async () => {
    await noVelocity();
    w.connector.onWithdraw = () => declined();
    for (let i = 0; i < 6; i += 1) expect((await w.withdraw(agent)).body.status).toBe('FAILED');
    w.connector.onWithdraw = timedOut;
    const open = await Promise.all(Array.from({ length: 7 }, () => w.withdraw(agent)));
    expect([open.filter((r) => r.status === 202).length, count(open, 'AEPS_CUSTOMER_LIMIT')]).toEqual([5, 2]);
    w.connector.onInquire = () => declined();
    await w.poll(parsePublicId('transaction', open.find((r) => r.status === 202)!.body.id as string)!);
    w.connector.onWithdraw = () => paid();
    expect((await w.withdraw(agent)).status).toBe(200);
    expectProblem(await w.withdraw(agent), 'AEPS_CUSTOMER_LIMIT');
  });

  it('the month: 50,000 rupees, whoever serves them, exact at the same time; in the next month anew', async () => {
    await noVelocity();
    const agents = [agent, await w.agent(), await w.agent()];
    const replies = await Promise.all(
      Array.from({ length: 9 }, (_, i) =>
        withdrawn(agents[i % 3]!, { amount: 1_000_000, terminal: at(`term-${i}`) }),
      ),
    );
    expect(outcomes(replies)).toEqual([...times(4, 'AEPS_CUSTOMER_LIMIT'), ...times(5, 'counted')]);
    expect(await rows(w.knex, 'select used_paise as used, cap_paise as cap from limit_counters')).toEqual([
      { used: 5_000_000n, cap: 5_000_000n },
    ]);
    w.clock.set('2026-12-01T06:00:00Z');
    await w.today(agent);
    expect((await w.withdraw(agent, { amount: 1_000_000 })).status).toBe(200);
  });

  it('the month: a cap that changes in the middle of it counts from that day', async () => {
    await noVelocity();
    const other = await w.agent();
    expect((await w.withdraw(agent, { amount: 1_000_000 })).status).toBe(200);
    const capFrom = async (date: string, capPaise: bigint): Promise<void> => {
      await execute(w.knex, "insert into period_limits values ('aeps_withdrawal', 'month', ?, ?)", [
        date,
        capPaise,
      ]);
      await w.policies.refresh();
    };
    await capFrom('2026-03-01', 1_500_000n);
    expectProblem(
      await w.withdraw(agent, { amount: 1_000_000, terminal: at('term-1') }),
      'AEPS_CUSTOMER_LIMIT',
    );
    await capFrom('2026-04-01', 6_000_000n);
    for (let i = 2; i < 7; i += 1)
      expect((await w.withdraw(i % 2 === 0 ? agent : other, { amount: 1_000_000 })).status).toBe(200);
    expect(await rows(w.knex, 'select used_paise as used, cap_paise as cap from limit_counters')).toEqual([
      { used: 6_000_000n, cap: 6_000_000n },
    ]);
  });

  it('the database refuses a sixth by itself', async () => {
    for (let i = 0; i < 5; i += 1) await w.withdraw(agent, { amount: 10_000 });
    await w.knex.raw('update aeps_timings set customer_day_count = 9');
    await w.aeps.policies.refresh();
    expect((await w.withdraw(agent, { amount: 10_000 })).status).toBe(200);
    const again = w.knex.transaction(async (trx) => {
      await trx.raw('set local session_replication_role = replica');
      await trx.raw(
        'delete from aeps_withdrawals where transaction_id = (select max(transaction_id::text)::uuid from aeps_withdrawals)',
      );
      await trx.raw('set local session_replication_role = origin');
      await trx.raw(
        `insert into aeps_withdrawals (transaction_id, user_id, kind, customer, customer_ref, mobile_sealed, bank,
            terminal_id, lat_micro, long_micro, business_date, day_cap, created_at)
          select t.id, w.user_id, w.kind, w.customer, w.customer_ref, w.mobile_sealed, w.bank,
          w.terminal_id, w.lat_micro, w.long_micro, w.business_date, 5, w.created_at
          from transactions t, aeps_withdrawals w where t.id = (select max(id::text)::uuid
          from transactions) limit 1`,
      );
    });
    await expect(again).rejects.toMatchObject({ constraint: 'aeps_withdrawals_daily_cap' });
  });

  it.each([
    [1_000_100, 'too much'],
    [9_900, 'too little'],
    [10_050, 'not whole rupees'],
  ])('an amount of %s paise is %s', async (amount) => {
    expectProblem(await w.withdraw(agent, { amount }), 'AEPS_AMOUNT_OUT_OF_RANGE');
  });
});

describe('velocity of an agent', () => {
  it('more than 15 in ten minutes is a case, more than 30 refused, and again allowed when they are past', async () => {
    for (let i = 0; i < 15; i += 1) await w.withdraw(agent, { ...person(i), amount: 10_000 + 100 * i });
    expect(await cases()).toEqual([]);
    for (let i = 15; i < 30; i += 1)
      await w.withdraw(agent, {
        ...person(i % 10),
        amount: 20_000 + 100 * i,
      });
    expect(await cases()).toEqual([{ kind: 'aeps_velocity', summary: 'burst 16 in 10 min' }]);
    const key = 'velocity-refused-key';
    expectProblem(await w.withdraw(agent, { reference: 'again' }, key), 'AEPS_VELOCITY_REFUSED');
    expect(await rows(w.knex, 'select 1 from requests where idempotency_key = ?', [key])).toEqual([]);
    expect(w.connector.withdrawals).toHaveLength(30);
    w.clock.advance(600_000);
    expect((await w.withdraw(agent, { reference: 'again' }, key)).status).toBe(200);
  });

  it('exact under parallel requests: none over what is refused', async () => {
    await w.knex.raw("delete from aeps_velocity_rules where rule <> 'burst'");
    await w.knex.raw('update aeps_velocity_rules set refuse_above = 4, case_above = null');
    await w.aeps.policies.refresh();
    const replies = await Promise.all(Array.from({ length: 9 }, (_, i) => w.withdraw(agent, person(i))));
    expect([replies.filter((r) => r.status === 200).length, count(replies, 'AEPS_VELOCITY_REFUSED')]).toEqual(
      [4, 5],
    );
    expect((await cases())[0]!.summary).toBe('burst 5 in 10 min, refused');
  });

  const rule = async (name: string, above: number): Promise<void> => {
    await w.knex.raw(`delete from aeps_velocity_rules where rule <> '${name}'`);
    await w.knex.raw('update aeps_velocity_rules set case_above = ?, at_least = least(at_least, 2)', [above]);
    await w.aeps.policies.refresh();
  };
  it('many customers', async () => {
    await rule('customers', 2);
    for (const n of [1, 1, 2, 3]) await w.withdraw(agent, person(n));
    expect(await cases()).toEqual([{ kind: 'aeps_velocity', summary: 'customers 3 in 60 min' }]);
  });
  it('the same round amount again and again', async () => {
    await rule('round_amounts', 2);
    for (const amount of [100_000, 100_000, 110_000, 110_000, 110_000, 200_000])
      await w.withdraw(agent, { amount, ...person(amount) });
    expect(await cases()).toEqual([]);
    await w.withdraw(agent, { amount: 100_000 });
    expect(await cases()).toEqual([{ kind: 'aeps_velocity', summary: 'round_amounts 3 in 60 min' }]);
  });
  it('by night', async () => {
    await rule('night', 1);
    for (const hour of ['12:00', '16:29', '16:30', '20:00']) {
      // 21:59 is day, 22:00 is night (IST)
      w.clock.set(`2026-11-01T${hour}:00Z`);
      await w.today(agent);
      await w.withdraw(agent);
    }
    expect(await cases()).toEqual([{ kind: 'aeps_velocity', summary: 'night 2 in 480 min' }]);
  });
  it('mostly declined', async () => {
    await rule('declines', 60);
    w.connector.onWithdraw = () => declined();
    for (let i = 0; i < 3; i += 1) await w.withdraw(agent);
    expect((await cases())[0]!.summary).toMatch(/^declines 66 in 60 min/);
  });
});

describe('where the terminal is', () => {
  it('far from the shop: a case, and no refusal', async () => {
    expect((await w.withdraw(agent, { terminal: at('term-1', '21.160000,79.088200') })).status).toBe(200); // 1.6 km
    expect(await cases()).toEqual([]);
    expect((await w.withdraw(agent, { terminal: at('term-1', '19.076000,72.877700') })).status).toBe(200);
    expect(await cases()).toEqual([
      {
        kind: 'aeps_far_from_shop',
        summary: expect.stringMatching(
          /^a terminal was 6\d{5} m from the registered shop; 2000 m are allowed$/,
        ),
      },
    ]);
  });
  it.each([
    '21.1,79.1',
    '51.507400,-0.127800',
    '21.145800;79.088200',
    '',
    ' 21.145800,79.088200',
    '921.145800,79.088200',
    '21.1458e1,79.0882',
  ])('%s is no place of a terminal', async (latlong) => {
    const reply = await w.withdraw(agent, { terminal: at('term-1', latlong) });
    expect(['AEPS_POSITION_INVALID', 'REQUEST_FIELD_INVALID']).toContain(reply.body.code);
    expect(reply.status).toBe(422);
  });
});

describe('dormancy', () => {
  it('after three calendar months without a transaction; verified anew, the agent goes on', async () => {
    w.clock.set('2027-02-01T18:29:59Z'); // the end of 1 February in India; the agent is of 1 November
    await w.today(agent);
    expect((await w.withdraw(agent)).status).toBe(200);
    w.clock.set('2027-05-01T18:29:59Z');
    expect((await w.aeps.agents.get(agent.userId)).state).toBe('active');
    w.clock.set('2027-05-01T18:30:00Z');
    await w.today(agent);
    expectProblem(await w.withdraw(agent), 'AEPS_AGENT_NOT_ACTIVE');
    expect((await w.aeps.agents.get(agent.userId)).state).toBe('dormant');
    expect(
      await Promise.all([w.aeps.keeper.markDormant(10), w.aeps.keeper.markDormant(10)]).then(
        ([a, b]) => a + b,
      ),
    ).toBe(1);
    expectProblem(await w.withdraw(agent), 'AEPS_AGENT_NOT_ACTIVE');
    const me = { mobile: '9000000001', latlong: SHOP, aadhaar: orderBody().aadhaar as string };
    await w.aeps.agents.sendOtp(agent.userId, me);
    await w.aeps.agents.verifyOtp(agent.userId, me, '123456');
    expect(
      await w.aeps.agents.verifyBiometrics(agent.userId, me, {
        bank: '607152',
        pid: orderBody().pid as string,
      }),
    ).toMatchObject({ state: 'active', ekyc: 'done' });
    expect((await w.withdraw(agent)).status).toBe(200);
  });

  it('an enquiry is use, as a withdrawal is', async () => {
    w.clock.advance(90 * 24 * HOUR);
    await w.today(agent);
    const { amount: _amount, currency: _currency, reference: _reference, ...enquiry } = orderBody();
    const asked = await w.call('POST', '/v1/aeps/balance-enquiries', { key: agent.apiKey, body: enquiry });
    expect(asked.body).toMatchObject({ status: 'SUCCESS' });
    w.clock.advance(90 * 24 * HOUR);
    expect(await w.aeps.keeper.markDormant(10)).toBe(0);
    await w.today(agent);
    expect((await w.withdraw(agent)).status).toBe(200);
  });

  it('a verification of yesterday does not count today', async () => {
    w.clock.set('2026-11-01T18:30:00Z');
    expectProblem(await w.withdraw(agent), 'AEPS_DAILY_KYC_REQUIRED');
    await execute(w.knex, "update aeps_agents set ekyc_state = 'none'");
    expectProblem(await w.withdraw(agent), 'AEPS_KYC_REQUIRED');
    expectProblem(await w.withdraw(await w.user()), 'AEPS_AGENT_NOT_FOUND');
    expect(w.connector.withdrawals).toHaveLength(0);
  });
});
