import {
  REF,
  connector,
  BILL,
  RECHARGE,
  send,
  useEkoMock,
  orderScenario,
} from '../../support/eko-mock-relay';

useEkoMock();

describe('bills and recharges', () => {
  it("are paid; another amount than the bill's fails", async () => {
    expect(await send(connector.bbps!, BILL)).toMatchObject({
      kind: 'succeeded',
      providerReference: '3570553488',
      amountPaise: 287_000n,
    });
    expect(await send(connector.recharge!, RECHARGE)).toMatchObject({
      kind: 'succeeded',
      providerReference: '3570553488',
    });
    orderScenario('1');
    expect(await send(connector.bbps!, BILL)).toMatchObject({
      kind: 'failed',
      rawStatus: 'status 208',
      providerReference: '3571183956',
    });
    expect(await send(connector.recharge!, RECHARGE)).toMatchObject({
      kind: 'failed',
      rawStatus: 'status 208',
    });
  });

  it('the catalogue, and a bill at once', async () => {
    const bbps = connector.bbps!;
    expect(await bbps.categories()).toMatchObject({
      ok: true,
      value: expect.arrayContaining([{ id: '8', name: 'Electricity' }]) as unknown,
    });
    expect(await bbps.billers('11')).toMatchObject({
      ok: true,
      value: [
        { id: '159', fetch: 'optional', exactness: 'any' },
        { id: '541', category: '11' },
      ],
    });
    expect(await bbps.biller('159')).toMatchObject({
      ok: true,
      value: {
        id: '159',
        name: 'ACT Fibernet',
        category: '1',
        parameters: [{ name: 'utility_acc_no' }, { name: 'Recharge Type', pattern: '^(?:1|3)$' }],
      },
    });
    expect(await bbps.biller('77')).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '<biller not listed>',
    });
    const { biller, customer, counter } = BILL;
    expect(await bbps.startFetch({ ourReference: REF, biller, customer, counter })).toMatchObject({
      ok: true,
      value: {
        refId: REF,
        state: 'fetched',
        exactness: 'exact',
        bills: [{ amountPaise: 287_000n, dueDate: '2026-07-28' }],
      },
    });
    expect(await bbps.fetched(REF)).toMatchObject({ ok: false, kind: 'refused' });
    orderScenario('1');
    expect(await bbps.startFetch({ ourReference: REF, biller, customer, counter })).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '97',
    });
    expect(await bbps.billers('11')).toMatchObject({ ok: false, kind: 'refused', rawStatus: '319' });
  });

  it('operator and plans', async () => {
    expect(await connector.recharge!.operatorOf('9876543210')).toEqual({
      ok: true,
      value: { operator: 'airtel', circle: 'Madhya Pradesh' },
    });
    expect(
      await connector.recharge!.plans('9876543210', { operator: 'airtel', circle: 'Madhya Pradesh' }),
    ).toMatchObject({
      ok: true,
      value: [{ amountPaise: 22_400n, validity: '30 Days' }, { amountPaise: 34_900n }],
    });
    orderScenario('0');
    expect(
      await connector.recharge!.plans('9876543210', { operator: 'airtel', circle: 'Madhya Pradesh' }),
    ).toMatchObject({ ok: false, kind: 'unknown', rawStatus: 'type 1805' });
  });
});
