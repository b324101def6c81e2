/** Two persons decide; what they decide holds until a day, and then counts for less by itself. */
import { execute, rows } from '../../../platform/database';
import { createAppUser } from '../../../domain/users/users';
import { approved, decided, handIn, LIST, propose } from '../../support/kyc';
import { createStaff, type Staff } from '../../support/operations';
import { runJob } from '../../support/driver';
import { useWorld } from '../../support/use-world';
import { transactionRow, type World } from '../../support/world';

const here = useWorld(() => ({ start: '2026-12-01T06:30:00.000Z' }));
let world: World;
let staff: Staff;
beforeEach(async () => {
  ({ world } = here);
  staff = await createStaff(world);
});
afterEach(() => {
  staff.close();
});

const code = (error: unknown): string => (error as { code?: string }).code ?? String(error);
const refusal = (work: Promise<unknown>): Promise<string> => work.then(() => 'done', code);
const me = () => here.user.userId;
const tier = async () => (await world.first.kyc.read(me())).tier;
const approvals = () => staff.operations.approvals;

async function waiting(): Promise<string> {
  const recordId = await handIn(world.first, me());
  await world.first.screeningLists.take({ file: LIST, reason: 'a test' }, staff.admin);
  await world.first.kycKeeper.screen(100);
  return recordId;
}
/** A payout of so many paise, held or failed. */
async function payout(amountPaise: bigint): Promise<string | null> {
  const id = await world.accept(here.user, { amountPaise });
  await runJob(world.first, 'hold', [id]);
  const { state, statusReason } = await transactionRow(world.knex, id);
  return state === 'failed' ? statusReason : state;
}

describe('a decision', () => {
  test('is proposed by one and made by another; both see what the record is', async () => {
    const recordId = await waiting();
    expect(await staff.operations.kyc.queue(10)).toMatchObject([{ id: recordId, openHits: 0 }]);
    const proposal = await propose(staff, staff.asha, { recordId });
    expect(proposal.detail).toMatchObject({ tier: 'small', holder: 'individual', same_pan: 0, open_hits: 0 });
    expect(await tier()).toBeNull();
    expect(await refusal(approvals().approve(proposal.id, staff.asha))).toBe('APPROVAL_NEEDS_ANOTHER');
    await approvals().approve(proposal.id, staff.ravi);
    expect(await world.first.kyc.read(me())).toMatchObject({
      tier: 'small',
      standing: { dueOn: '2034-12-01', lapsesAt: new Date('2034-12-01T18:30:00.000Z') },
      record: { state: 'approved', risk: 'medium' },
    });
    expect(await staff.operations.kyc.queue(10)).toEqual([]);
  });

  test('many at the click: one decides', async () => {
    const recordId = await waiting();
    const { id } = await propose(staff, staff.asha, { recordId });
    const said = await Promise.all(
      Array.from({ length: 6 }, () => refusal(approvals().approve(id, staff.ravi))),
    );
    expect(said.filter((one) => one === 'done')).toHaveLength(1);
    expect(await rows(world.knex, 'select user_id from kyc_standings')).toHaveLength(1);
  });

  test('of a record that was sent back meanwhile does nothing', async () => {
    const recordId = await waiting();
    const { id } = await propose(staff, staff.asha, { recordId });
    await execute(world.knex, 'alter table kyc_records disable trigger user', []);
    await execute(world.knex, "update kyc_records set state = 'draft', submitted_at = null", []);
    expect(await refusal(approvals().approve(id, staff.ravi))).toBe('APPROVAL_OVERTAKEN');
    expect(await tier()).toBeNull();
    expect(await refusal(propose(staff, staff.asha, { recordId }))).toBe('KYC_RECORD_NOT_WAITING');
  });

  test('to send back says what is to be mended, and the next record is a new one', async () => {
    const recordId = await waiting();
    expect(() =>
      staff.operations.kyc.proposal({
        recordId,
        verdict: 'return',
        codes: ['ugly'],
        reason: '',
        evidence: '',
      }),
    ).toThrow('to be mended');
    expect(() =>
      staff.operations.kyc.proposal({ recordId, verdict: 'approve', reason: '', evidence: '' }),
    ).toThrow('the risk');
    await decided(staff, { recordId, verdict: 'return', codes: ['name_differs', 'shop_not_seen'] });
    const { record } = await world.first.kyc.read(me());
    expect(record).toMatchObject({ state: 'returned', returnCodes: ['name_differs', 'shop_not_seen'] });
    expect(await tier()).toBeNull();
    world.clock.advance(1_000);
    expect(await handIn(world.first, me())).not.toBe(recordId);
  });

  test('moves whoever is on the way in along, and back', async () => {
    const { userId: newcomer } = await world.first.knex.transaction((trx) =>
      createAppUser(trx, world.first.ids, { name: 'A new shop', stage: 'lead' }),
    );
    const stage = async (): Promise<string> => {
      const [found] = await rows<{ stage: string }>(world.knex, 'select stage from users where id = ?', [
        newcomer,
      ]);
      return found!.stage;
    };
    const recordId = await handIn(world.first, newcomer);
    expect(await stage()).toBe('kyc_submitted');
    await decided(staff, { recordId, verdict: 'return', codes: ['document_unreadable'] });
    expect(await stage()).toBe('lead');
    world.clock.advance(1_000);
    await approved(world.first, staff, newcomer);
    expect(await stage()).toBe('verified');
  });

  test('without a list nobody is approved', async () => {
    const recordId = await handIn(world.first, me());
    expect(await world.first.kycKeeper.screen(100)).toEqual({ screened: 0, errors: [] });
    const { id } = await propose(staff, staff.asha, { recordId });
    expect(await refusal(approvals().approve(id, staff.ravi))).toBe('SCREENING_MISSING');
  });

  test('points out the same PAN at another user', async () => {
    const other = await world.user(0n);
    await handIn(world.first, other.userId);
    const recordId = await waiting();
    expect((await staff.operations.kyc.show(recordId)).findings).toEqual({
      nameDiffers: false,
      samePan: 1,
      openHits: 0,
      isScreened: true,
    });
  });
});

