/**
 * The connector of Setu against the sandbox that speaks Setu: they share no code, and each was written from
 * the contracts. What one says the other has to understand.
 */
import type { BillInstruction, FetchedBill } from '../../../domain/bbps/port';
import type { Connector } from '../../../domain/connectors';
import type { InquiryAnswer, ProviderOutcome } from '../../../domain/provider/outcome';
import type { InquiryTarget } from '../../../domain/provider/calls';
import { shortReference } from '../../../platform/ids';
import type { SetuConnectorOptions } from '../../../providers/setu/connector';
import { startTestSetu, type Body, type SetuCallback, type TestSetu } from '../../support/setu';
import {
  connectSetu,
  consumer,
  COUNTER,
  CUSTOMER,
  describeFlows,
  ELECTRICITY,
  fetchBill,
  payment,
  topUp,
  valueOf,
} from '../../support/setu-flows';
import { until } from '../../support/until';
import { SETU_KEYS } from '../../support/setu-scripted';

let t: TestSetu;
let connector: Connector;
const open: Connector[] = [];

function another(options: Partial<SetuConnectorOptions> = {}, url = t.sandbox.url): Connector {
  const made = connectSetu(url, { timeouts: { connectMs: 1_000, totalMs: 400 }, ...options });
  open.push(made);
  return made;
}

beforeAll(async () => {
  t = await startTestSetu({ slowMs: 250 });
  connector = another();
});
afterAll(async () => {
  await Promise.all(open.map((c) => c.close()));
  await t.close();
});

const control = async (method: 'GET' | 'POST' | 'DELETE', route: string, body?: Body): Promise<Body> =>
  (await t.client.control(method, route, body)).body;
const pay = (i: BillInstruction, c: Connector = connector): Promise<ProviderOutcome> =>
  c.bbps!.send(i, c.bbps!.prepare(i));
const recharge = (i: ReturnType<typeof topUp>, c: Connector = connector): Promise<ProviderOutcome> =>
  c.recharge!.send(i, c.recharge!.prepare(i));
const isOpen = ({ kind }: InquiryAnswer): boolean => kind === 'pending' || kind === 'unknown';

async function payable(
  ending: string,
  fields: Partial<BillInstruction> = {},
  c: Connector = connector,
): Promise<BillInstruction> {
  const fetched = await fetchBill(c, consumer(ending));
  return payment({
    fetchRef: fetched.refId,
    bill: fetched.bills[0]!,
    amountPaise: fetched.bills[0]!.amountPaise,
    customer: consumer(ending),
    acceptedAt: new Date(),
    ...fields,
  });
}

interface Sent {
  ourReference: string;
  amountPaise: bigint;
  outcome: ProviderOutcome;
}
/** A service that moves money: made ready for an ending, then sent, by any connector. */
interface Money {
  name: 'bbps' | 'recharge';
  product: 'billpay' | 'recharge';
  path: string;
  ready(ending: string): Promise<(c?: Connector) => Promise<Sent>>;
}
const MONEY: readonly Money[] = [
  {
    name: 'bbps',
    product: 'billpay',
    path: '/setu-billpay/api/v2/bbps/bills/payment/request',
    async ready(ending) {
      const instruction = await payable(ending);
      return async (c) => ({ ...instruction, outcome: await pay(instruction, c) });
    },
  },
  {
    name: 'recharge',
    product: 'recharge',
    path: '/setu-recharge/recharge/request',
    ready(ending) {
      const instruction = topUp({ mobile: `706657${ending}`, acceptedAt: new Date() });
      return Promise.resolve(async (c) => ({ ...instruction, outcome: await recharge(instruction, c) }));
    },
  },
];

const sendTo = async (money: Money, ending: string): Promise<Sent> => (await money.ready(ending))();
const sendWith = async (money: Money, c: Connector): Promise<Sent> => (await money.ready('0000'))(c);
const ask = (money: Money, target: InquiryTarget): Promise<InquiryAnswer> =>
  connector[money.name]!.inquire(target);
const paymentsOf = async ({ product }: Money, ref: string): Promise<Body[]> =>
  (await control('GET', `/${product}/book/payments?payment_ref_ids=${ref}`)).items as Body[];

