/** What the terminal says of the cash that it handed out. */
import { aadhaarOf } from '../../../scripts/mix/prepare';
import { execute } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import type { AepsWorld, Agent } from '../../support/aeps-world';
import type { Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { declined, timedOut } from '../../support/scripted-aeps';
import { useAepsWorld } from '../../support/use-aeps-world';
import { casesOf } from '../../support/world';

const here = useAepsWorld();
let w: AepsWorld;
let agent: Agent;
beforeEach(() => {
  ({ w, agent } = here);
});

const uuid = (reply: Reply): string => parsePublicId('transaction', reply.body.id as string)!;

describe('acknowledgement', () => {
  const acknowledge = (reply: Reply, cash: unknown, key = agent.apiKey): Promise<Reply> =>
    w.call('POST', `/v1/aeps/withdrawals/${reply.body.id as string}/acknowledgement`, {
      key,
      body: { cash_handed_out: cash },
    });

  it('is noted once; what was said first stands; nobody else may', async () => {
    const reply = await w.withdraw(agent);
    const noted = await acknowledge(reply, true);
    expect([noted.status, noted.body.instruction, noted.body.acknowledgement]).toEqual([
      200,
      'none',
      { cash_handed_out: true, at: w.clock.now().toISOString() },
    ]);
    expect((await acknowledge(reply, true)).body).toEqual(noted.body);
    expectProblem(await acknowledge(reply, false), 'AEPS_ACKNOWLEDGED_OTHERWISE');
    expectProblem(await acknowledge(reply, 'yes'), 'REQUEST_FIELD_INVALID');
    expectProblem(await acknowledge(reply, true, (await w.agent()).apiKey), 'TRANSACTION_NOT_FOUND');
  });

  it('that does not come within ten minutes is listed, once; so is one that says no', async () => {
    const [silent, told, without] = [
      await w.withdraw(agent),
      await w.withdraw(agent),
      await w.withdraw(agent),
    ];
    w.connector.onWithdraw = () => declined();
    const failedOne = await w.withdraw(agent);
    await acknowledge(told, true);
    await acknowledge(without, false);
    w.clock.advance(599_999);
    expect(await w.aeps.keeper.listUnacknowledged(100)).toBe(0);
    w.clock.advance(1);
    expect(
      (
        await Promise.all([w.aeps.keeper.listUnacknowledged(100), w.aeps.keeper.listUnacknowledged(100)])
      ).reduce((a, b) => a + b),
    ).toBe(4);
    expect(await w.aeps.keeper.listUnacknowledged(100)).toBe(0);
    expect(await casesOf(w.knex, uuid(silent))).toEqual(['aeps_not_acknowledged']);
    expect(await casesOf(w.knex, uuid(told))).toEqual([]);
    expect(await casesOf(w.knex, uuid(without))).toEqual(['aeps_cash_not_handed_out']);
    expect(await casesOf(w.knex, uuid(failedOne))).toEqual([]);
  });

  it('that says no after it was listed is a case of its own, once, whatever became of the first', async () => {
    const silent = await w.withdraw(agent);
    w.clock.advance(600_000);
    expect(await w.aeps.keeper.listUnacknowledged(100)).toBe(1);
    await execute(
      w.knex,
      "update ops_cases set closed_at = ?, closed_by = 'ops', closed_note = 'asked the agent' where subject = ?",
      [w.clock.now(), `transaction:${uuid(silent)}`],
    );
    expect((await acknowledge(silent, false)).status).toBe(200); // the terminal is online again
    expect((await acknowledge(silent, false)).status).toBe(200);
    expect(await casesOf(w.knex, uuid(silent))).toEqual(['aeps_cash_not_handed_out']); // those that are open
  });

  it('that says yes after it was listed closes the case', async () => {
    const [late, silent] = [await w.withdraw(agent), await w.withdraw(agent)];
    w.clock.advance(600_000);
    expect(await w.aeps.keeper.listUnacknowledged(100)).toBe(2);
    await acknowledge(late, true);
    expect(await casesOf(w.knex, uuid(late))).toEqual([]);
    expect(await casesOf(w.knex, uuid(silent))).toEqual(['aeps_not_acknowledged']);
  });

  it('that says no while the keeper looks is one case, whoever is first', async () => {
    const replies = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        w.withdraw(agent, { customer: { mobile: `98765${i}0000`, bank: '607152' }, aadhaar: aadhaarOf(i) }),
      ),
    );
    w.clock.advance(600_000);
    await Promise.all([
      ...replies.slice(0, 4).map((reply) => acknowledge(reply, false)),
      w.aeps.keeper.listUnacknowledged(100),
      ...replies.slice(4).map((reply) => acknowledge(reply, false)),
    ]);
    await w.aeps.keeper.listUnacknowledged(100);
    for (const reply of replies)
      expect(
        (await casesOf(w.knex, uuid(reply))).filter((kind) => kind === 'aeps_cash_not_handed_out'),
      ).toEqual(['aeps_cash_not_handed_out']);
  });

  it('of cash without a success is a case at once', async () => {
    w.connector.onWithdraw = timedOut;
    const reply = await w.withdraw(agent);
    await acknowledge(reply, true);
    expect(await casesOf(w.knex, uuid(reply))).toEqual(['aeps_cash_without_success']);
  });
});