describe('a value or a document', () => {
  test('is shown to whoever says why, and the log knows', async () => {
    const recordId = await waiting();
    const { kycReveal } = world.first;
    const asked = { recordId, field: 'pan', reason: 'the photo is blurred' } as const;
    expect(await refusal(kycReveal.field(asked, staff.viewer))).toBe('OPS_ROLE_MISSING');
    expect(await refusal(kycReveal.field(asked, staff.asha))).toBe('AUTH_PROOF_NEEDED');
    const [asha, ravi] = [staff.asha, staff.ravi].map((by) => ({ ...by, provedAt: world.clock.now() }));
    expect(await refusal(kycReveal.field({ ...asked, reason: '' }, asha!))).toBe('REQUEST_FIELD_INVALID');
    expect(await kycReveal.field(asked, asha!)).toBe('ABCPE1234F');
    expect(await kycReveal.field({ ...asked, field: 'gstin' }, asha!)).toBeNull();
    const { documents } = await staff.operations.kyc.show(recordId);
    const seen = await kycReveal.document({ documentId: documents[0]!.id, reason: 'to compare' }, ravi!);
    expect(seen.bytes.subarray(0, 5).toString()).toBe('%PDF-');
    const log = await rows(
      world.knex,
      `select subject, detail ->> 'field' as field, detail ->> 'reason' as reason from audit_log
       where action = 'kyc.reveal' order by id`,
    );
    expect(log).toEqual([
      { subject: `kyc_record:${recordId}`, field: 'pan', reason: 'the photo is blurred' },
      { subject: `kyc_record:${recordId}`, field: 'gstin', reason: 'the photo is blurred' },
      { subject: `kyc_document:${documents[0]!.id}`, field: 'document', reason: 'to compare' },
    ]);
  });
});

describe('limits of a tier', () => {
  test('whoever has no standing is not limited by it', async () => {
    expect(await payout(5_000_000n)).toBe('held');
  });

  test('hold for each transaction, at their edge', async () => {
    await approved(world.first, staff, me());
    expect(await payout(1_000_000n)).toBe('held');
    expect(await payout(1_000_001n)).toBe('KYC_LIMIT_EXCEEDED');
    expect(world.first.tierLimits.list('small', world.clock.now())).toEqual([
      { service: 'any', per: 'transaction', capPaise: 1_000_000n },
      { service: 'bbps', per: 'day', capPaise: 5_000_000n },
      { service: 'payout', per: 'day', capPaise: 5_000_000n },
    ]);
  });

  test('hold for the day, for many at once, and a new day of India begins anew', async () => {
    await approved(world.first, staff, me());
    world.clock.set('2026-12-01T18:00:00.000Z'); // half an hour before midnight in India
    const said = await Promise.all(Array.from({ length: 7 }, () => payout(1_000_000n)));
    expect(said.filter((one) => one === 'held')).toHaveLength(5);
    expect(said.filter((one) => one === 'LIMIT_EXCEEDED')).toHaveLength(2);
    world.clock.set('2026-12-01T18:30:00.000Z');
    expect(await payout(1_000_000n)).toBe('held');
  });

  test('lapse by themselves, to the millisecond: then nothing moves', async () => {
    await approved(world.first, staff, me(), { risk: 'high' });
    // due on 1-Dec-2028, without grace
    world.clock.set('2028-12-01T18:29:59.999Z');
    expect([await tier(), await payout(100_000n)]).toEqual(['small', 'held']);
    world.clock.set('2028-12-01T18:30:00.000Z');
    expect([await tier(), await payout(100_000n)]).toEqual(['none', 'KYC_LIMIT_EXCEEDED']);
    expect(await staff.operations.kyc.due({ withinDays: 0, limit: 10 })).toMatchObject([
      { userId: me(), tier: 'small', risk: 'high', dueOn: '2028-12-01' },
    ]);
    // done again, it is worth the same
    await approved(world.first, staff, me());
    expect([await tier(), await payout(100_000n)]).toEqual(['small', 'held']);
  });

  test('a standing cannot be made without an approved record', async () => {
    const recordId = await handIn(world.first, me());
    await expect(
      execute(
        world.first.knex,
        `insert into kyc_standings (user_id, record_id, tier, lapses_at, after_tier)
         values (:user, :recordId, 'full', now() + interval '9 years', 'small')`,
        { user: me(), recordId },
      ),
    ).rejects.toThrow('approved record');
  });
});
