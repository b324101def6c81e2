import { convenienceFee } from '../../../domain/bbps/amounts';
import type { FetchedBill } from '../../../domain/bbps/port';
import type { ProviderOutcome } from '../../../domain/provider/outcome';
import { freshReference } from '../../support/references';
import {
  consumer,
  COUNTER,
  CUSTOMER,
  ELECTRICITY,
  fetchBill,
  payment,
  valueOf,
} from '../../support/setu-flows';
import { until } from '../../support/until';
import { connector, pay, isOpen, payable, useSetuSandbox } from '../../support/setu-sandbox-connector';

useSetuSandbox();

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
        ourReference: freshReference(),
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
      await pay({ ...instruction, ourReference: freshReference(), fetchRef: 'FETNOSUCHFETCH0000' }),
    ).toMatchObject({ kind: 'failed', rawStatus: 'invalid-ref-id' });
    expect(await connector.bbps!.fetched('FETNOSUCHFETCH0000')).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: 'invalid-ref-id',
    });
    expect(
      await connector.bbps!.startFetch({
        ourReference: freshReference(),
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
    ).toEqual(['DEAC00000NAT12', 'MOBI00000NAT09']); // discontinued, with plans
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
      const instruction = payment({
        biller,
        customer,
        bill,
        amountPaise,
        fetchRef: fetched?.refId ?? null,
        paymentMode: biller.paymentModes.includes('Cash') ? 'Cash' : 'Wallet',
        convenienceFeePaise: convenienceFee(amountPaise, biller.convenienceFees, 1_800n),
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
      ourReference: freshReference(),
      biller,
      customer: { ...CUSTOMER, parameters },
      counter: COUNTER,
    }),
  ).toMatchObject({ ok: false, kind: 'refused', rawStatus: 'invalid-customer-param' });
});
