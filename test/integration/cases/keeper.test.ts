/** Cases close themselves when their question is answered, and one that a person has settled is not opened again. */
import { execute, rows } from '../../../platform/database';
import { runDue, runJob } from '../../support/driver';
import { caseIdOf, createStaff, type Staff } from '../../support/operations';
import { callbackBody, failed, pending, signedHeaders, succeeded } from '../../support/scripted-connector';
import { useWorld } from '../../support/use-world';
import { attemptsOf, casesOf, type World } from '../../support/world';

const here = useWorld();
let world: World;
let staff: Staff;

beforeEach(async () => {
  ({ world } = here);
  staff = await createStaff(world);
});
afterEach(() => {
  staff.close();
});

const keep = (): Promise<number> => world.first.cases.keeper.closeAnswered(200);

async function closing(kind: string): Promise<{ by: string | null; note: string | null }[]> {
  return rows<{ by: string | null; note: string | null }>(
    world.knex,
    'select closed_by as by, closed_note as note from ops_cases where kind = ?',
    [kind],
  );
}

test('polling_exhausted closes when the attempt ends, whatever ended it; not before', async () => {
  const ids = await Promise.all([here.sent(), here.sent(), here.sent(), here.sent()]);
  world.connector.onInquire = () => pending();
  world.clock.advance(25 * 3_600_000);
  for (const id of ids) await here.pollByClock(id, 1);
  expect(await keep()).toBe(0);
  await here.told(ids[0], succeeded());
  await here.told(ids[1], failed(), 'poll');
  expect(await here.told(ids[3], failed({ isShortOfFunds: true }))).toBe('retry');
  for (const id of ids) await runDue(world.first, [{ job: 'settle', id, driveNo: 0 }]);
  expect(await keep()).toBeGreaterThanOrEqual(3);
  expect(await casesOf(world.knex, ids[0])).toEqual([]);
  expect(await casesOf(world.knex, ids[1])).toEqual([]);
  expect(await casesOf(world.knex, ids[3])).toEqual([]);
  expect(await casesOf(world.knex, ids[2])).toContain('polling_exhausted');
  expect(await closing('polling_exhausted')).toContainEqual({
    by: 'case-keeper',
    note: 'the attempt has ended',
  });
});

test('callback_unmatched closes when an attempt of ours turns up with the reference that it named', async () => {
  const { due } = await world.first.callbackReceiver.receive(
    'testpay',
    signedHeaders('evt_early'),
    callbackBody({
      event: 'payout.processed',
      target: { ourReference: 'mn_not_yet', providerReference: 'pout_early', amountPaise: '150000' },
    }),
  );
  await runJob(world.first, 'callback', [due!.id]);
  expect(await keep()).toBe(0);
  const [open] = await world.first.cases.reader.list({ kind: 'callback_unmatched', isOpen: true, limit: 10 });
  expect(open).toMatchObject({
    evidence: { provider: 'testpay', our_reference: 'mn_not_yet', provider_reference: 'pout_early' },
  });
  const id = await here.sent();
  await execute(
    world.knex,
    "update dispatch_attempts set acknowledged_at = now(), provider_reference = 'pout_early' where transaction_id = ?",
    [id],
  );
  expect(await keep()).toBe(1);
  expect(await closing('callback_unmatched')).toEqual([
    { by: 'case-keeper', note: 'an attempt of ours has the reference that the callback named' },
  ]);
});

test('amount_mismatch of a payment that has ended stays open until the provider says our amount', async () => {
  const id = await here.sent(() => succeeded());
  await runDue(world.first, [{ job: 'settle', id, driveNo: 0 }]);
  world.connector.onInquire = () => succeeded({ amountPaise: 1n });
  await here.pollByClock(id, 1);
  expect(await keep()).toBe(0);
  expect(await casesOf(world.knex, id)).toEqual(['amount_mismatch']);
  world.connector.onInquire = () => succeeded({ amountPaise: 150_000n });
  await here.pollByClock(id, 1);
  expect(await keep()).toBe(1);
});