/** Asks by our reference alone until it has ended so; by their reference the answer has to be the same. */
async function ends(
  money: Money,
  { ourReference, amountPaise, outcome }: Sent,
  kind: string,
): Promise<ProviderOutcome> {
  const found = (await until(
    () => ask(money, { ourReference }),
    (a) => a.kind === kind,
  )) as ProviderOutcome;
  expect(found).toMatchObject({
    sent: true,
    providerReference: outcome.providerReference ?? found.providerReference,
    amountPaise,
    httpStatus: 200,
  });
  expect(
    await ask(money, {
      ourReference,
      providerReference: found.providerReference!,
      acceptedAt: new Date(),
      mayHaveComeBack: true,
    }),
  ).toEqual(found);
  return found;
}

describe('the flows', () => {
  describeFlows(() => connector);
});

describe('bills by scenario', () => {
  const [bills] = MONEY as [Money];
  const accepted = {
    kind: 'pending',
    sent: true,
    rawStatus: '<accepted>',
    providerReference: expect.any(String) as string,
    httpStatus: 200,
  };

  it.each([
    ['0000', 'succeeded', 'Success'],
    ['2222', 'succeeded', 'Success'],
    ['8888', 'succeeded', 'Success'],
    ['9999', 'succeeded', 'Success'],
    ['4444', 'reversed', 'Credit_Adjustment'],
  ])('%s: accepted, then %s', async (ending, kind, rawStatus) => {
    const sent = await sendTo(bills, ending);
    expect(sent.outcome).toEqual(accepted);
    expect(await ends(bills, sent, kind)).toMatchObject({ rawStatus, utr: expect.any(String) as string });
  });

  it.each([
    ['1111', 'BRR005'],
    ['3333', 'npci-connectivity-error'],
  ])('%s: accepted, then failed with %s', async (ending, rawReason) => {
    const sent = await sendTo(bills, ending);
    expect(sent.outcome).toEqual(accepted);
    const found = await ends(bills, sent, 'failed');
    expect(found).toMatchObject({
      rawStatus: 'Failure',
      rawReason,
      description: expect.stringMatching(/^BBPS: /) as string,
    });
    expect(found.utr).toBeUndefined();
  });

  it('4444 was a success before the money came back', async () => {
    const sent = await sendTo(bills, '4444');
    expect(
      await until(
        () =>
          ask(bills, { ourReference: sent.ourReference, providerReference: sent.outcome.providerReference! }),
        (a) => !isOpen(a),
      ),
    ).toMatchObject({ kind: 'succeeded' });
    const back = await ends(bills, sent, 'reversed');
    // payment/response goes on saying Success: only an inquiry that looks for it finds it, also where the
    // list does not take their reference for an id.
    const target = { ourReference: sent.ourReference, providerReference: back.providerReference! };
    expect(await ask(bills, target)).toMatchObject({ kind: 'succeeded', rawStatus: 'Success' });
    expect(await ask(bills, { ...target, mayHaveComeBack: true })).toEqual(back);
    expect(
      await ask(bills, {
        ...target,
        mayHaveComeBack: true,
        acceptedAt: new Date(Date.now() - 5 * 86_400_000),
      }),
    ).toMatchObject({ kind: 'succeeded' });
  });

  it.each([
    ['5555', 'succeeded', undefined],
    ['6666', 'failed', 'fund-transfer-error'],
  ])(
    'P5 %s: a time-out is unknown, and the list finds what it came to (%s)',
    async (ending, kind, rawReason) => {
      const sent = await sendTo(bills, ending);
      expect(sent.outcome).toEqual({ kind: 'unknown', sent: true, rawStatus: '<timeout>' });
      expect((await ends(bills, sent, kind)).rawReason).toBe(rawReason);
    },
  );
});

