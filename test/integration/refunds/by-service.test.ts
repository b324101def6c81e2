/**
 * The provider's refund goes by its reference alone: a bill and a recharge that failed after it took the
 * money come back the way a transfer does, each with the scope of its service.
 */
import { randomUUID } from 'node:crypto';
import { createApiKey } from '../../../domain/auth/api-keys';
import type { Scope } from '../../../domain/services/services';
import { accountCode } from '../../../domain/ledger/accounts';
import { FakeClock } from '../../../platform/clock';
import { publicId } from '../../../platform/ids';
import { callerFor, fetchBill, payBill } from '../../support/bbps-flows';
import { closeWithCleanBooks } from '../../support/books';
import { startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { biller, createScriptedBills } from '../../support/scripted-bbps';
import { createScriptedDmt, GOOD_OTP, refundPending, type ScriptedDmt } from '../../support/scripted-dmt';
import { createScriptedRecharge } from '../../support/scripted-recharge';
import { balanceOf, balances, movesOf, transactionRow } from '../../support/world';

const FUNDS = 10_000_000n;
const TID = '3570311831';
let p: Platform;
let eko: ScriptedDmt;
let user: Awaited<ReturnType<Platform['user']>>;
beforeEach(async () => {
  eko = createScriptedDmt();
  const [bills, recharges] = [
    createScriptedBills('eko', { complaints: false }),
    createScriptedRecharge('eko'),
  ];
  for (const scripted of [bills, recharges])
    scripted.onSend = () => refundPending({ providerReference: TID });
  p = await startPlatform({
    workers: [],
    clock: new FakeClock('2026-11-25T06:30:00Z'),
    profile: 'production',
    connectors: [{ ...eko, bbps: bills.bbps, recharge: recharges.recharge }],
  });
  user = await p.user(FUNDS);
});
afterEach(() => closeWithCleanBooks(p.c.knex, p));

async function processed(id: string): Promise<string> {
  for (const report of [
    await p.c.holds.hold([id]),
    await p.c.sender.send([id]),
    await p.c.settler.settle([id]),
  ])
    expect(report.errors).toEqual([]);
  return id;
}
const SERVICES = [
  [
    'bbps',
    async () =>
      processed(
        (await payBill(p.c, user, { what: { fetchId: await fetchBill(p.c, user, biller().id) } })).id,
      ),
  ],
  [
    'recharge',
    async () =>
      processed(
        (
          await p.c.acceptRecharges.accept(
            { ...callerFor(user), scopes: ['recharge:write'], services: ['recharge'] },
            randomUUID(),
            {
              mobile: '9876500001',
              operator: 'jio',
              circle: 'Karnataka',
              amountPaise: 29_900n,
              currency: 'INR',
              reference: 'r-1',
              force: false,
            },
          )
        ).id,
      ),
  ],
] as const;
const keyWith = async (...scopes: Scope[]): Promise<string> =>
  (await createApiKey(p.c.knex, p.c.ids, { userId: user.userId, mode: 'test', scopes })).secret;
const post = (id: string, call: 'refund-otp' | 'refund', key: string, body: object = {}): Promise<Reply> =>
  p.call('POST', `/v1/transactions/${publicId('transaction', id)}/${call}`, { key, body });

test.each(SERVICES)(
  "%s: refund pending, then refunded with the customer's one-time password",
  async (service, make) => {
    const id = await make();
    expect([
      (await transactionRow(p.c.knex, id)).state,
      (await balances(p.c.knex))[accountCode.refundPayable(user.userId)],
    ]).toEqual(['refund_pending', FUNDS - (await balanceOf(p.c.knex, user.accountId))]);
    const key = await keyWith(`${service}:write`);
    expect((await post(id, 'refund-otp', key)).body).toMatchObject({ object: 'refund_otp' });
    expectProblem(await post(id, 'refund', key, { otp: '111111' }), 'REFUND_REFUSED');
    const refund = await post(id, 'refund', key, { otp: GOOD_OTP });
    expect([refund.status, refund.body]).toMatchObject([202, { status: 'REFUNDED' }]);
    expect(eko.refundsAsked.at(-1)).toMatchObject({ target: { providerReference: TID }, otp: GOOD_OTP });
    expect((await p.c.settler.settle([id])).errors).toEqual([]);
    expect([(await movesOf(p.c.knex, id)).at(-1), await balanceOf(p.c.knex, user.accountId)]).toEqual([
      'refund_pending>refunded',
      FUNDS,
    ]);
    expectProblem(await post(id, 'refund', key, { otp: GOOD_OTP }), 'ALREADY_REFUNDED');
  },
);

test.each(SERVICES)('%s: a key for another service has no part in it', async (service, make) => {
  const id = await make();
  const other = await post(id, 'refund-otp', await keyWith('dmt:write'));
  expectProblem(other, 'AUTH_SCOPE_MISSING');
  expect(other.body.detail).toContain(`${service}:write`);
  expectProblem(
    await post(id, 'refund', await keyWith('payouts:write'), { otp: GOOD_OTP }),
    'AUTH_SCOPE_MISSING',
  );
  expect(eko.asked).toEqual([]);
});
