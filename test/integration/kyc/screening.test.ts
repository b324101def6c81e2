/** Who is like a listed name is looked at by two persons before anything of theirs is approved. */
import { handIn, laterList, LIST, propose, approved } from '../../support/kyc';
import { createStaff, type Staff } from '../../support/operations';
import { useWorld } from '../../support/use-world';
import { execute, rows } from '../../../platform/database';
import type { World } from '../../support/world';

const here = useWorld(() => ({ start: '2026-11-28T06:30:00.000Z' }));
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
const lists = () => staff.operations.screening.lists;
const take = (file: Buffer) => lists().take({ file, reason: 'a test' }, staff.admin);
const approvals = () => staff.operations.approvals;

describe('the list', () => {
  test('is taken whole, once, and told when it is too old', async () => {
    expect(await lists().inForce()).toBeUndefined();
    const list = await take(LIST);
    expect(list).toMatchObject({ individuals: 1, entities: 1, names: 7, emptyAliases: 1, isStale: false });
    expect(await take(LIST)).toEqual(list);
    expect(await lists().names(list.id)).toHaveLength(7);
    world.clock.set('2026-11-30T23:00:04.000Z');
    expect((await lists().inForce())!.isStale).toBe(false);
    world.clock.advance(1);
    expect((await lists().inForce())!.isStale).toBe(true);
  });

  test('an older one, another of the same time, and one that was cut do not take its place', async () => {
    await take(LIST);
    const cut = (xml: string): string => xml.replace(/<ENTITY>[^]*<\/ENTITY>/, '');
    for (const file of [
      laterList(-24),
      laterList(0, (xml) => xml.replace('TESTEL', 'TESTOL')),
      laterList(24, cut),
      laterList(24).subarray(0, 900),
    ])
      expect(await refusal(take(file))).toBe('SCREENING_LIST_REFUSED');
    expect((await lists().inForce())!.generatedAt.toISOString()).toBe('2026-11-27T23:00:04.000Z');
    await take(laterList(24));
    expect((await lists().inForce())!.generatedAt.toISOString()).toBe('2026-11-28T23:00:04.000Z');
    const left = await rows<{ n: number }>(world.knex, 'select count(*)::int4 as n from screening_names');
    expect(left[0]!.n).toBe(7);
  });

  test('several at once: one after the other', async () => {
    const said = await Promise.all([0, 24, 48].map((hours) => refusal(take(laterList(hours)))));
    expect(said).toContain('done');
    expect(await rows(world.knex, 'select id from screening_lists where is_current')).toHaveLength(1);
  });
});

describe('a likeness', () => {
  const found = () => staff.operations.screening.open(10);

  async function alike(): Promise<string> {
    await take(LIST);
    const recordId = await handIn(world.first, here.user.userId, {
      name: 'Nameson Testel',
      born: '1971-04-05',
    });
    expect(await world.first.kycKeeper.screen(10)).toEqual({ screened: 1, errors: [] });
    expect(await world.first.kycKeeper.screen(10)).toEqual({ screened: 0, errors: [] });
    return recordId;
  }
  async function decide(hitId: string, verdict: 'cleared' | 'confirmed'): Promise<void> {
    const proposal = await staff.operations.screening.proposal({
      hitId,
      verdict,
      reason: 'the passport says so',
      evidence: 'the passport',
    });
    const { id, detail } = await approvals().propose(proposal, staff.asha);
    expect(detail).toMatchObject({ reference: 'ZZi.901', listed_name: 'T. Nameson' });
    await approvals().approve(id, staff.ravi);
  }

  test('stops the approval until two persons have cleared it; nobody is named in the tables', async () => {
    const recordId = await alike();
    expect(await found()).toMatchObject([
      { subject: `kyc_record:${recordId}`, reference: 'ZZi.901', listedName: 'T. Nameson', score: 96 },
    ]);
    const { id } = await propose(staff, staff.asha, { recordId });
    expect(await refusal(approvals().approve(id, staff.ravi))).toBe('APPROVAL_OVERTAKEN');
    await decide((await found())[0]!.id, 'cleared');
    expect(await found()).toEqual([]);
    const again = await propose(staff, staff.asha, { recordId });
    expect(await refusal(approvals().approve(again.id, staff.ravi))).toBe('done');
    const [row] = await rows<{ text: string }>(
      world.knex,
      'select string_agg(h::text, $$ $$) as text from screening_hits h',
    );
    expect(row!.text).not.toContain('Nameson Testel');
  });

  test('that is confirmed stops it for good', async () => {
    const recordId = await alike();
    const hitId = (await found())[0]!.id;
    await decide(hitId, 'confirmed');
    const { id } = await propose(staff, staff.asha, { recordId });
    expect(await refusal(approvals().approve(id, staff.ravi))).toBe('APPROVAL_OVERTAKEN');
    expect(await refusal(decide(hitId, 'cleared'))).toBe('SCREENING_HIT_DECIDED');
  });

  test('whoever was approved is compared with each newer list', async () => {
    await approved(world.first, staff, here.user.userId, { born: '1971-04-05' });
    expect(await found()).toEqual([]);
    await take(
      laterList(24, (xml) =>
        xml

          .replace('<FIRST_NAME>TESTEL', '<FIRST_NAME>PLANTED')
          .replace('<SECOND_NAME>NAMESON', '<SECOND_NAME>RETAILER'),
      ),
    );
    expect(await world.first.kycKeeper.screen(10)).toEqual({ screened: 1, errors: [] });
    expect(await found()).toMatchObject([{ reference: 'ZZi.901', score: 90 }]);
  });

  test('one that was cleared is not asked for again with a newer list', async () => {
    await alike();
    await decide((await found())[0]!.id, 'cleared');
    await take(laterList(24));
    expect(await world.first.kycKeeper.screen(10)).toMatchObject({ screened: 1 });
    expect(await found()).toEqual([]);
  });

  test('a record that does not open is left, and the others are compared', async () => {
    await alike();
    const other = await world.user(0n);
    await handIn(world.first, other.userId);
    await take(laterList(24));
    await execute(world.knex, 'alter table kyc_records disable trigger user', []);
    await execute(world.knex, "update kyc_records set name_sealed = 'v1.x' where user_id = ?", [
      here.user.userId,
    ]);
    const { screened, errors } = await world.first.kycKeeper.screen(10);
    expect([screened, errors.length]).toEqual([1, 1]);
  });

  test('a hit that nobody has is unknown', async () => {
    expect(
      await refusal(
        staff.operations.screening.proposal({
          hitId: here.user.walletId,
          verdict: 'cleared',
          reason: 'why',
          evidence: 'how',
        }),
      ),
    ).toBe('SCREENING_HIT_NOT_FOUND');
  });
});
