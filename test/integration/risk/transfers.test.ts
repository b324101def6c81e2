/** A rule about a customer, or about who is paid, stops transfers: they are refused, since their password has gone. */
import { closeWithCleanBooks } from '../../support/books';
import { runJob } from '../../support/driver';
import { createDmtWorld, type DmtWorld, type Remitter } from '../../support/dmt-world';
import { caseIdOf, createStaff, type Staff } from '../../support/operations';
import { rows } from '../../../platform/database';
import { balanceOf, transactionRow } from '../../support/world';

let world: DmtWorld;
let staff: Staff;
let remitter: Remitter;
beforeEach(async () => {
  world = await createDmtWorld();
  staff = await createStaff(world);
  remitter = await world.remitter(await world.user(1_000_000n));
});
afterEach(async () => {
  staff.close();
  await closeWithCleanBooks(world.knex, world);
});

const why = { reason: 'as seen', evidence: 'a call' };
async function holdsFrom(name: string): Promise<void> {
  const tuning = { threshold: 0, action: 'hold', stopS: 3_600 } as const;
  const proposal = staff.operations.risk.tuning({ name, tuning, ...why });
  const { id } = await staff.operations.approvals.propose(proposal, staff.asha);
  await staff.operations.approvals.approve(id, staff.ravi);
}
async function held(): Promise<string> {
  const {
    parts: [id],
  } = await world.transfer(remitter);
  await runJob(world.first, 'hold', [id!]);
  return id!;
}

test.each([
  ['mule', 'payee'],
  ['customer_tour', 'customer'],
])('by %s: the next one waits, and its money goes back', async (rule, about) => {
  await holdsFrom(rule);
  await held();
  world.clock.advance(1);
  expect(await world.first.riskWatch.round()).toMatchObject({ opened: { [rule]: 1 } });
  const before = await balanceOf(world.knex, remitter.user.accountId);
  const id = await held();
  expect((await runJob(world.first, 'send', [id])).errors).toEqual([]);
  expect((await transactionRow(world.knex, id)).state).toBe('in_review');
  const caseId = await caseIdOf(world.knex, id, 'risk_hold');
  const { evidence } = await staff.operations.cases.get(caseId);
  expect(evidence).toEqual({ rule, about: expect.stringMatching(new RegExp(`^${about}:[0-9a-f-]{36}$`)) });
  expect(await staff.operations.cases.offered(caseId)).toEqual(['failed']);
  const passwords = await rows<{ otp: string | null }>(
    world.knex,
    'select otp_sealed as otp from dmt_transfers where transaction_id = ?',
    [id],
  );
  expect(passwords).toEqual([{ otp: null }]);
  const proposal = await staff.operations.cases.proposal({ caseId, choice: 'failed', ...why });
  const { id: approval } = await staff.operations.approvals.propose(proposal, staff.asha);
  await staff.operations.approvals.approve(approval, staff.ravi);
  expect((await transactionRow(world.knex, id)).state).toBe('failed');
  expect(await balanceOf(world.knex, remitter.user.accountId)).toBe(before);
});
