/** A withdrawal whose success came after its terminal had gone: two persons decide whose the money is. */
import { parsePublicId } from '../../../platform/ids';
import type { AepsWorld, Agent } from '../../support/aeps-world';
import { caseIdOf, createStaff, violationsIn, type Staff } from '../../support/operations';
import { paid, timedOut } from '../../support/scripted-aeps';
import { useAepsWorld } from '../../support/use-aeps-world';
import { balances, casesOf, transactionRow } from '../../support/world';

const here = useAepsWorld();
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

test.each([
  // Cash was handed out: it is the agent's, and the provider owes it with its commission.
  ['succeeded', 300_000n, -301_176n],
  // Of the others nothing is left: the provider gave it back to the customer, or never took it.
  ['failed', undefined, undefined],
  ['reversed', undefined, undefined],
  ['refunded', undefined, undefined],
])(
  'decided as %s: suspense is empty, and the wallet has what is the agent’s',
  async (choice, wallet, receivable) => {
    w.connector.onWithdraw = () => timedOut();
    const reply = await w.withdraw(agent, { amount: 300_000 });
    const id = parsePublicId('transaction', reply.body.id as string)!;
    w.clock.advance(120_000);
    w.connector.onInquire = () => paid();
    await w.poll(id);
    expect((await transactionRow(w.knex, id)).state).toBe('in_review');
    const proposal = await staff.operations.cases.proposal({
      caseId: await caseIdOf(w.knex, id, 'late_success'),
      choice,
      reason: 'the agent and the customer say so',
      evidence: 'letters of both, and the statement of the day',
    });
    const { id: proposed } = await staff.operations.approvals.propose(proposal, staff.asha);
    await staff.operations.approvals.approve(proposed, staff.ravi);
    expect(await transactionRow(w.knex, id)).toMatchObject({ state: choice, dueAt: null });
    const after = await balances(w.knex);
    expect(after['suspense:eko']).toBeUndefined();
    expect(after[`wallet:${agent.userId}:aeps`]).toBe(wallet);
    expect(after['receivable:eko:aeps']).toBe(receivable);
    expect(await casesOf(w.knex, id)).toEqual([]);
    expect(await violationsIn(w.knex)).toEqual([]);
  },
);