describe('recharges by scenario', () => {
  const recharges = MONEY[1]!;
  const given = {
    sent: true,
    providerReference: expect.any(String) as string,
    amountPaise: 19_900n,
    httpStatus: 200,
  };

  it.each(['0000', '8888'])('%s: succeeded at once', async (ending) => {
    const sent = await sendTo(recharges, ending);
    expect(sent.outcome).toMatchObject({
      ...given,
      kind: 'succeeded',
      rawStatus: 'Successful',
      utr: expect.any(String) as string,
    });
    expect((await ends(recharges, sent, 'succeeded')).utr).toBe(sent.outcome.utr);
  });

  it('1111: failed at once', async () => {
    const sent = await sendTo(recharges, '1111');
    expect(sent.outcome).toMatchObject({
      ...given,
      kind: 'failed',
      rawStatus: 'Failure',
      rawReason: 'ERR101',
    });
    expect(await ends(recharges, sent, 'failed')).toMatchObject({
      description: 'Invalid mobile number for the operator',
    });
  });

  it.each([
    ['2222', 'succeeded'],
    ['9999', 'succeeded'],
    ['3333', 'failed'],
  ])('%s: processing, then %s', async (ending, kind) => {
    const sent = await sendTo(recharges, ending);
    expect(sent.outcome).toMatchObject({ ...given, kind: 'pending', rawStatus: 'Processing' });
    await ends(recharges, sent, kind);
  });

  it('4444: succeeded, then reversed, although its status is a failure', async () => {
    const sent = await sendTo(recharges, '4444');
    expect(sent.outcome).toMatchObject({ ...given, kind: 'succeeded' });
    expect(await ends(recharges, sent, 'reversed')).toMatchObject({
      rawStatus: 'Failure',
      utr: sent.outcome.utr,
    });
  });

  it.each([
    ['5555', 'succeeded'],
    ['6666', 'failed'],
  ])('P5 %s: a time-out is unknown, and the inquiry finds what it came to (%s)', async (ending, kind) => {
    const sent = await sendTo(recharges, ending);
    expect(sent.outcome).toEqual({ kind: 'unknown', sent: true, rawStatus: '<timeout>' });
    await ends(recharges, sent, kind);
  });
});

describe.each(MONEY)('$name when something is wrong', (money) => {
  const fault = (what: Body): Promise<Body> =>
    control('POST', `/${money.product}/faults`, { path: money.path, ...what });

  it('P4 7777: a 500 is unknown, then not found; the same bytes again make one payment', async () => {
    const sendIt = await money.ready('7777');
    const { ourReference, outcome } = await sendIt();
    expect(outcome).toMatchObject({ kind: 'unknown', sent: true, httpStatus: 500 });
    expect(await ask(money, { ourReference })).toMatchObject({ kind: 'not_found' });
    await ends(money, await sendIt(), 'succeeded');
    expect((await sendIt()).outcome).toMatchObject({ kind: 'pending', sent: true });
    expect(await paymentsOf(money, ourReference)).toEqual([
      expect.objectContaining({ requests_seen: expect.any(Number) as number }),
    ]);
  });

  it('P4 a repeat is told that it is one, whatever became of the first', async () => {
    const sendIt = await money.ready('1111');
    const sent = await sendIt();
    await ends(money, sent, 'failed');
    expect((await sendIt()).outcome).toMatchObject(
      money.name === 'bbps'
        ? {
            kind: 'pending',
            rawStatus: 'duplicate-ref-id',
            httpStatus: 409,
            providerReference: sent.outcome.providerReference,
          }
        : { kind: 'pending', rawStatus: 'ERR005', httpStatus: 500 },
    );
    await ends(money, sent, 'failed');
  });

  it.each([500, 503])('P5 %i is unknown, and nothing was booked', async (status) => {
    const sendIt = await money.ready('0000');
    await fault({ status });
    const { ourReference, outcome } = await sendIt();
    expect(outcome).toMatchObject({ kind: 'unknown', sent: true, httpStatus: status });
    expect(await ask(money, { ourReference })).toMatchObject({ kind: 'not_found' });
  });

  it('P5 429 is unknown, nothing was booked, and the next call waits', async () => {
    const sendIt = await money.ready('0000');
    await fault({ status: 429, retry_after_s: 2 });
    const own = another();
    const { ourReference, outcome } = await sendIt(own);
    expect(outcome).toMatchObject({ kind: 'unknown', sent: true, httpStatus: 429, retryAfterMs: 2_000 });
    expect((await sendIt(own)).outcome).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: '<rate limited>',
    });
    expect(await ask(money, { ourReference })).toMatchObject({ kind: 'not_found' });
  });

  it('tokens that run out in the middle are noticed by nobody, and one request fetches the next for all', async () => {
    const ready = await Promise.all(
      ['0000', '2222', '4444', '0000', '2222', '4444'].map((ending) => money.ready(ending)),
    );
    const before = (await control('GET', `/${money.product}/tokens`)).requested as number;
    await control('POST', `/${money.product}/tokens/expire`);
    const all = await Promise.all(ready.map((sendIt) => sendIt()));
    expect(all.map(({ outcome }) => outcome.kind)).not.toContain('unknown');
    expect(((await control('GET', `/${money.product}/tokens`)).requested as number) - before).toBe(1);
    await control('POST', `/${money.product}/tokens/expire`);
    await ends(money, all[0]!, 'succeeded');
  });

  it('no token, no call: with wrong credentials, and when the door is broken', async () => {
    const wrong = another({
      billpay: { ...SETU_KEYS.billpay, secret: 'not the secret', baseUrl: `${t.sandbox.url}/setu-billpay` },
      recharge: {
        ...SETU_KEYS.recharge,
        secret: 'not the secret',
        baseUrl: `${t.sandbox.url}/setu-recharge`,
        accountsBaseUrl: `${t.sandbox.url}/setu-accounts`,
      },
    });
    const sendIt = await money.ready('0000');
    const { ourReference, outcome } = await sendIt(wrong);
    expect(outcome).toMatchObject({ kind: 'unknown', sent: false, rawStatus: '<no token>' });
    await fault({
      status: 503,
      path: money.name === 'bbps' ? '/setu-billpay/api/v2/auth/token' : '/setu-accounts/v1/users/login',
    });
    expect((await sendIt(another())).outcome).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: '<no token>',
    });
    expect(await ask(money, { ourReference })).toMatchObject({ kind: 'not_found' });
  });
});

