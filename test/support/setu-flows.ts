/** What must happen between the connector and any server that speaks Setu's contracts: the scripted one of the tests, and the sandbox. */
import { NEVER_OPENS } from './never-opens';
import { until } from './until';
import { randomUUID } from 'node:crypto';
import type { BillInstruction, FetchedBill } from '../../domain/bbps/port';
import type { Connector } from '../../domain/connectors';
import type { DeskAnswer } from '../../domain/provider/calls';
import type { ProviderOutcome } from '../../domain/provider/outcome';
import type { RechargeInstruction } from '../../domain/recharge/port';
import { freshReference } from './references';
import { createSetuConnector, type SetuConnectorOptions } from '../../providers/setu/connector';
import { SETU_KEYS } from './setu-scripted';

export const COUNTER = {
  agentId: 'AX01AI06512391457204',
  terminalId: '6000011234',
  mobile: '9481773011',
  geocode: '19.0139,72.8254',
  pincode: '600001',
  ip: '124.170.23.24',
};
export const CUSTOMER = {
  mobile: '9505987798',
  name: 'Test Customer',
  parameters: [{ name: 'Consumer Number', value: '100200300000' }],
};
export const REMITTER: NonNullable<BillInstruction['remitter']> = {
  name: 'Test Customer',
  vpa: null,
  account: null,
};
export const ELECTRICITY = { id: 'SUND00000MAH01', category: 'Electricity' };
const ACCEPTED_AT = new Date('2026-11-24T07:42:00.500Z');

/** With the keys and under the prefixes of the sandbox. */
export function connectSetu(url: string, options: Partial<SetuConnectorOptions> = {}): Connector {
  return createSetuConnector({
    billpay: { ...SETU_KEYS.billpay, baseUrl: `${url}/setu-billpay` },
    recharge: {
      ...SETU_KEYS.recharge,
      baseUrl: `${url}/setu-recharge`,
      accountsBaseUrl: `${url}/setu-accounts`,
    },
    timeouts: { connectMs: 10_000, totalMs: 10_000 },
    breaker: NEVER_OPENS,
    ...options,
  });
}

export function valueOf<T>(answer: DeskAnswer<T>): T {
  if (!answer.ok) throw new Error(JSON.stringify(answer));
  return answer.value;
}

export const payment = (fields: Partial<BillInstruction> = {}): BillInstruction => ({
  ourReference: freshReference(),
  idempotencyKey: randomUUID(),
  amountPaise: 287_000n,
  currency: 'INR',
  biller: ELECTRICITY,
  customer: CUSTOMER,
  counter: COUNTER,
  paymentMode: 'Cash',
  remitter: REMITTER,
  fetchRef: 'FETVVR4QOS7X1UGPY7JGUV4440',
  bill: null,
  convenienceFeePaise: 0n,
  ownFeePaise: 0n,
  acceptedAt: ACCEPTED_AT,
  ...fields,
});
export const topUp = (fields: Partial<RechargeInstruction> = {}): RechargeInstruction => ({
  ourReference: freshReference(),
  idempotencyKey: randomUUID(),
  amountPaise: 19_900n,
  currency: 'INR',
  mobile: '7066570000',
  operator: 'airtel',
  circle: 'Maharashtra',
  acceptedAt: ACCEPTED_AT,
  ...fields,
});
const pay = (c: Connector, i: BillInstruction): Promise<ProviderOutcome> =>
  c.bbps!.send(i, c.bbps!.prepare(i));
const recharge = (c: Connector, i: RechargeInstruction): Promise<ProviderOutcome> =>
  c.recharge!.send(i, c.recharge!.prepare(i));

/** The customer whose first parameter ends in the four digits. */
export const consumer = (ending: string): BillInstruction['customer'] => ({
  ...CUSTOMER,
  parameters: [{ name: 'Consumer Number', value: `10020030${ending}` }],
});

export async function fetchBill(
  c: Connector,
  customer: BillInstruction['customer'] = CUSTOMER,
  biller = ELECTRICITY,
): Promise<FetchedBill> {
  const started = valueOf(
    await c.bbps!.startFetch({
      ourReference: freshReference(),
      biller,
      customer,
      counter: COUNTER,
    }),
  );
  expect(started).toMatchObject({ state: 'processing', bills: [] });
  return valueOf(
    await until(
      () => c.bbps!.fetched(started.refId),
      (a) => !a.ok || a.value.state !== 'processing',
    ),
  );
}

