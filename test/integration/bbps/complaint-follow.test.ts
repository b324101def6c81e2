/** Complaints that nobody reads: the loop asks about them until they end. */
import { transactionId } from '../../../domain/ids/ids';
import type { Complaint, ListedComplaint } from '../../../domain/bbps/port';
import type { DeskAnswer } from '../../../domain/provider/calls';
import { claimDuePolls } from '../../../domain/driving/poll-claim';
import { rows } from '../../../platform/database';
import { asked, codeOf } from '../../support/bbps-flows';
import type { AppUser } from '../../../domain/users/users';
import { useComplaintWorld } from '../../support/complaint-world';
import { FUNDS_PAISE } from '../../support/use-world';
import { noAnswer, ok, paid, ticket, type ScriptedBills } from '../../support/scripted-bbps';
import { until } from '../../support/until';
import { attemptsOf, balanceOf, casesOf, transactionRow, type World } from '../../support/world';

const DAY_MS = 86_400_000;
const used = useComplaintWorld();
const { complaints, raise, payTag } = used;
let world: World;
let setu: ScriptedBills;
let user: AppUser;
beforeEach(() => {
  ({ world, setu, user } = used);
});
/** The provider is told, and nobody hears its answer. */
async function dieWhileTelling(payment: string): Promise<void> {
  const before = setu.complaints.length;
  setu.onComplain = () => new Promise(() => undefined);
  void raise(payment);
  await until(
    () => Promise.resolve(setu.complaints.length),
    (told) => told > before,
  );
}