describe('settings of ours that are wrong', () => {
  it('another product instance is refused at the door; another partner id is refused for good, and nothing is booked', async () => {
    const wrong = another({
      billpay: { ...SETU_KEYS.billpay, partnerId: '4712', baseUrl: `${t.sandbox.url}/setu-billpay` },
      recharge: {
        ...SETU_KEYS.recharge,
        productInstanceId: 'another-instance',
        baseUrl: `${t.sandbox.url}/setu-recharge`,
        accountsBaseUrl: `${t.sandbox.url}/setu-accounts`,
      },
    });
    const [bill, mobile] = [await sendWith(MONEY[0]!, wrong), await sendWith(MONEY[1]!, wrong)];
    expect(bill.outcome).toMatchObject({
      kind: 'failed',
      sent: true,
      rawStatus: 'invalid-params',
      httpStatus: 400,
    });
    expect(mobile.outcome).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: 'ERR009',
      httpStatus: 500,
    });
    expect([
      await paymentsOf(MONEY[0]!, bill.ourReference),
      await paymentsOf(MONEY[1]!, mobile.ourReference),
    ]).toEqual([[], []]);
  });

  it('a wallet that is empty fails what it should pay, in so many words', async () => {
    const poor = await startTestSetu({ openingPaise: 100n });
    const own = another({}, poor.sandbox.url);
    const instruction = await payable('0000', {}, own);
    const { providerReference } = await pay(instruction, own);
    expect(
      await until(
        () =>
          own.bbps!.inquire({
            ourReference: instruction.ourReference,
            providerReference: providerReference!,
          }),
        (a) => !isOpen(a),
      ),
    ).toMatchObject({
      kind: 'failed',
      rawReason: 'ERR001',
      description: 'FUND_TRANSFER: Insufficient funds',
    });
    expect(await recharge(topUp(), own)).toMatchObject({ kind: 'failed', sent: true, rawReason: 'ERR001' });
    await poor.close();
  });
});

