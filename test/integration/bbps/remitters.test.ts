/** Who pays a bill: asked for before anything is stored, sent as it was given, kept sealed, named on the receipt. */
import { transactionId } from '../../../domain/ids/ids';
import { verifyTables } from '../../../domain/verification/verify';
import type { AppUser } from '../../../domain/users/users';
import { rows } from '../../../platform/database';
import { callerFor, codeOf, fetchBill, payBill, REQUEST } from '../../support/bbps-flows';
import { useBillsWorld } from '../../support/bills-world';
import { runJob } from '../../support/driver';
import { biller, CUSTOMER, paid, WATER, type ScriptedBills } from '../../support/scripted-bbps';
import type { World } from '../../support/world';

const used = useBillsWorld();
let world: World;
let setu: ScriptedBills;
let user: AppUser;
beforeEach(() => {
  ({ world, setu, user } = used);
});
const bbps = (): World['first']['bbps'] => world.first.bbps;

test('nobody who pays, or an account that is not the one of the mode, is refused before anything is stored', async () => {
  const modes = biller({ id: 'MODES0000DEL01', paymentModes: ['Wallet', 'Bharat QR'] });
  setu.billers = [biller(), WATER, modes];
  const nameless = { customer: { ...CUSTOMER, name: null } };
  const { id: fetchId, begun } = await bbps().fetches.start(callerFor(user), biller().id, {
    ...REQUEST,
    ...nameless,
  });
  await begun;
  expect(await codeOf(payBill(world.first, user, { what: { fetchId } }))).toBe('BBPS_REMITTER_REQUIRED');
  const straight = {
    what: { billerId: WATER.id, request: { ...REQUEST, ...nameless } },
    amountPaise: 20_000n,
  };
  expect(await codeOf(payBill(world.first, user, straight))).toBe('BBPS_REMITTER_REQUIRED');
  const account = { number: '00111122223333', ifsc: 'HDFC0000053' };
  for (const over of [
    { paymentMode: 'UPI' },
    { paymentMode: 'UPI', remitter: { account } },
    { paymentMode: 'Cash', remitter: { vpa: 'test@okbank' } },
  ] as const)
    expect(
      await codeOf(
        payBill(world.first, user, { what: { fetchId: await fetchBill(world.first, user) }, ...over }),
      ),
    ).toBe('BBPS_REMITTER_ACCOUNT_INVALID');
  const what = { fetchId: await fetchBill(world.first, user, modes.id) };
  expect(await codeOf(payBill(world.first, user, { what, paymentMode: 'Wallet' }))).toBe(
    'BBPS_REMITTER_REQUIRED',
  );
  expect(await codeOf(payBill(world.first, user, { what, paymentMode: 'Bharat QR' }))).toBe(
    'BBPS_REMITTER_ACCOUNT_INVALID',
  );
  expect(await rows(world.knex, 'select id from transactions')).toEqual([]);
});

test('what a mode does not take is refused before anything is stored, also where the whole bill must be paid', async () => {
  const modeLimits = [{ mode: 'Cash', minPaise: 100n, maxPaise: 200_000n }];
  setu.billers = [biller({ modeLimits }), WATER];
  const byCash = { what: { fetchId: await fetchBill(world.first, user) }, paymentMode: 'Cash' } as const;
  expect(await codeOf(payBill(world.first, user, byCash))).toBe('BBPS_AMOUNT_NOT_ALLOWED');
  expect(await rows(world.knex, 'select id from transactions')).toEqual([]);
  const remitter = { name: 'Planted Payer', vpa: 'planted.payer@okbank' };
  await payBill(world.first, user, { ...byCash, paymentMode: 'UPI', remitter });
});

test('who pays is sent, sealed in the row and named on the receipt; another payer under the same key is refused', async () => {
  setu.onSend = () => paid();
  const remitter = { name: 'Planted Payer', vpa: 'planted.payer@okbank' };
  const what = { billerId: WATER.id, request: REQUEST };
  const order = { what, amountPaise: 20_000n, paymentMode: 'UPI', remitter, reference: 'once' } as const;
  const { id } = await payBill(world.first, user, order, 'the-same-key');
  expect(await payBill(world.first, user, order, 'the-same-key')).toMatchObject({ id, replayed: true });
  for (const other of [{ ...remitter, vpa: 'other@okbank' }, { vpa: remitter.vpa }])
    expect(await codeOf(payBill(world.first, user, { ...order, remitter: other }, 'the-same-key'))).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
  for (const job of ['hold', 'send', 'settle'] as const) await runJob(world.first, job, [id]);
  expect(setu.sends.map((s) => [s.instruction.paymentMode, s.instruction.remitter])).toEqual([
    ['UPI', { ...remitter, account: null }],
  ]);
  expect(await bbps().receipts.get(user.userId, transactionId(id))).toMatchObject({
    payment_mode: 'UPI',
    remitter: { name: 'Planted Payer' },
  });
  const planted = [remitter.name, remitter.vpa];
  const findings = await world.knex.transaction((trx) => verifyTables(trx, { accepted: [id], planted }));
  expect(findings.filter((f) => f.promise === 'P7' && (f.result?.violations ?? 0) > 0)).toEqual([]);
});
