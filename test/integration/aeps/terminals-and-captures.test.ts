/**
 * What a caller makes up opens nothing: a terminal is registered, a customer is the person of the Aadhaar
 * number, and a capture of a finger is good for one request.
 */
import { randomUUID } from 'node:crypto';
import { aadhaarOf } from '../../../scripts/mix/prepare';
import { execute, rows } from '../../../platform/database';
import { enquiry, withFinger } from '../../support/aeps-agents';
import { freshPid, orderBody, SHOP, type AepsWorld, type Agent } from '../../support/aeps-world';
import type { Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { useAepsWorld } from '../../support/use-aeps-world';

const here = useAepsWorld({ withoutOtps: true });
let w: AepsWorld;
let agent: Agent;
beforeEach(() => {
  ({ w, agent } = here);
});

const post = (path: string, body: unknown): Promise<Reply> =>
  w.call('POST', `/v1/aeps/${path}`, { key: agent.apiKey, body });
const dressed = (pid: string): string =>
  pid.replace('<PidData>', '<PidData custom="2">').replace('</Data>', '\n</Data>');

describe('a capture', () => {
  it('is used once: again under a new key, dressed up anew, or by another agent, it is refused', async () => {
    const pid = freshPid();
    expect((await w.withdraw(agent, { pid })).status).toBe(200);
    expectProblem(await w.withdraw(agent, { pid }), 'CAPTURE_USED');
    expectProblem(await w.withdraw(agent, { pid: dressed(pid) }), 'CAPTURE_USED');
    expectProblem(await w.withdraw(await w.agent(), { pid }), 'CAPTURE_USED');
    expectProblem(await post('balance-enquiries', { ...enquiry(), pid }), 'CAPTURE_USED');
    expectProblem(await post('mini-statements', { ...enquiry(), pid }), 'CAPTURE_USED');
    expectProblem(await post('agent/kyc/daily', { ...withFinger(), pid }), 'CAPTURE_USED');
    expect(w.connector.withdrawals).toHaveLength(1);
    expect((await w.withdraw(agent)).status).toBe(200);
  });

  it('20 withdrawals with one capture at once: one reaches the provider', async () => {
    const other = await w.agent();
    const pid = freshPid();
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, i) => w.withdraw(i % 2 === 0 ? agent : other, { pid, amount: 10_000 })),
    );
    expect(replies.filter((r) => r.status === 200)).toHaveLength(1);
    for (const reply of replies.filter((r) => r.status !== 200)) expectProblem(reply, 'CAPTURE_USED');
    expect(w.connector.withdrawals).toHaveLength(1);
    expect(await rows(w.knex, 'select count(*)::int as n from used_captures')).toEqual([
      { n: 5 }, // with those of the two agents
    ]);
  });

  it('of a request that was refused stays good, and so does a repeat with the same key', async () => {
    const pid = freshPid();
    expectProblem(await w.withdraw(agent, { pid, amount: 10_050 }), 'AEPS_AMOUNT_OUT_OF_RANGE');
    expectProblem(
      await w.withdraw(agent, { pid, terminal: { id: 'made-up', latlong: SHOP } }),
      'AEPS_TERMINAL_UNKNOWN',
    );
    const [key, body] = [randomUUID(), { ...orderBody(), pid }];
    const first = await w.withdraw(agent, body, key);
    const again = await w.withdraw(agent, body, key);
    expect([first.status, again.body.id, again.headers.get('idempotent-replayed')]).toEqual([
      200,
      first.body.id,
      'true',
    ]);
  });

  it('is kept as a keyed digest for minutes, and deleted', async () => {
    await w.withdraw(agent);
    const kept = await rows<{ capture: Buffer }>(w.knex, 'select capture from used_captures');
    expect(kept.map(({ capture }) => capture.length)).toEqual([32, 32, 32]);
    expect(await w.captures.deleteOld(100)).toBe(0);
    w.clock.advance(30 * 60_000);
    expect(await w.captures.deleteOld(2)).toBe(2);
    expect(await w.captures.deleteOld(100)).toBe(1);
  });

  it('that is none is refused, and says what it must be', async () => {
    const reply = await w.withdraw(agent, { pid: freshPid().replaceAll('Data type', 'Date type') });
    const errors = expectProblem(reply, 'REQUEST_FIELD_INVALID');
    expect(errors).toMatchObject([{ pointer: '#/pid', code: 'FIELD_FORM_WRONG' }]);
  });
});