describe('fetches', () => {
  it.each([
    ['0404', 'ERR004: customer not found'],
    ['0405', 'BFR004: Payment received for the billing period - no bill due'],
    ['0503', expect.stringMatching(/^npci-connectivity-error: /) as string],
  ])('%s has no bill, and says why', async (ending, reason) => {
    expect(await fetchBill(connector, consumer(ending))).toMatchObject({
      state: 'failed',
      bills: [],
      reason,
    });
  });

  it('0200 takes its time, and cannot be paid before it is there', async () => {
    const started = valueOf(
      await connector.bbps!.startFetch({
        ourReference: shortReference(new Date()),
        biller: ELECTRICITY,
        customer: consumer('0200'),
        counter: COUNTER,
      }),
    );
    expect(valueOf(await connector.bbps!.fetched(started.refId))).toMatchObject({
      state: 'processing',
      bills: [],
    });
    expect(await pay(payment({ fetchRef: started.refId }))).toMatchObject({
      kind: 'failed',
      sent: true,
      rawStatus: 'fetch-in-progress',
      httpStatus: 400,
    });
    expect(
      valueOf(
        await until(
          () => connector.bbps!.fetched(started.refId),
          (a) => !a.ok || a.value.state !== 'processing',
        ),
      ),
    ).toMatchObject({ state: 'fetched' });
  });

  it('another amount than the bill says is refused for good', async () => {
    const instruction = await payable('0000');
    expect(await pay({ ...instruction, amountPaise: instruction.amountPaise + 1n })).toMatchObject({
      kind: 'failed',
      sent: true,
      rawStatus: 'invalid-amount',
      httpStatus: 400,
    });
    expect(
      await pay({ ...instruction, ourReference: shortReference(new Date()), fetchRef: 'FETNOSUCHFETCH0000' }),
    ).toMatchObject({ kind: 'failed', rawStatus: 'invalid-ref-id' });
    expect(await connector.bbps!.fetched('FETNOSUCHFETCH0000')).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: 'invalid-ref-id',
    });
    expect(
      await connector.bbps!.startFetch({
        ourReference: shortReference(new Date()),
        biller: ELECTRICITY,
        customer: { ...CUSTOMER, parameters: [{ name: 'Consumer Number', value: '1' }] },
        counter: COUNTER,
      }),
    ).toMatchObject({ ok: false, kind: 'refused', rawStatus: 'invalid-customer-param' });
  });

  it('a counter may say where it stands as exactly as it likes', async () => {
    const instruction = await payable('0000', { counter: { ...COUNTER, geocode: '19.01,72.8' } });
    expect(await pay(instruction)).toMatchObject({ kind: 'pending', rawStatus: '<accepted>' });
  });
});

/** What a biller asks for, by the name of its parameter; the first one decides the scenario. */
const ANSWERS: Readonly<Record<string, string>> = {
  'Admission Number': 'AD120000',
  'Vehicle Number': 'MH12AB0000',
  'Customer Number': '1234560000',
  'Account ID': '1234560000',
  Subdivision: 'NORTH',
  'Loan Account Number': 'LOAN120000',
  'Vehicle Registration Number': 'KA01AB0000',
  'Last 4 digits of card': '0000',
  'Registered Mobile Number': '9876540000',
  'Consumer Number': '100200300000',
  'Policy Number': 'POL10000',
  'Date of Birth': '01-01-1990',
  'Subscriber ID': '1234560000',
  'Mobile Number': '9876540000',
};