describe('nobody reads it: the loop', () => {
  const keeper = (): World['first']['bbps']['complaintKeeper'] => world.first.bbps.complaintKeeper;
  /** One round of the loop, in as many processes at once as there are. */
  async function round(...others: World['first'][]): Promise<{ followed: number; refunds: number }> {
    const each = await Promise.all(
      [world.first, ...others].map(async ({ bbps }) => ({
        followed: await bbps.complaintKeeper.follow(20),
        refunds: await bbps.complaintKeeper.followRefunds(20),
      })),
    );
    expect(each.flatMap((e) => e.followed.errors)).toEqual([]);
    return {
      followed: each.reduce((sum, e) => sum + e.followed.claimed, 0),
      refunds: each.reduce((sum, e) => sum + e.refunds.claimed, 0),
    };
  }
  const row = async (): Promise<{ status: string; closed: boolean; refundAskAt: Date | null }> =>
    (
      await rows<{ status: string; closed: boolean; refundAskAt: Date | null }>(
        world.knex,
        'select status, closed_at is not null as closed, refund_ask_at as "refundAskAt" from bbps_complaints',
      )
    )[0]!;
  const openCasesOf = async (payment: string): Promise<string[]> =>
    (
      await rows<{ kind: string }>(
        world.knex,
        'select kind from ops_cases where transaction_id = ? and closed_at is null order by kind',
        [payment],
      )
    ).map((c) => c.kind);
  const timings = () => world.first.bbps.policies.timings();

  /** A ticket that promised the money, which the loop alone has learnt. */
  async function promised(): Promise<string> {
    const payment = await payTag();
    await raise(payment, 'double-payment');
    setu.onComplaint = (refId) => ok(ticket(refId, { status: 'REFUNDED' }));
    world.clock.advance(1_000);
    expect((await round()).followed).toBe(1);
    expect(await row()).toMatchObject({ status: 'REFUNDED', closed: true, refundAskAt: expect.any(Date) });
    return payment;
  }
  /** The inquiry that is due, as its loop makes it. */
  async function askedByLoop(payment: string): Promise<void> {
    expect((await claimDuePolls(world.first, { limit: 10, provider: 'setu' })).map((due) => due.id)).toEqual([
      payment,
    ]);
    await asked(world.first, payment);
  }
  const isAsked = async (payment: string): Promise<boolean> =>
    ((await transactionRow(world.knex, payment)).nextPollAt?.getTime() ?? Infinity) <=
    world.clock.now().getTime();

  test('asks about open ones when they are due, once over all processes', async () => {
    await raise(await payTag());
    const other = await world.process();
    world.clock.advance(1_000);
    expect((await round(other)).followed).toBe(1);
    expect(setu.asked.complaints).toEqual(['C1']);
    expect(await row()).toMatchObject({ status: 'ASSIGNED', closed: false });
    world.clock.advance(timings().complaintRoundMs - 1);
    expect((await round()).followed).toBe(0);
    world.clock.advance(1);
    setu.onComplaint = () => noAnswer;
    expect((await round(other)).followed).toBe(1);
    world.clock.advance(timings().complaintAskGapMs);
    setu.isAvailable = false;
    expect((await round(other)).followed).toBe(1);
    expect(setu.asked.complaints).toHaveLength(2);
  });

  test('P1 learns that the ticket ended in a refund, and asks about the payment until the money is back', async () => {
    const payment = await promised();
    expect(await isAsked(payment)).toBe(true);
    setu.onInquire = () => paid();
    await askedByLoop(payment);
    expect([(await transactionRow(world.knex, payment)).state, await isAsked(payment)]).toEqual([
      'succeeded',
      false,
    ]);
    world.clock.advance(timings().complaintRoundMs);
    expect((await round()).refunds).toBe(1);
    expect(await isAsked(payment)).toBe(true);
    setu.onInquire = () => paid({ kind: 'reversed', rawStatus: 'Credit_Adjustment' });
    await asked(world.first, payment);
    expect(await balanceOf(world.knex, user.accountId)).toBe(FUNDS_PAISE);
    world.clock.advance(timings().complaintRoundMs);
    expect((await round()).refunds).toBe(1);
    expect(await row()).toMatchObject({ refundAskAt: null });
    expect(await casesOf(world.knex, payment)).toEqual([]);
  });

  test('a ticket that could not be raised at NPCI has failed: it is closed, promises nothing, and may be raised again', async () => {
    const payment = await payTag();
    await raise(payment, 'double-payment');
    setu.onComplaint = (refId) => ok(ticket(refId, { status: 'FAILED', disputeId: null, dueOn: null }));
    world.clock.advance(1_000);
    expect((await round()).followed).toBe(1);
    expect(await row()).toEqual({ status: 'FAILED', closed: true, refundAskAt: null });
    expect([await isAsked(payment), await openCasesOf(payment)]).toEqual([false, []]);
    setu.onComplain = () => ok(ticket('C2', { status: '<requested>' }));
    expect(await raise(payment, 'double-payment')).toMatchObject({ state: 'open' });
    expect(setu.complaints).toHaveLength(2);
  });

  test('money that does not come is a case, once; it is asked for all the same, and its coming closes the case', async () => {
    const payment = await promised();
    setu.onInquire = () => paid();
    world.clock.advance(timings().complaintRefundMs - 1);
    await round();
    expect(await openCasesOf(payment)).toEqual([]);
    world.clock.advance(timings().complaintRoundMs);
    await Promise.all([round(await world.process()), round()]);
    expect(await openCasesOf(payment)).toEqual(['complaint_refund_missing']);
    world.clock.advance(DAY_MS);
    expect((await round()).refunds).toBe(1);
    expect(await rows(world.knex, 'select 1 from ops_cases')).toHaveLength(1);
    setu.onInquire = (target) =>
      target.mayHaveComeBack === true ? paid({ kind: 'reversed', rawStatus: 'Credit_Adjustment' }) : paid();
    await asked(world.first, payment);
    world.clock.advance(DAY_MS);
    expect((await round()).refunds).toBe(1);
    expect(await openCasesOf(payment)).toEqual([]);
    expect(await rows(world.knex, 'select closed_by, closed_note from ops_cases')).toEqual([
      { closed_by: 'complaint-keeper', closed_note: 'the money of the payment has come back' },
    ]);
    world.clock.advance(DAY_MS);
    expect((await round()).refunds).toBe(0);
  });

  test('a refund that never comes is left to its case in the end', async () => {
    const payment = await promised();
    for (let day = 0; day <= 31; day += 1) {
      world.clock.advance(DAY_MS);
      await round();
    }
    expect(await row()).toMatchObject({ refundAskAt: null });
    expect(await openCasesOf(payment)).toEqual(['complaint_refund_missing']);
  });

  test('a process that died while it told the provider leaves a case, also when nobody reads it', async () => {
    const payment = await payTag();
    await dieWhileTelling(payment);
    world.clock.advance(119_999);
    expect((await round()).followed).toBe(0);
    expect(await openCasesOf(payment)).toEqual([]);
    world.clock.advance(1);
    expect((await round()).followed).toBe(1);
    expect(await row()).toMatchObject({ status: '<unconfirmed>', closed: false });
    expect(await openCasesOf(payment)).toEqual(['complaint_unconfirmed']);
  });

  describe('one whose answer was lost is looked up', () => {
    const later = async (): Promise<void> => {
      world.clock.advance(timings().complaintAskGapMs);
      await round();
    };
    /** Raised, and nobody knows whether the provider has it. */
    async function lost(): Promise<string> {
      const payment = await payTag();
      setu.onComplain = () => noAnswer;
      expect(await raise(payment)).toMatchObject({ status: '<unconfirmed>' });
      return payment;
    }
    const listed = (refId: string, over: Partial<ListedComplaint> = {}): ListedComplaint => ({
      ...ticket(refId),
      npciCode: 'D32',
      ...over,
    });

    test('the ticket of its disposition that no other complaint has is it, and its case is closed', async () => {
      const payment = await payTag();
      await raise(payment, 'double-payment');
      setu.onComplain = () => noAnswer;
      await raise(payment);
      expect(await openCasesOf(payment)).toEqual(['complaint_unconfirmed']);
      const references: string[] = [];
      setu.onComplaintsAbout = (ourReference) => {
        references.push(ourReference);
        return ok([listed('C1', { npciCode: 'D22' }), listed('C7', { disputeId: 'TKT0007' })]);
      };
      await round();
      expect(references).toEqual([(await attemptsOf(world.knex, payment))[0]!.ourReference]);
      const views = await complaints().list(user.userId, payment);
      expect(views.map((c) => [c.disposition, c.state, c.status, c.dispute_id])).toEqual([
        ['double-payment', 'open', '<requested>', null],
        ['account-not-updated', 'open', 'ASSIGNED', 'TKT0007'],
      ]);
      expect(await openCasesOf(payment)).toEqual([]);
      world.clock.advance(timings().complaintRoundMs);
      await round();
      expect(setu.asked.complaints.toSorted()).toEqual(['C1', 'C7']);
    });

    test('an answer that comes after all closes the case; the case of another complaint stays', async () => {
      const payment = await lost();
      let answer: (value: DeskAnswer<Complaint>) => void = () => undefined;
      setu.onComplain = () =>
        new Promise((resolve) => {
          answer = resolve;
        });
      const raised = raise(payment, 'double-payment');
      await until(
        () => Promise.resolve(setu.complaints.length),
        (count) => count === 2,
      );
      setu.onComplaintsAbout = () => noAnswer;
      world.clock.advance(120_000);
      await round();
      expect(await openCasesOf(payment)).toEqual(['complaint_unconfirmed', 'complaint_unconfirmed']);
      answer(ok(ticket('C2')));
      expect(await raised).toMatchObject({ status: 'ASSIGNED' });
      expect(await openCasesOf(payment)).toEqual(['complaint_unconfirmed']);
    });

    test('certainly not there after a while: it is closed, and may be raised again', async () => {
      const payment = await lost();
      for (let waited = 0; waited < timings().complaintAbsentMs; waited += timings().complaintAskGapMs) {
        expect(await codeOf(raise(payment))).toBe('BBPS_COMPLAINT_OPEN');
        await later();
      }
      expect(await row()).toMatchObject({ status: '<not at provider>', closed: true });
      expect(await openCasesOf(payment)).toEqual([]);
      setu.onComplain = () => ok(ticket('C2'));
      expect(await codeOf(raise(payment))).toBe('done');
      expect(
        (await complaints().list(user.userId, transactionId(payment))).map((c) => [c.state, c.status]),
      ).toEqual([
        ['closed', '<not at provider>'],
        ['open', 'ASSIGNED'],
      ]);
    });

    test.each<[string, () => DeskAnswer<ListedComplaint[]>]>([
      ['cannot be had', () => noAnswer],
      ['has a ticket without its disposition', () => ok([listed('C7', { npciCode: null })])],
    ])('P5 a list that %s proves nothing: it stays open, and so does its case', async (_what, answer) => {
      const payment = await lost();
      setu.onComplaintsAbout = answer;
      world.clock.advance(timings().complaintAbsentMs * 2);
      await round();
      expect(await row()).toMatchObject({ status: '<unconfirmed>', closed: false });
      expect(await openCasesOf(payment)).toEqual(['complaint_unconfirmed']);
      expect(await codeOf(raise(payment))).toBe('BBPS_COMPLAINT_OPEN');
    });

    test('one that a dead process left is looked up as well', async () => {
      const payment = await payTag();
      await dieWhileTelling(payment);
      setu.onComplaintsAbout = () => ok([listed('C7')]);
      world.clock.advance(120_000);
      await round();
      await round();
      expect(await rows(world.knex, 'select status, provider_reference from bbps_complaints')).toEqual([
        { status: 'ASSIGNED', provider_reference: 'C7' },
      ]);
    });
  });

  test('an error about one keeps no other from being followed, and it comes back', async () => {
    await raise(await payTag());
    setu.onComplain = () => ok(ticket('C2'));
    await raise(await payTag(), 'double-payment');
    world.clock.advance(1_000);
    setu.onComplaint = (refId) =>
      ok(refId === 'C1' ? (undefined as never) : ticket(refId, { status: 'RESOLVED' }));
    expect(await keeper().follow(20)).toMatchObject({ claimed: 2, errors: [{ name: 'TypeError' }] });
    expect(await rows(world.knex, 'select status from bbps_complaints where closed_at is not null')).toEqual([
      { status: 'RESOLVED' },
    ]);
    world.clock.advance(timings().complaintAskGapMs);
    expect((await keeper().follow(20)).claimed).toBe(1);
  });
});
