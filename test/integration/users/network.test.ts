/** A user from lead to closed: who may move it, what it may use, and how that falls asleep. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { accountCode, openAccounts } from '../../../domain/ledger/accounts';
import { userId, type TransactionId, type UserId } from '../../../domain/ids/ids';
import { readUpline } from '../../../domain/network/subtree';
import { moveProposal } from '../../../domain/users/moves';
import type { Registration } from '../../../domain/users/registration';
import type { Stage } from '../../../domain/users/stages';
import { createAppUser, type AppUser } from '../../../domain/users/users';
import { execute, rows } from '../../../platform/database';
import { parsePublicId, systemIds } from '../../../platform/ids';
import { plantTransactions } from '../../support/commissions';
import { waitingForLocks } from '../../support/lock-waits';
import { createStaff, type Staff } from '../../support/operations';
import { createFundedUser, createWorld, fund, type World } from '../../support/world';

let world: World;
let staff: Staff;
let distributor: AppUser;
let retailer: UserId;
let numbers = 0;

const START = '2026-11-29T06:30:00.000Z';
beforeAll(async () => {
  world = await createWorld({ start: START });
  staff = await createStaff(world);
});
afterAll(async () => {
  staff.close();
  await world.close();
});
beforeEach(async () => {
  world.clock.set(START);
  distributor = await world.first.knex.transaction((trx) =>
    createAppUser(trx, systemIds, { name: 'Test Distributor', type: 'distributor' }),
  );
  retailer = await register();
});

const mobile = (): string => `98${String((numbers += 1)).padStart(8, '0')}`;
const registration = (over: Partial<Registration> = {}): Registration => ({
  type: 'retailer',
  name: 'Test Stores',
  mobile: mobile(),
  services: ['payout', 'dmt'],
  ...over,
});
async function register(over: Partial<Registration> = {}, by = distributor.userId): Promise<UserId> {
  const { user } = await world.first.users.register(by, randomUUID(), registration(over));
  return userId(parsePublicId('user', user.id)!);
}

const asUser = (top: UserId, to: Stage): Promise<unknown> =>
  world.first.users.move(top, retailer, { to, reason: 'a test' });
const asStaff = (to: Stage, user = retailer): Promise<unknown> =>
  staff.operations.network.setStage({ user, to, reason: 'a test' }, staff.asha);
const activate = async (user = retailer): Promise<void> => {
  for (const to of ['kyc_submitted', 'verified', 'agreement', 'active'] as const) await asStaff(to, user);
};
const servicesOf = async (user = retailer): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await world.first.users.get(user, user)).services.map(({ service, state }) => [service, state]),
  );
const stageOf = async (user = retailer): Promise<string> => (await world.first.users.get(user, user)).stage;

test('each move is made by those who may, and leaves a row that says who and why', async () => {
  await expect(asUser(retailer, 'active')).rejects.toMatchObject({ code: 'USER_STAGE_REFUSED' });
  await expect(asUser(distributor.userId, 'verified')).rejects.toMatchObject({ code: 'USER_STAGE_REFUSED' });
  await asUser(distributor.userId, 'kyc_submitted');
  await expect(asUser(distributor.userId, 'verified')).rejects.toMatchObject({
    detail: 'kyc_submitted to verified is a move of staff, system',
  });
  await asStaff('verified');
  await expect(asUser(distributor.userId, 'agreement')).rejects.toMatchObject({ code: 'USER_STAGE_REFUSED' });
  await asUser(retailer, 'agreement');
  await asStaff('active');
  const history = await rows<{ move: string; actor: string; as: string; reason: string }>(
    world.knex,
    `select from_stage || '>' || to_stage as move, actor, actor_kind as as, reason from user_stages
     where user_id = ? order by no`,
    [retailer],
  );
  expect(history.map(({ move, as, actor }) => [move, as, actor])).toEqual([
    ['lead>kyc_submitted', 'upline', distributor.userId],
    ['kyc_submitted>verified', 'staff', staff.asha.userId],
    ['verified>agreement', 'self', retailer],
    ['agreement>active', 'staff', staff.asha.userId],
  ]);
  expect(history.every(({ reason }) => reason === 'a test')).toBe(true);
  await expect(
    staff.operations.network.setStage({ user: retailer, to: 'suspended', reason: 'a test' }, staff.viewer),
  ).rejects.toMatchObject({ code: 'OPS_ROLE_MISSING' });
});

test('two moves at once: one of them is made', async () => {
  await asStaff('kyc_submitted');
  const results = await Promise.allSettled([asStaff('verified'), asStaff('lead'), asStaff('verified')]);
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('services that were asked for come with the activation; later ones, and stopped ones, by our staff', async () => {
  expect(await servicesOf()).toEqual({ dmt: 'requested', payout: 'requested' });
  await activate();
  expect(await servicesOf()).toEqual({ dmt: 'active', payout: 'active' });
  await world.first.users.requestServices(distributor.userId, retailer, ['recharge', 'dmt', 'recharge']);
  expect(await servicesOf()).toEqual({ dmt: 'active', payout: 'active', recharge: 'requested' });
  const set = (service: string, state: 'active' | 'suspended'): Promise<void> =>
    staff.operations.network.setService({ user: retailer, service, state, reason: 'a test' }, staff.asha);
  await set('recharge', 'active');
  await set('dmt', 'suspended');
  expect(await servicesOf()).toEqual({ dmt: 'suspended', payout: 'active', recharge: 'active' });
  await expect(set('flying', 'active')).rejects.toMatchObject({ code: 'REQUEST_FIELD_INVALID' });
});

test('whoever is suspended is disabled, and comes back by our staff alone', async () => {
  await activate();
  await asUser(distributor.userId, 'suspended');
  const status = async (): Promise<string> =>
    (await rows<{ status: string }>(world.knex, 'select status from users where id = ?', [retailer]))[0]!
      .status;
  expect(await status()).toBe('disabled');
  const enable = (): Promise<void> =>
    staff.operations.accounts.setUserStatus(
      { id: retailer, status: 'active', reason: 'a test' },
      staff.admin,
    );
  await expect(enable()).rejects.toMatchObject({ code: 'USER_STAGE_REFUSED' });
  await expect(asUser(distributor.userId, 'active')).rejects.toMatchObject({ code: 'USER_STAGE_REFUSED' });
  await asStaff('active');
  expect([await status(), await servicesOf()]).toEqual(['active', { dmt: 'active', payout: 'active' }]);
});

test('a user is closed with nothing left and nobody below, and its number is free again', async () => {
  const [number, other] = [mobile(), registration()];
  const closing = await register({ mobile: number });
  await activate(closing);
  const till = await register({ type: 'sub_merchant', parent: closing });
  await expect(asStaff('closed', closing)).rejects.toMatchObject({ code: 'USER_HAS_USERS_BELOW' });
  await asStaff('closed', till);
  const [wallet] = await rows<{ accountId: AppUser['accountId'] }>(
    world.knex,
    'select account_id as "accountId" from wallets where user_id = ?',
    [closing],
  );
  const taken = world.first.users.register(distributor.userId, randomUUID(), { ...other, mobile: number });
  await expect(taken).rejects.toMatchObject({ code: 'USER_CONTACT_TAKEN' });
  await asStaff('closed', closing);
  await register({ mobile: number });
  const rich = await register();
  await activate(rich);
  const [account] = await rows<{ accountId: AppUser['accountId'] }>(
    world.knex,
    'select account_id as "accountId" from wallets where user_id = ?',
    [rich],
  );
  expect(wallet).toBeDefined();
  await fund(world.first, account!.accountId, 100n);
  await expect(asStaff('closed', rich)).rejects.toMatchObject({ code: 'USER_HAS_MONEY' });
});

test('a user is not closed while commission is to be paid, or a settlement is on its way', async () => {
  const [earning, settling] = [await register(), await register()];
  await activate(earning);
  await activate(settling);
  await execute(
    world.knex,
    `insert into commission_dues (user_id, payable_from, mode, level, gross_paise) values (?, '2026-12-01', 'monthly', 'retailer', 5)`,
    [earning],
  );
  await fund(world.first, await world.first.accounts.id(accountCode.settlementPayable(settling)), 100n);
  await expect(asStaff('closed', settling)).rejects.toMatchObject({ code: 'USER_HAS_MONEY' });
  await expect(asStaff('closed', earning)).rejects.toMatchObject({
    code: 'USER_HAS_COMMISSION',
    detail: expect.stringContaining('2026-12-01') as string,
  });
  await execute(world.knex, 'update commission_dues set paid_paise = gross_paise');
  await execute(
    world.knex,
    `insert into commission_returns (transaction_id, turn, user_id, level, mode, gross_paise, payable_from, due_from, payment)
     values (gen_random_uuid(), 2, ?, 'retailer', 'daily', 5, '2026-12-02', '2026-12-01', 0)`,
    [earning],
  );
  await expect(asStaff('closed', earning)).rejects.toMatchObject({ code: 'USER_HAS_COMMISSION' });
  await execute(world.knex, 'update commission_returns set is_done = true');
  await asStaff('closed', earning);
});

test('a user is not closed before what a transaction has earned them is counted, also one of users who were below', async () => {
  const stands = (name: string): Promise<AppUser> =>
    world.first.knex.transaction((trx) => createAppUser(trx, systemIds, { name, type: 'distributor' }));
  const [{ userId: above }, { userId: other }] = [await stands('Test Above'), await stands('Test Other')];
  const seller = await createFundedUser(world.first, 0n);
  await execute(world.knex, 'update users set parent_id = :above where id = :id', {
    ...{ above, id: seller.userId },
  });
  const id = systemIds.uuid();
  const [createdAt, amountPaise] = [world.clock.now(), 29_900n];
  await plantTransactions(world.knex, [
    { id, userId: seller.userId, service: 'recharge', operator: 'jio', amountPaise, createdAt },
  ]);
  await execute(world.knex, 'update users set parent_id = null where id = ?', [seller.userId]);
  const [float, income] = await Promise.all(
    [accountCode.float('eko'), accountCode.commissionIncome('eko', 'recharge')].map((code) =>
      world.first.accounts.id(code),
    ),
  );
  await world.first.ledger.post({
    journal: {
      ...{ id: systemIds.uuid(), transactionId: id as TransactionId },
      transfers: [
        { debitAccountId: float!, creditAccountId: income!, amountPaise: 299n, code: 'commission' },
      ],
    },
  });
  const refused = (why: string) =>
    expect(asStaff('closed', above)).rejects.toMatchObject({
      ...{ code: 'USER_HAS_COMMISSION', detail: expect.stringContaining(why) as string },
    });
  const isNow = (state: string, endedAs: string | null): Promise<void> =>
    world.knex.transaction(async (trx) => {
      await execute(trx, 'set local session_replication_role = replica');
      await execute(trx, 'update transactions set state = :state, ended_as = :endedAs where id = :id', {
        ...{ state, endedAs, id },
      });
    });
  await isNow('in_review', null);
  await refused('under way');
  await isNow('succeeded', 'succeeded');
  await refused('night');
  await asStaff('closed', other);
  await world.first.commissions.accruals.run();
  await asStaff('closed', above); // no rule gives them anything
});

test('commission that is counted while a user is closed keeps them: what is earned is looked for first', async () => {
  const earning = await register();
  await activate(earning);
  const trx = await world.knex.transaction();
  await execute(trx, 'lock table commission_cursors in access exclusive mode');
  const closed = asStaff('closed', earning).then(
    () => 'closed',
    (error: { code: string }) => error.code,
  );
  while ((await waitingForLocks(world.knex)) === 0) await sleep(5);
  // as the accrual does: the due, and how far it has read
  await execute(
    trx,
    `insert into commission_dues (user_id, payable_from, mode, level, gross_paise) values (?, '2026-12-01', 'daily', 'retailer', 5)`,
    [earning],
  );
  await trx.commit();
  expect(await closed).toBe('USER_HAS_COMMISSION');
});

test('who owes us is closed, and a case says so', async () => {
  const [owing, other] = [await register(), await register()];
  for (const user of [owing, other]) await activate(user);
  const codes = [accountCode.userReceivable(owing), accountCode.commissionExpense('retailer')];
  const accounts = await openAccounts(world.knex, codes);
  const [debitAccountId, creditAccountId] = codes.map((code) => accounts.get(code)!);
  await world.first.ledger.post({
    journal: {
      ...{ id: systemIds.uuid(), transactionId: null },
      transfers: [
        {
          debitAccountId: debitAccountId!,
          creditAccountId: creditAccountId!,
          amountPaise: 784n,
          code: 'commission_share_owed',
        },
      ],
    },
  });
  await asStaff('closed', other);
  await asStaff('closed', owing);
  const cases = await rows<object>(
    world.knex,
    `select subject, summary, evidence->>'owed_paise' as paise from ops_cases where kind = 'user_closed_owing'`,
  );
  expect(cases).toEqual([
    { subject: `user:${owing}`, summary: 'A user was closed who owes us ₹7.84', paise: '784' },
  ]);
});

test('the same registration under the same key is the same user, also at once; another one is not', async () => {
  const [key, given] = [randomUUID(), registration()];
  const made = await Promise.all(
    Array.from({ length: 5 }, () => world.first.users.register(distributor.userId, key, given)),
  );
  expect(new Set(made.map(({ user }) => user.id)).size).toBe(1);
  expect(made.filter(({ replayed }) => !replayed)).toHaveLength(1);
  await expect(
    world.first.users.register(distributor.userId, key, { ...given, name: 'Other Stores' }),
  ).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
});

test('numbers and addresses are sealed, and a number is found by its digest', async () => {
  const number = mobile();
  const found = await register({
    mobile: number,
    email: 'Shop@Munim.example',
    address: { line: '12, Test Street', city: 'Pune', stateCode: '27', pinCode: '411001' },
  });
  const [row] = await rows<{ text: string }>(world.knex, 'select u::text as text from users u where id = ?', [
    found,
  ]);
  for (const plain of [number, 'Shop@Munim.example', 'Test Street']) expect(row!.text).not.toContain(plain);
  expect(await world.first.users.lookUp(distributor.userId, number)).toMatchObject({
    mobile: `98XXXXXX${number.slice(-2)}`,
    email: 'S…@Munim.example',
  });
  const upper = register({ email: 'SHOP@munim.EXAMPLE' });
  await expect(upper).rejects.toMatchObject({ code: 'USER_CONTACT_TAKEN' });
});

describe('services that nobody uses', () => {
  const usedOn = (service: string, day: string): Promise<number> =>
    execute(
      world.knex,
      'update user_services set used_on = :day::date where user_id = :retailer and service = :service',
      {
        retailer,
        service,
        day,
      },
    );
  const keep = async (day: string): Promise<void> => {
    world.clock.set(`${day}T06:30:00.000Z`);
    await world.first.networkKeeper.putToSleep(1_000);
  };

  test('fall asleep after three calendar months to the day, and the user with the last of them', async () => {
    await activate();
    await usedOn('payout', '2026-11-30');
    await usedOn('dmt', '2026-12-05');
    await keep('2027-02-28'); // three months before it is 28 November
    expect(await servicesOf()).toEqual({ dmt: 'active', payout: 'active' });
    await keep('2027-03-01'); // 1 December
    expect(await servicesOf()).toEqual({ dmt: 'active', payout: 'dormant' });
    expect(await stageOf()).toBe('active');
    await keep('2027-03-06');
    expect([await servicesOf(), await stageOf()]).toEqual([{ dmt: 'dormant', payout: 'dormant' }, 'dormant']);
    await expect(asUser(retailer, 'active')).rejects.toMatchObject({ code: 'USER_STAGE_REFUSED' });
    await asStaff('active');
    expect(await servicesOf()).toEqual({ dmt: 'active', payout: 'active' });
    await keep('2027-03-07');
    expect(await stageOf()).toBe('active');
  });

  test('stay awake by the latest transaction, of that service alone', async () => {
    await activate();
    const [user] = await rows<AppUser>(
      world.knex,
      'select user_id as "userId", id as "walletId", account_id as "accountId" from wallets where user_id = ?',
      [retailer],
    );
    for (const service of ['payout', 'dmt']) await usedOn(service, '2026-11-29');
    world.clock.set('2027-01-15T06:30:00.000Z');
    await world.accept(user!);
    await keep('2027-03-10');
    expect(await servicesOf()).toEqual({ dmt: 'dormant', payout: 'active' });
    await keep('2027-04-15');
    expect(await servicesOf()).toEqual({ dmt: 'dormant', payout: 'active' });
    await keep('2027-04-16');
    expect(await servicesOf()).toEqual({ dmt: 'dormant', payout: 'dormant' });
  });
});

test('a service that is not switched on is refused, and what was accepted before keeps its answer', async () => {
  const request = {
    amountPaise: 150_000n,
    currency: 'INR' as const,
    mode: 'IMPS' as const,
    reference: `ref-${randomUUID().slice(0, 18)}`,
    beneficiary: {
      name: 'Test Beneficiary',
      account: { kind: 'bank' as const, accountNumber: '000111220000', ifsc: 'HDFC0000053' },
    },
  };
  const caller = { ...distributor, keyId: 'key', scopes: [], role: 'distributor' };
  const accept = (services: string[], key: string) =>
    world.first.acceptPayouts.accept({ ...caller, services }, key, request);
  const key = randomUUID();
  await expect(accept(['dmt'], key)).rejects.toMatchObject({ code: 'SERVICE_NOT_ACTIVE' });
  const accepted = await accept(['payout'], key);
  expect(await accept([], key)).toMatchObject({ id: accepted.id, replayed: true });
});

describe('moves', () => {
  let other: UserId;
  beforeEach(async () => {
    ({ userId: other } = await world.first.knex.transaction((trx) =>
      createAppUser(trx, systemIds, { name: 'Other Distributor', type: 'distributor' }),
    ));
  });
  const propose = (parent: UserId | undefined, effectiveOn: string) =>
    staff.operations.approvals.propose(
      moveProposal({ user: retailer, parent, effectiveOn, reason: 'a test', evidence: 'letter 12' }),
      staff.asha,
    );
  const parentOf = async (): Promise<UserId | undefined> => {
    const [found] = await rows<{ uplineId: bigint | null }>(
      world.knex,
      'select upline_id as "uplineId" from users where id = ?',
      [retailer],
    );
    return (await readUpline(world.knex, found!.uplineId))[0]?.userId;
  };

  test('one of today is made by the approval of another person', async () => {
    const { id } = await propose(other, '2026-11-29');
    await expect(staff.operations.approvals.approve(id, staff.asha)).rejects.toMatchObject({
      code: 'APPROVAL_NEEDS_ANOTHER',
    });
    expect(await parentOf()).toBe(distributor.userId);
    await staff.operations.approvals.approve(id, staff.ravi);
    expect(await parentOf()).toBe(other);
  });

  test('one of a later day waits for it, and is made once by however many processes', async () => {
    const { id } = await propose(other, '2026-12-01');
    await staff.operations.approvals.approve(id, staff.ravi);
    await expect(propose(undefined, '2026-12-02')).rejects.toMatchObject({ code: 'USER_MOVE_OPEN' });
    world.clock.set('2026-11-30T18:29:00.000Z'); // 23:59 in India
    expect(await world.first.networkKeeper.makeDueMoves(10)).toBe(0);
    world.clock.set('2026-11-30T18:30:00.000Z');
    const second = await world.process();
    const made = await Promise.all([world.first, second].map((p) => p.networkKeeper.makeDueMoves(10)));
    expect([made.reduce((sum, n) => sum + n, 0), await parentOf()]).toEqual([1, other]);
  });

  test('one that waits can be taken back; one that does not fit any more is refused on its day', async () => {
    const { id } = await propose(other, '2026-12-01');
    await staff.operations.approvals.approve(id, staff.ravi);
    await staff.operations.network.cancelMove({ user: retailer, reason: 'a test' }, staff.asha);
    await staff.operations.approvals.approve((await propose(other, '2026-12-01')).id, staff.ravi);
    await asStaff('closed', other);
    world.clock.set('2026-12-01T06:30:00.000Z');
    await world.first.networkKeeper.makeDueMoves(10);
    const ended = await rows<{ state: string; note: string | null }>(
      world.knex,
      'select state, note from user_moves where user_id = ? order by made_at, id',
      [retailer],
    );
    expect(ended).toEqual([
      { state: 'cancelled', note: 'a test' },
      { state: 'refused', note: expect.stringContaining('USER_PLACE_INVALID') as string },
    ]);
    expect(await parentOf()).toBe(distributor.userId);
  });

  test('a place that the type may not have is refused at the approval, and nothing is left of it', async () => {
    const till = await register({ type: 'sub_merchant', parent: retailer });
    const { id } = await staff.operations.approvals.propose(
      moveProposal({
        user: till,
        parent: other,
        effectiveOn: '2026-11-29',
        reason: 'a test',
        evidence: 'letter 12',
      }),
      staff.asha,
    );
    await expect(staff.operations.approvals.approve(id, staff.ravi)).rejects.toMatchObject({
      code: 'APPROVAL_OVERTAKEN',
    });
    expect(
      await rows<{ id: string }>(world.knex, 'select id from user_moves where user_id = ?', [till]),
    ).toEqual([]);
  });
});