describe('every biller that a counter is offered', () => {
  it('is fetched and paid by what its list says of it', async () => {
    const categories = valueOf(await connector.bbps!.categories());
    const billers = (
      await Promise.all(categories.map(async ({ id }) => valueOf(await connector.bbps!.billers(id))))
    ).flat();
    expect(
      billers
        .filter(({ isAvailable }) => !isAvailable)
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(['DEAC00000NAT12', 'MOBI00000NAT09', 'NILA00000NAT03']); // discontinued, with plans, with a fee of two slabs
    const ended: [string, string][] = [];
    for (const biller of billers.filter(({ isAvailable }) => isAvailable)) {
      const customer = {
        ...CUSTOMER,
        parameters: biller.parameters.flatMap(({ name, isOptional }) =>
          isOptional ? [] : [{ name, value: ANSWERS[name]! }],
        ),
      };
      const fetched: FetchedBill | undefined =
        biller.fetch === 'mandatory' ? await fetchBill(connector, customer, biller) : undefined;
      const bill = fetched?.bills.at(-1) ?? null;
      const amountPaise =
        bill === null
          ? 50_000n
          : biller.exactness === 'exact_and_below' || biller.exactness === 'range'
            ? 20_000n
            : bill.amountPaise;
      const fee = biller.convenienceFee;
      const instruction = payment({
        biller,
        customer,
        bill,
        amountPaise,
        fetchRef: fetched?.refId ?? null,
        paymentMode: biller.paymentModes.includes('Cash') ? 'Cash' : 'Wallet',
        convenienceFeePaise: fee === null ? 0n : (fee.flatPaise * 118n) / 100n,
        acceptedAt: new Date(),
      });
      const { providerReference } = await pay(instruction);
      const found = (await until(
        () =>
          connector.bbps!.inquire({
            ourReference: instruction.ourReference,
            ...(providerReference === undefined ? {} : { providerReference }),
          }),
        (a) => !isOpen(a),
      )) as ProviderOutcome;
      ended.push([
        `${biller.id} ${found.rawReason ?? ''}`,
        found.kind === 'succeeded' && found.amountPaise === amountPaise ? 'paid' : found.kind,
      ]);
    }
    expect(ended).toEqual(ended.map(([id]) => [id.trim().concat(' '), 'paid']));
    expect(ended.length).toBeGreaterThan(8);
  });
});

it('a value that is not in the list of a biller is refused by both', async () => {
  const biller = valueOf(await connector.bbps!.biller('KAVE00000KAR02'));
  expect(biller.parameters[1]).toMatchObject({ name: 'Subdivision', pattern: '^(?:NORTH|SOUTH|EAST|WEST)$' });
  const parameters = [
    { name: 'Account ID', value: '1234560000' },
    { name: 'Subdivision', value: 'NORTHWEST' },
  ];
  expect(
    await connector.bbps!.startFetch({
      ourReference: shortReference(new Date()),
      biller,
      customer: { ...CUSTOMER, parameters },
      counter: COUNTER,
    }),
  ).toMatchObject({ ok: false, kind: 'refused', rawStatus: 'invalid-customer-param' });
});

describe('complaints', () => {
  const [bills] = MONEY as [Money];
  const paid = async (): Promise<ProviderOutcome & { ourReference: string }> => {
    const sent = await sendTo(bills, '0000');
    return { ...(await ends(bills, sent, 'succeeded')), ourReference: sent.ourReference };
  };

  it('have to wait, are raised once, and bring the money back', async () => {
    const { ourReference, utr, providerReference } = await paid();
    expect(await connector.bbps!.complain!(utr!, 'double-payment', 'Paid twice')).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: 'validation-error',
    });
    await control('POST', '/settings', { cool_off_ms: 0 });
    const { refId } = valueOf(await connector.bbps!.complain!(utr!, 'double-payment', 'Paid twice'));
    const ticket = valueOf(await connector.bbps!.complaint!(refId));
    expect(ticket).toEqual({
      refId,
      disputeId: expect.any(String) as string,
      status: 'ASSIGNED',
      assignedTo: 'Sandbox BOU',
      dueOn: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string,
      remarks: expect.any(String) as string,
    });
    const second = valueOf(await connector.bbps!.complain!(utr!, 'double-payment', 'Paid twice'));
    expect(valueOf(await connector.bbps!.complaint!(second.refId))).toMatchObject({ status: 'FAILED' });
    await until(
      async () => valueOf(await connector.bbps!.complaint!(refId)),
      ({ status }) => status === 'REFUNDED',
    );
    expect(
      await ask(bills, {
        ourReference,
        providerReference: providerReference!,
        acceptedAt: new Date(),
        mayHaveComeBack: true,
      }),
    ).toMatchObject({ kind: 'reversed', rawStatus: 'Credit_Adjustment', utr });
  });

  it('whose answer was lost are found by the reference of their payment', async () => {
    await control('POST', '/settings', { cool_off_ms: 0 });
    const { ourReference, utr } = await paid();
    expect(valueOf(await connector.bbps!.complaintsAbout!(ourReference))).toEqual([]);
    const { refId } = valueOf(await connector.bbps!.complain!(utr!, 'paid-to-wrong-account', 'To another'));
    const other = await paid();
    await connector.bbps!.complain!(other.utr!, 'service-not-received', 'Nothing came');
    const listed = valueOf(await connector.bbps!.complaintsAbout!(ourReference));
    expect(listed).toEqual([
      expect.objectContaining({
        refId,
        npciCode: 'D21',
        dueOn: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string,
        disputeId: valueOf(await connector.bbps!.complaint!(refId)).disputeId,
      }),
    ]);
  });

  it('about nothing are refused', async () => {
    expect(
      await connector.bbps!.complain!('AX0000000000000000000', 'double-payment', 'Paid twice'),
    ).toMatchObject({ ok: false, kind: 'refused', rawStatus: 'txn-not-found' });
    expect(await connector.bbps!.complaint!('DISNOSUCHTICKET000')).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: 'invalid-ref-id',
    });
  });

  it('without a date by which they have to be closed say none', async () => {
    await control('POST', '/settings', { cool_off_ms: 0 });
    const { refId } = valueOf(
      await connector.bbps!.complain!((await paid()).utr!, 'account-not-updated', 'Not updated'),
    );
    expect(valueOf(await connector.bbps!.complaint!(refId)).dueOn).toBeNull();
    const done = await until(
      async () => valueOf(await connector.bbps!.complaint!(refId)),
      ({ status }) => status !== 'ASSIGNED',
    );
    expect(done).toMatchObject({ status: 'RESOLVED', assignedTo: 'BBPCU' });
  });
});