test('a case that opens with an effect is not closed before the effect is posted', async () => {
  const id = await here.sent(() => succeeded());
  await runDue(world.first, [{ job: 'settle', id, driveNo: 0 }]);
  world.clock.advance(1_000);
  expect(await here.told(id, { ...succeeded(), kind: 'refund_pending' }, 'poll')).toBe('apply');
  await execute(
    world.knex,
    `insert into ops_cases (id, kind, subject, transaction_id, summary, opened_at)
    values (gen_random_uuid(), 'aeps_refund_pending', 'transaction:' || ?, ?::uuid, 's', now())`,
    [id, id],
  );
  expect(await keep()).toBe(0);
  await runDue(world.first, [{ job: 'settle', id, driveNo: 0 }]);
  expect([await here.state(id), await keep()]).toEqual(['refund_pending', 0]);
});

test('drives_exhausted closes when the work has its effect', async () => {
  const id = await world.accept(here.user);
  await world.first.cases.keeper.closeAnswered(1);
  await execute(
    world.knex,
    `insert into ops_cases (id, kind, subject, transaction_id, summary, opened_at)
    values (gen_random_uuid(), 'drives_exhausted', 'transaction:' || ?, ?::uuid, 's', now())`,
    [id, id],
  );
  await execute(world.knex, 'update transactions set drives = 10 where id = ?', [id]);
  expect(await keep()).toBe(0);
  await runJob(world.first, 'hold', [id]);
  expect(await keep()).toBe(1);
});

test('drives_exhausted of a callback closes when the callback is processed', async () => {
  const target = { ourReference: 'mn_nobody', amountPaise: '150000' };
  const { due } = await world.first.callbackReceiver.receive(
    'testpay',
    signedHeaders('evt_driven'),
    callbackBody({ event: 'payout.processed', target }),
  );
  await execute(
    world.knex,
    `insert into ops_cases (id, kind, subject, summary, opened_at)
    values (gen_random_uuid(), 'drives_exhausted', 'callback:' || ?, 's', now())`,
    [due!.id],
  );
  expect(await keep()).toBe(0);
  await runJob(world.first, 'callback', [due!.id]);
  expect(await keep()).toBe(1);
});

test('what a person has closed is not opened again for the same situation; for another it is', async () => {
  const id = await here.sent(() => succeeded());
  await runDue(world.first, [{ job: 'settle', id, driveNo: 0 }]);
  world.clock.advance(1_000);
  const contradict = async (): Promise<void> => {
    world.clock.advance(86_400_000);
    await here.told(id, failed(), 'poll');
  };
  await contradict();
  const caseId = await caseIdOf(world.knex, id, 'contradiction_failed');
  await staff.operations.cases.close(
    { caseId, note: 'the provider confirmed the payment in writing' },
    staff.asha,
  );
  await contradict();
  await contradict();
  expect(await casesOf(world.knex, id)).toEqual([]);
  const [audited] = await rows<{ actor: string; reason: string }>(
    world.knex,
    "select actor, detail ->> 'reason' as reason from audit_log where action = 'case.close'",
    [],
  );
  expect(audited).toEqual({
    actor: staff.asha.userId,
    reason: 'the provider confirmed the payment in writing',
  });
});

test('the same matter told by nobody again stays closed; one that closed by itself opens again', async () => {
  const id = await here.sent(() => succeeded());
  await runDue(world.first, [{ job: 'settle', id, driveNo: 0 }]);
  world.clock.advance(86_400_000);
  await here.told(id, failed(), 'poll');
  await execute(
    world.knex,
    "update ops_cases set closed_at = now(), closed_by = 'case-keeper', closed_note = 'test' where transaction_id = ?",
    [id],
  );
  world.clock.advance(86_400_000);
  await here.told(id, failed(), 'poll');
  expect(await casesOf(world.knex, id)).toEqual(['contradiction_failed']);
});

test('a review is not closed by hand: its money would stay where it is', async () => {
  const id = await here.sent(() => failed());
  await runDue(world.first, [{ job: 'settle', id, driveNo: 0 }]);
  world.clock.advance(1_000);
  await here.told(id, succeeded());
  world.connector.onInquire = () => succeeded();
  await here.pollByClock(id, 1);
  const caseId = await caseIdOf(world.knex, id, 'late_success');
  await expect(
    staff.operations.cases.close({ caseId, note: 'done with it' }, staff.asha),
  ).rejects.toMatchObject({
    code: 'CASE_CHOICE_NOT_OFFERED',
    detail: 'it offers succeeded, failed, reversed, refunded',
  });
  expect((await attemptsOf(world.knex, id)).length).toBe(1);
});
