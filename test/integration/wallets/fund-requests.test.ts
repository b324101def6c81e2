/** Money that users bring to our bank: asked for once, credited once, by two persons. */
import { fundRequestProposal } from '../../../domain/funds/fund-request-actions';
import type { FundsAsked } from '../../../domain/funds/fund-requests';
import { fundsProposal } from '../../../domain/funds/funds';
import { execute } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import { bookedBefore } from '../../support/booked-before';
import { fresh } from '../../support/family';
import { createStaff, type Staff } from '../../support/operations';
import { FUNDS_PAISE, useWorld } from '../../support/use-world';
import { balanceOf, type World } from '../../support/world';

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

const UTR = '569690930707';
const ask = (over: Partial<FundsAsked> = {}, { user = here.user, key = fresh().key } = {}) =>
  world.first.fundRequests.ask(user.userId, key, {
    amountPaise: 50_000n,
    bank: 'escrow',
    mode: 'IMPS',
    utr: UTR,
    paidOn: '2026-11-01',
    ...over,
  });
const idOf = ({ view }: Awaited<ReturnType<typeof ask>>): string => parsePublicId('fundRequest', view.id)!;
const SAID = { reason: 'in the statement', evidence: 'statement of 1 November, line 4' };
const propose = (id: string) =>
  staff.operations.approvals.propose(fundRequestProposal({ id, ...SAID }), staff.asha);
const approve = async (id: string): Promise<void> => {
  const proposed = await propose(id);
  await staff.operations.approvals.approve(proposed.id, staff.ravi);
};
const balance = (): Promise<bigint> => balanceOf(world.knex, here.user.accountId);
const statusOf = async (id: string): Promise<string> =>
  (await world.first.fundRequests.get(here.user.userId, id)).status;

test('nothing is credited before two persons of ours have approved it', async () => {
  const made = await ask();
  expect([made.view.status, await balance()]).toEqual(['pending', FUNDS_PAISE]);
  const proposed = await propose(idOf(made));
  expect(proposed.detail).toMatchObject({ amount_paise: '50000', reference: UTR, refused_before: 0 });
  await expect(staff.operations.approvals.approve(proposed.id, staff.asha)).rejects.toMatchObject({
    code: 'APPROVAL_NEEDS_ANOTHER',
  });
  expect(await balance()).toBe(FUNDS_PAISE);
  await staff.operations.approvals.approve(proposed.id, staff.ravi);
  expect([await statusOf(idOf(made)), await balance()]).toEqual(['approved', FUNDS_PAISE + 50_000n]);
});

test('staff see what waits, the oldest first, until it is decided', async () => {
  const first = await ask();
  world.clock.advance(1_000);
  const second = await ask({ utr: '569690930708' });
  const waiting = async () => (await staff.operations.fundRequests.waiting(10)).map(({ id }) => id);
  expect(await waiting()).toEqual([idOf(first), idOf(second)]);
  await approve(idOf(first));
  expect(await waiting()).toEqual([idOf(second)]);
});

test('the same key gives the first answer; another request under it is refused', async () => {
  const { key } = fresh();
  const first = await ask({}, { key });
  await approve(idOf(first));
  expect(await ask({}, { key })).toEqual({ view: first.view, replayed: true });
  await expect(ask({ amountPaise: 60_000n }, { key })).rejects.toMatchObject({
    code: 'IDEMPOTENCY_KEY_REUSED',
  });
});

test('a UTR is in one request that waits or was approved, whoever asks, also at once', async () => {
  const other = await world.user(0n);
  const settled = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) => ask({}, { user: i % 2 === 0 ? here.user : other })),
  );
  const codes = settled.map((one) =>
    one.status === 'fulfilled' ? 'done' : (one.reason as { code: string }).code,
  );
  expect(codes.filter((code) => code === 'done')).toHaveLength(1);
  expect(new Set(codes)).toEqual(new Set(['done', 'FUND_REQUEST_UTR_USED']));
});

test('an approved UTR is used for ever; a rejected or withdrawn one may be asked for again, and that is shown', async () => {
  const first = await ask({ amountPaise: 51_000n });
  await staff.operations.fundRequests.reject(idOf(first), 'the bank says 500.00', staff.asha);
  expect(await world.first.fundRequests.get(here.user.userId, idOf(first))).toMatchObject({
    status: 'rejected',
    note: 'the bank says 500.00',
  });
  const second = await ask();
  await world.first.fundRequests.withdraw(here.user.userId, idOf(second));
  const third = await ask();
  expect((await propose(idOf(third))).detail.refused_before).toBe(2);
  const [open] = await staff.operations.approvals.list({ state: 'proposed', limit: 1 });
  await staff.operations.approvals.approve(open!.id, staff.ravi);
  await expect(ask()).rejects.toMatchObject({ code: 'FUND_REQUEST_UTR_USED' });
  expect(await balance()).toBe(FUNDS_PAISE + 50_000n);
});