/** What any server of the contracts must let happen. */
export function describeFlows(connectorOf: () => Connector): void {
  it('categories, billers and one biller, its expression as text', async () => {
    expect(valueOf(await connectorOf().bbps!.categories())).toContainEqual({
      id: 'Electricity',
      name: 'Electricity',
    });
    const billers = valueOf(await connectorOf().bbps!.billers('Electricity'));
    const biller = valueOf(await connectorOf().bbps!.biller(ELECTRICITY.id));
    expect(billers).toContainEqual(biller);
    expect(biller).toMatchObject({
      id: ELECTRICITY.id,
      category: 'Electricity',
      fetch: 'mandatory',
      exactness: 'exact',
      isAvailable: true,
      convenienceFees: [],
      minPaise: 100n,
      maxPaise: 99_999_900n,
      parameters: [
        {
          name: 'Consumer Number',
          label: 'Consumer Number',
          dataType: 'NUMERIC',
          isOptional: false,
          pattern: '^[0-9]{12}$',
          minLength: 12,
          maxLength: 12,
        },
      ],
    });
    expect(biller.paymentModes).toEqual(expect.arrayContaining(['Cash', 'Wallet']));
    expect(biller.paymentModes).not.toContain('Internet Banking'); // not at a counter
    expect(biller.modeLimits).toContainEqual({ mode: 'Cash', minPaise: 100n, maxPaise: 4_999_900n });
    expect(await connectorOf().bbps!.biller('NOSUCH0000NAT01')).toEqual({
      ok: false,
      kind: 'refused',
      rawStatus: '<no such biller>',
    });
  });

  it('a bill is fetched, paid, asked about and complained of', async () => {
    const fetched = await fetchBill(connectorOf());
    expect(fetched).toMatchObject({ state: 'fetched', exactness: 'exact', reason: null });
    const [bill] = fetched.bills;
    const instruction = payment({
      fetchRef: fetched.refId,
      bill: bill!,
      amountPaise: bill!.amountPaise,
      acceptedAt: new Date(),
    }); // the list goes by it
    const sent = await pay(connectorOf(), instruction);
    expect(sent).toMatchObject({
      kind: 'pending',
      sent: true,
      rawStatus: '<accepted>',
      providerReference: expect.stringMatching(/^[A-Za-z0-9]{6,}$/) as string,
    });
    const target = { ourReference: instruction.ourReference, providerReference: sent.providerReference! };
    const done = (await until(
      () => connectorOf().bbps!.inquire(target),
      (a) => a.kind !== 'pending',
    )) as ProviderOutcome;
    expect(done).toMatchObject({
      kind: 'succeeded',
      rawStatus: 'Success',
      providerReference: sent.providerReference,
      amountPaise: bill!.amountPaise,
      utr: expect.any(String) as string,
    });
    // A repeat finds the payment; so does the list, for whoever lost the answer.
    expect(await pay(connectorOf(), instruction)).toMatchObject({
      kind: 'pending',
      sent: true,
      rawStatus: 'duplicate-ref-id',
      providerReference: sent.providerReference,
    });
    expect(await connectorOf().bbps!.inquire({ ourReference: instruction.ourReference })).toMatchObject({
      kind: 'succeeded',
      providerReference: sent.providerReference,
    });
    expect(await connectorOf().bbps!.inquire({ ourReference: freshReference() })).toMatchObject({
      kind: 'not_found',
      rawStatus: '<not found>',
    });
  });

  it('a number is looked up, its plans listed, a recharge validated, made and asked about', async () => {
    const at = valueOf(await connectorOf().recharge!.operatorOf('7066570000'));
    const plans = valueOf(await connectorOf().recharge!.plans('7066570000', { ...at, operator: 'airtel' }));
    expect(plans).toContainEqual(expect.objectContaining({ amountPaise: 19_900n, validity: '28 days' }));
    const request = { mobile: '7066570000', operator: 'airtel', circle: 'Maharashtra' };
    expect(await connectorOf().recharge!.validate!({ ...request, amountPaise: 19_900n })).toEqual({
      ok: true,
      value: true,
    });
    expect(await connectorOf().recharge!.validate!({ ...request, amountPaise: 1n })).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: 'Validation Failed',
      rawReason: '2',
    });
    const instruction = topUp();
    const sent = await recharge(connectorOf(), instruction);
    expect(sent).toMatchObject({
      sent: true,
      providerReference: expect.any(String) as string,
      amountPaise: 19_900n,
    });
    const done = await until(
      () =>
        connectorOf().recharge!.inquire({
          ourReference: instruction.ourReference,
          providerReference: sent.providerReference!,
        }),
      (a) => a.kind !== 'pending',
    );
    expect(done).toMatchObject({
      kind: 'succeeded',
      rawStatus: 'Successful',
      providerReference: sent.providerReference,
      amountPaise: 19_900n,
      utr: expect.any(String) as string,
    });
    expect(await recharge(connectorOf(), instruction)).toMatchObject({
      kind: 'pending',
      sent: true,
      rawStatus: 'ERR005',
      httpStatus: 500,
    });
    expect(await connectorOf().recharge!.inquire({ ourReference: freshReference() })).toMatchObject({
      kind: 'not_found',
      rawStatus: 'ERR003',
    });
  });
}