describe('a terminal', () => {
  const from = (id: string) => ({ terminal: { id, latlong: SHOP } });

  it('is registered for its agent, or its requests are refused and nothing is asked', async () => {
    const other = await w.agent();
    await w.aeps.terminals.register(other.userId, 'theirs-1', 'test');
    for (const id of ['made-up', 'theirs-1']) {
      const errors = expectProblem(await w.withdraw(agent, from(id)), 'AEPS_TERMINAL_UNKNOWN');
      expect(errors).toMatchObject([{ pointer: '#/terminal/id' }]);
      expectProblem(await post('balance-enquiries', { ...enquiry(), ...from(id) }), 'AEPS_TERMINAL_UNKNOWN');
      expectProblem(await post('mini-statements', { ...enquiry(), ...from(id) }), 'AEPS_TERMINAL_UNKNOWN');
    }
    expect(w.connector.withdrawals).toHaveLength(0);
    expect((await w.withdraw(other, from('theirs-1'))).status).toBe(200);
  });

  it('is registered again without effect, retired, and put to work again; each change is in the audit log', async () => {
    const { terminals } = w.aeps;
    await terminals.register(agent.userId, 'counter-2', 'test');
    await terminals.register(agent.userId, 'counter-2', 'test');
    expect((await w.withdraw(agent, from('counter-2'))).status).toBe(200);
    await terminals.retire(agent.userId, 'counter-2', 'test');
    expectProblem(await w.withdraw(agent, from('counter-2')), 'AEPS_TERMINAL_UNKNOWN');
    await terminals.register(agent.userId, 'counter-2', 'test');
    expect((await w.withdraw(agent, from('counter-2'))).status).toBe(200);
    expect(
      await rows(
        w.knex,
        `select action from audit_log where subject = ? and detail->>'terminal' = 'counter-2' order by id`,
        [`user:${agent.userId}`],
      ),
    ).toEqual(['register', 'retire', 'register'].map((verb) => ({ action: `aeps_terminal.${verb}` })));
  });

  it('the database refuses an order from a terminal that is not registered, and keeps those that were', async () => {
    await w.withdraw(agent);
    await expect(
      execute(
        w.knex,
        `insert into aeps_enquiries (id, user_id, kind, provider, our_reference, customer, bank, terminal_id,
            lat_micro, long_micro, state, started_at)
          select ?, user_id, 'balance', 'eko', 'x', customer, bank, 'made-up', lat_micro, long_micro, 'started', now()
          from aeps_withdrawals`,
        [randomUUID()],
      ),
    ).rejects.toMatchObject({ constraint: 'aeps_enquiries_terminal_registered' });
    await expect(execute(w.knex, 'delete from aeps_terminals')).rejects.toMatchObject({
      constraint: 'aeps_terminals_stay',
    });
  });
});

it('the cap of a customer follows the person: another mobile number, bank or terminal opens nothing', async () => {
  await w.knex.raw('delete from aeps_velocity_rules');
  await w.aeps.policies.refresh();
  const agents = [agent, await w.agent(), await w.agent()];
  for (let i = 0; i < 5; i += 1)
    expect(
      (
        await w.withdraw(agents[i % 3]!, {
          amount: 1_000_000,
          customer: { mobile: `98765${i}0000`, bank: `60715${i}` },
          terminal: { id: `term-${i}`, latlong: SHOP },
        })
      ).status,
    ).toBe(200);
  expectProblem(
    await w.withdraw(agents[2]!, { amount: 10_000, customer: { mobile: '9876590000', bank: '607159' } }),
    'AEPS_CUSTOMER_LIMIT',
  );
  expect((await w.withdraw(agents[2]!, { amount: 10_000, aadhaar: aadhaarOf(1) })).status).toBe(200);
  const refs = await rows<{ ref: string }>(
    w.knex,
    `select distinct encode(customer_ref, 'hex') as ref from aeps_withdrawals`,
  );
  expect(refs).toHaveLength(2);
  // In the next month the same person has another reference.
  w.clock.set('2026-12-01T06:00:00Z');
  await w.today(agent);
  expect((await w.withdraw(agent)).status).toBe(200);
  expect(await rows(w.knex, `select count(distinct customer_ref)::int as n from aeps_withdrawals`)).toEqual([
    { n: 3 },
  ]);
});