test('what staff booked by itself with this UTR is not credited again', async () => {
  const made = await ask();
  const booked = fundsProposal({
    action: 'wallet.credit',
    amountPaise: 50_000n,
    reference: UTR,
    bank: 'escrow',
    userId: here.user.userId,
    ...SAID,
  });
  const ready = await propose(idOf(made));
  const { id } = await staff.operations.approvals.propose(booked, staff.asha);
  await staff.operations.approvals.approve(id, staff.ravi);
  await expect(staff.operations.approvals.approve(ready.id, staff.ravi)).rejects.toMatchObject({
    code: 'APPROVAL_OVERTAKEN',
  });
  await expect(propose(idOf(made))).rejects.toMatchObject({ code: 'FUNDS_REFERENCE_USED' });
  expect([await statusOf(idOf(made)), await balance()]).toEqual(['pending', FUNDS_PAISE + 50_000n]);
});

test('what was booked with this UTR while each spelling was a line of its own is not credited again', async () => {
  const made = await ask();
  const ready = await propose(idOf(made));
  await bookedBefore(world, `0000${UTR}`);
  await expect(staff.operations.approvals.approve(ready.id, staff.ravi)).rejects.toMatchObject({
    code: 'APPROVAL_OVERTAKEN',
  });
  await expect(propose(idOf(made))).rejects.toMatchObject({ code: 'FUNDS_REFERENCE_USED' });
  expect([await statusOf(idOf(made)), await balance()]).toEqual(['pending', FUNDS_PAISE]);
});

test('an approval and a withdrawal at once: one of them wins, and parallel approvals credit once', async () => {
  for (let round = 0; round < 5; round += 1) {
    const before = await balance();
    const made = await ask({ utr: `${UTR}${round}` });
    const proposed = await propose(idOf(made));
    const { approvals } = staff.operations;
    await Promise.allSettled([
      approvals.approve(proposed.id, staff.ravi),
      approvals.approve(proposed.id, staff.admin),
      world.first.fundRequests.withdraw(here.user.userId, idOf(made)),
    ]);
    const gained = (await balance()) - before;
    expect([await statusOf(idOf(made)), gained]).toEqual(
      gained === 0n ? ['withdrawn', 0n] : ['approved', 50_000n],
    );
  }
});

test('cash of one user for one day stays below two lakh rupees', async () => {
  const cash = (amountPaise: bigint, utr: string, paidOn = '2026-11-01') =>
    ask({ mode: 'CASH', amountPaise, utr, paidOn });
  await cash(10_000_000n, 'SLIP0001');
  await expect(cash(10_000_000n, 'SLIP0002')).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  await cash(9_999_999n, 'SLIP0003');
  await cash(10_000_000n, 'SLIP0004', '2026-10-31');
});

test('what is no day of payment, no amount or no bank account of ours is refused', async () => {
  const refused: [Partial<FundsAsked>, string][] = [
    [{ paidOn: '2026-11-02' }, 'FUND_REQUEST_DATE_INVALID'],
    [{ paidOn: '2026-10-01' }, 'FUND_REQUEST_DATE_INVALID'],
    [{ amountPaise: 9_999n }, 'FUND_REQUEST_AMOUNT_INVALID'],
    [{ bank: 'another' }, 'FUND_REQUEST_NOT_TAKEN'],
  ];
  for (const [over, code] of refused) await expect(ask(over)).rejects.toMatchObject({ code });
});

test('one that is approved without its posting cannot be committed, and a decision stays', async () => {
  const id = idOf(await ask());
  await expect(
    execute(
      world.knex,
      `update fund_requests set state = 'approved', decided_at = now(), decided_by = '${staff.asha.userId}',
        journal_id = gen_random_uuid()`,
    ),
  ).rejects.toMatchObject({ constraint: 'fund_requests_posted' });
  await approve(id);
  await expect(
    execute(world.knex, "update fund_requests set state = 'withdrawn', decided_by = null"),
  ).rejects.toMatchObject({ constraint: 'fund_requests_decided_once' });
});