describe('callbacks', () => {
  const about = (ref: string, count: number): Promise<SetuCallback[]> =>
    until(
      () => Promise.resolve(t.receiver.received.filter(({ raw }) => raw.includes(ref))),
      (seen) => seen.length >= count,
    );
  const parsed = ({ raw }: SetuCallback) => connector.parseCallback(Buffer.from(raw));
  const eventIdOf = ({ raw }: SetuCallback): string =>
    (connector.checkCallback({}, Buffer.from(raw)) as { eventId: string }).eventId;

  it('of bills: unsigned, and only a hint', async () => {
    const sent = await sendTo(MONEY[0]!, '4444');
    const seen = await about(sent.ourReference, 2);
    expect(seen.map(parsed)).toEqual(
      [{}, { tellsReversal: true }].map((told) => ({
        event: 'BILL_PAY',
        target: {
          ourReference: sent.ourReference,
          providerReference: sent.outcome.providerReference,
          amountPaise: sent.amountPaise,
        },
        ...told,
      })),
    );
    expect(seen.map(({ raw }) => connector.checkCallback({}, Buffer.from(raw)).verdict)).toEqual([
      'unsigned',
      'unsigned',
    ]);
  });

  it('of recharges, which do not name our reference: rupees as text', async () => {
    const sent = await sendTo(MONEY[1]!, '4444');
    const seen = await about(sent.outcome.providerReference!, 2);
    expect(seen.map(parsed)).toEqual(
      ['payment.status', 'payment.reversal'].map((event) => ({
        event,
        target: { providerReference: sent.outcome.providerReference, amountPaise: 19_900n },
        ...(event === 'payment.reversal' ? { tellsReversal: true } : {}),
      })),
    );
  });

  it.each(MONEY)('of $name, 8888: repeats have one event id, the false one has its own', async (money) => {
    const sent = await sendTo(money, '8888');
    const seen = await about(sent.outcome.providerReference!, 5);
    expect(new Set(seen.map(eventIdOf)).size).toBe(4);
    expect(seen.map((callback) => parsed(callback).target?.providerReference)).toEqual(
      seen.map(() => sent.outcome.providerReference),
    );
    await ends(money, sent, 'succeeded');
  });

  it('of fetches, complaints and the wallet concern no transaction', async () => {
    await control('POST', '/recharge/deposits', { amount_paise: 12_345, reference: 'deposit' });
    await until(
      () => Promise.resolve(t.receiver.received),
      (seen) => seen.some(({ path }) => path.endsWith('/wallet/topup')),
    );
    const others = t.receiver.received.filter(({ path }) => !path.includes('/payment/')).map(parsed);
    expect(new Set(others.map(({ event }) => event))).toEqual(
      new Set(['BILL_FETCH', 'BILL_DISPUTE', 'wallet.credit']),
    );
    expect(others.filter((callback) => callback.target !== undefined)).toEqual([]);
  });
});
