/** Documents of KYC go when the rule says so, with their key first; nothing of somebody whom an inquiry is about goes. */
import { createRetention, type Retention } from '../../../domain/privacy/retention';
import { createKycErasure } from '../../../domain/kyc/erasure';
import { systemClock } from '../../../platform/clock';
import { execute, rows } from '../../../platform/database';
import { systemIds } from '../../../platform/ids';
import { erasePastTime } from '../../../workers/maintenance/retention';
import { silentLog } from '../../../platform/logger';
import { approved, decided, handIn } from '../../support/kyc';
import { createStaff, type Staff } from '../../support/operations';
import { useWorld } from '../../support/use-world';
import type { World } from '../../support/world';

const here = useWorld(() => ({ start: new Date().toISOString() }));
let world: World;
let staff: Staff;
let retention: Retention;
beforeEach(async () => {
  ({ world } = here);
  staff = await createStaff(world);
  retention = createRetention({ knex: world.first.knex, clock: systemClock, ids: systemIds });
});
afterEach(() => {
  staff.close();
});

const me = () => here.user.userId;
const round = () => erasePastTime({ retention, kycErasure: world.first.kycErasure, log: silentLog });
const due = async (what: string): Promise<number> =>
  (await retention.plan()).find((part) => part.what === what)!.due;
const states = async (): Promise<string[]> =>
  (await rows<{ state: string }>(world.knex, 'select state from kyc_documents order by state')).map(
    ({ state }) => state,
  );
const constraintOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: { constraint?: string }) => error.constraint ?? 'refused',
  );

/** Of a closed account, so many days ago. */
async function close(daysAgo: number): Promise<void> {
  await execute(world.knex, "update users set stage = 'closed', status = 'disabled' where id = ?", [me()]);
  await execute(
    world.knex,
    `insert into user_stages values (:user, 99, 'active', 'closed', 'test', 'staff', 'left',
       now() - make_interval(days => :daysAgo::int4))`,
    { user: me(), daysAgo },
  );
}
async function unguarded(table: string, statement: string): Promise<void> {
  await execute(world.knex, `alter table ${table} disable trigger user`);
  await execute(world.knex, statement);
  await execute(world.knex, `alter table ${table} enable trigger user`);
}
const toErasing = () =>
  execute(world.first.knex, "update kyc_documents set state = 'erasing', key_sealed = null");

test('five years after the account was closed the key goes, then the file; not a day before', async () => {
  await approved(world.first, staff, me());
  await close(1_825);
  expect([await due('kyc_documents'), await constraintOf(toErasing())]).toEqual([0, 'kyc_documents_kept']);
  await unguarded(
    'user_stages',
    "update user_stages set at = at - interval '2 days' where to_stage = 'closed'",
  );
  expect(await due('kyc_documents')).toBe(2);

  // killed between the two: the storage still has what nobody can open
  await retention.step(10);
  expect([world.blobs.held.size, await states()]).toEqual([2, ['erasing', 'erasing']]);
  const [id] = [...world.blobs.held.keys()].map((key) => key.slice('kyc/'.length));
  await expect(world.first.kycDocuments.open(id!)).rejects.toMatchObject({ code: 'KYC_DOCUMENT_NOT_FOUND' });
  // killed after the file and before the row
  await world.blobs.delete(`kyc/${id}`);
  await Promise.all([round(), round()]);
  expect([world.blobs.held.size, await states(), await due('kyc_documents')]).toEqual([
    0,
    ['erased', 'erased'],
    0,
  ]);
  expect(
    await constraintOf(execute(world.knex, "update kyc_documents set state = 'stored', erased_at = null")),
  ).not.toBe('done');
});

test('a storage that is away is asked again', async () => {
  await approved(world.first, staff, me());
  await close(2_000);
  await retention.step(10);
  const away = createKycErasure({ knex: world.first.knex, clock: systemClock, blobs: undefined });
  expect(await away.sweep(10)).toMatchObject({ gone: 0, errors: [expect.any(Error), expect.any(Error)] });
  expect(await states()).toEqual(['erasing', 'erasing']);
  expect(await world.first.kycErasure.sweep(10)).toEqual({ gone: 2, errors: [] });
});

test('what was returned goes a year after another was approved; what the approval stands on stays', async () => {
  const returned = await handIn(world.first, me());
  await decided(staff, { recordId: returned, verdict: 'return', codes: ['document_unreadable'] });
  world.clock.advance(1_000);
  await approved(world.first, staff, me());
  expect(await due('kyc_replaced')).toBe(0);
  await unguarded(
    'kyc_records',
    `update kyc_records set made_at = made_at - interval '400 days', submitted_at = submitted_at - interval '400 days',
       decided_at = decided_at - interval '400 days'`,
  );
  expect(await due('kyc_replaced')).toBe(2);
  await round();
  const left = await rows<{ record: string; state: string }>(
    world.knex,
    'select distinct record_id as record, state from kyc_documents order by state',
  );
  expect(left).toEqual([
    { record: returned, state: 'erased' },
    { record: expect.not.stringMatching(returned) as string, state: 'stored' },
  ]);
});

const HOLDS: Readonly<Record<string, string>> = {
  'an open case about the user': `insert into ops_cases (id, kind, subject, summary, opened_at)
    values (gen_random_uuid(), 'risk_alarm', concat_ws(chr(58), 'burst', 'user', :user::text), 'planted', now())`,
  'a frozen wallet': `insert into wallet_freezes (id, wallet_id, reason, placed_by, placed_at)
    select gen_random_uuid(), w.id, 'an order of the police', :staff, now() from wallets w where w.user_id = :user limit 1`,
  'a likeness to a listed name': `insert into screening_hits (id, subject, list_id, reference, kind, regime, listed_name,
      quality, score, found_at)
    select gen_random_uuid(), 'kyc_record:' || k.id, l.id, 'QDi.000', 'individual', 'test', 'planted', 'good', 90, now()
    from kyc_records k, screening_lists l where k.user_id = :user limit 1`,
};

test.each(Object.keys(HOLDS))('%s holds them, whoever asks', async (hold) => {
  await approved(world.first, staff, me());
  await close(2_000);
  expect(await due('kyc_documents')).toBe(2);
  await world.knex.raw(HOLDS[hold]!, { user: me(), staff: staff.asha.userId });
  await round();
  expect([await due('kyc_documents'), await states()]).toEqual([0, ['stored', 'stored']]);
  expect(await constraintOf(toErasing())).toBe('kyc_documents_kept');
});
