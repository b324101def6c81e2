/** What ops staff read of cases: one with its transaction and all that was said of it, and how many are open. */
import { transactionCase, openCases } from '../../../domain/cases/cases';
import { transactionId } from '../../../domain/ids/ids';
import { caseIdOf, createStaff, type Staff } from '../../support/operations';
import { pending, succeeded } from '../../support/scripted-connector';
import { useWorld } from '../../support/use-world';
import { attemptsOf } from '../../support/world';

const here = useWorld();
let staff: Staff;

beforeEach(async () => {
  staff = await createStaff(here.world);
});
afterEach(() => {
  staff.close();
});

const open = (id: string, kind: 'amount_mismatch' | 'inquiry_unanswered') =>
  openCases(
    here.world.knex,
    here.world.first.ids,
    [transactionCase(kind, transactionId(id), 'a test')],
    here.world.clock.now(),
  );

test('a case shows its transaction, and what was said of it, the newest first', async () => {
  const id = await here.sent(() => pending());
  await open(id, 'amount_mismatch');
  here.world.clock.advance(1_000);
  await here.told(id, pending(), 'poll');
  here.world.clock.advance(1_000);
  await here.told(id, succeeded());
  const [attempt] = await attemptsOf(here.world.knex, id);
  const found = await staff.operations.cases.get(await caseIdOf(here.world.knex, id, 'amount_mismatch'));
  expect(found).toMatchObject({
    kind: 'amount_mismatch',
    question: expect.stringContaining('Which amount was paid?'),
    summary: 'a test',
    transaction: {
      id,
      service: 'payout',
      provider: 'testpay',
      state: 'dispatched',
      amountPaise: 150_000n,
      outcome: 'succeeded',
      attemptNo: 1,
      references: attempt!.ourReference,
    },
  });
  expect(found.said.map(({ source, kind, decision }) => ({ source, kind, decision }))).toEqual([
    { source: 'callback', kind: 'succeeded', decision: 'apply' },
    { source: 'poll', kind: 'pending', decision: 'note' },
  ]);
});

test('open cases are counted by kind, with the time of the oldest; closed ones are not', async () => {
  expect(await staff.operations.cases.countOpen()).toEqual([]);
  const [first, second] = [await here.sent(() => pending()), await here.sent(() => pending())];
  const begun = here.world.clock.now();
  await open(first, 'amount_mismatch');
  here.world.clock.advance(60_000);
  await open(second, 'amount_mismatch');
  await open(second, 'inquiry_unanswered');
  expect(await staff.operations.cases.countOpen()).toEqual([
    { kind: 'amount_mismatch', count: 2, oldest: begun },
    { kind: 'inquiry_unanswered', count: 1, oldest: here.world.clock.now() },
  ]);
  const caseId = await caseIdOf(here.world.knex, second, 'inquiry_unanswered');
  await staff.operations.cases.close({ caseId, note: 'looked at' }, staff.asha);
  expect((await staff.operations.cases.countOpen()).map(({ kind }) => kind)).toEqual(['amount_mismatch']);
});

test('a case that there is not is said to be not there', async () => {
  await expect(staff.operations.cases.get(here.world.first.ids.uuid())).rejects.toMatchObject({
    code: 'CASE_NOT_FOUND',
  });
});
