import type { Connector } from '../../../domain/connectors';
import type { PayoutInstruction } from '../../../domain/payouts/port';
import {
  beneficiary,
  bookOf,
  connect,
  connector,
  control,
  KEYS,
  sandbox,
  send,
  useRazorpayxSandbox,
} from '../../support/razorpayx-connected';

useRazorpayxSandbox();

/** What somebody does on the dashboard. */
async function switchOff(path: string): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${KEYS.keyId}:${KEYS.keySecret}`).toString('base64')}`;
  const res = await fetch(`${sandbox.url}/v1${path}`, {
    method: 'PATCH',
    headers: { authorization, 'content-type': 'application/json' },
    body: '{"active":false}',
  });
  expect(await res.json()).toMatchObject({ active: false });
}

const instruction = (refs: PayoutInstruction['refs'], n: number): PayoutInstruction => ({
  ourReference: `refused-${n}`,
  idempotencyKey: `refused-key-${n}`,
  amountPaise: 150_000n,
  currency: 'INR',
  mode: 'IMPS',
  narration: null,
  refs,
});

describe('a fund account or a contact that was switched off', () => {
  test.each([
    ['the fund account', ({ fund_account }: Record<string, string>) => [`/fund_accounts/${fund_account}`]],
    ['the contact', ({ contact }: Record<string, string>) => [`/contacts/${contact}`]],
    [
      'both',
      ({ contact, fund_account }: Record<string, string>) => [
        `/contacts/${contact}`,
        `/fund_accounts/${fund_account}`,
      ],
    ],
  ])(
    '%s: the payout is refused and did not happen, registering again switches it on',
    async (what, paths) => {
      const details = beneficiary('0000');
      const first = await connector.payout!.registerBeneficiary(details);
      if (!first.ok) throw new Error('not registered');
      for (const path of paths(first.refs)) await switchOff(path);
      const refused = instruction(first.refs, what.length);
      expect(await send(refused)).toMatchObject({ kind: 'unknown', sent: false, refusesRefs: true });
      expect(await bookOf(refused)).toEqual([]);
      expect(await connector.payout!.registerBeneficiary(details)).toEqual(first);
      expect(await send(instruction(first.refs, what.length + 100))).toMatchObject({ kind: 'pending' });
    },
  );

  test('one of another account of ours does not exist: forgotten as well', async () => {
    const unknown = { contact: 'cont_00000000000000', fund_account: 'fa_00000000000000' };
    expect(await send(instruction(unknown, 1))).toMatchObject({ sent: false, refusesRefs: true });
    const known = { contact: unknown.contact };
    expect(await connector.payout!.registerBeneficiary(beneficiary('0000'), { known })).toMatchObject({
      ok: false,
      outcome: { kind: 'unknown', refusesRefs: true },
    });
  });

  test('of a registration, only the steps that are missing are made', async () => {
    const details = beneficiary('0000');
    const payout = connector.payout!;
    const whole = await payout.registerBeneficiary(details);
    if (!whole.ok) throw new Error('not registered');
    const { contact } = whole.refs;
    expect([{}, { contact: contact! }, whole.refs].map((known) => payout.callsToRegister(known))).toEqual([
      2, 1, 0,
    ]);
    await control('POST', '/faults', { status: 500, path: '/v1/contacts', method: 'POST' });
    expect(await payout.registerBeneficiary(details, { known: { contact: contact! } })).toEqual(whole);
    await control('DELETE', '/faults');
    await control('POST', '/faults', { status: 500, path: '/v1/fund_accounts', method: 'POST' });
    expect(await payout.registerBeneficiary(details)).toMatchObject({ ok: false, refs: { contact } });
  });
});

test('a refusal of us: twenty payouts in a row are held, the breaker stops the flow, and nothing is booked', async () => {
  const own: Connector = connect({ breaker: { consecutive: 10, halfOpenAfterMs: 200 } });
  const registered = await own.payout!.registerBeneficiary(beneficiary('0000'));
  if (!registered.ok) throw new Error('not registered');
  await control('POST', '/faults', { status: 400, path: '/v1/payouts', method: 'POST', times: 20 });
  const orders = Array.from({ length: 20 }, (_, i) => instruction(registered.refs, 1_000 + i));
  const outcomes = [];
  for (const order of orders) outcomes.push(await send(order, own));
  expect(new Set(outcomes.map(({ kind, sent }) => `${kind} ${sent}`))).toEqual(new Set(['unknown false']));
  expect(outcomes.filter(({ isSetupFault }) => isSetupFault === true)).toHaveLength(10);
  expect(outcomes.at(-1)!.rawStatus).toBe('<breaker open>');
  expect(own.available('payout')).toBe(false);
  for (const order of orders) expect(await bookOf(order)).toEqual([]);
  await control('DELETE', '/faults');
  await own.close();
});
