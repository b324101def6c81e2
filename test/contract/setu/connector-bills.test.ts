import { convenienceFee } from '../../../domain/bbps/amounts';
import type { Biller } from '../../../domain/bbps/port';
import type { Json } from '../../support/setu-contract';
import { payment, valueOf } from '../../support/setu-flows';
import { BILLER } from '../../support/setu-scripted';
import { useScriptedSetu, PAY, server, connector, pay, lastBody } from '../../support/setu-connected';

useScriptedSetu();

describe('billers and bills of other kinds', () => {
  const BILLERS = '/api/v2/bbps/billers';
  const STATUS = '/api/v2/bbps/bills/fetch/response';
  const one = async (fields: Json): Promise<Biller | undefined> => {
    server.order(BILLERS, {
      status: 200,
      body: { success: true, traceId: 't', data: { billers: [{ ...BILLER, ...fields }] } },
    });
    return valueOf(await connector.bbps!.billers('Electricity'))[0];
  };
  const fee = (...slabs: Json[]): Json => ({
    interchangeFee: [
      { feeCode: 'EBF', feeDirection: 'B2C' },
      {
        feeCode: 'CCF1',
        feeDesc: 'x',
        feeDirection: 'C2B',
        interchangeFeeDetails: slabs[0],
        interchangeFeeDetailsV2: slabs,
      },
    ],
  });
  const slab = (flatFee: number, percentFee: number, more: Json = {}): Json => ({
    tranAmtRangeMin: 1,
    tranAmtRangeMax: 999_999_999_999,
    effctvFrom: '2024-01-01',
    effctvTo: '',
    flatFee,
    percentFee,
    ...more,
  });

  it('the convenience fee: paise and basis points, of the slab in force', async () => {
    expect(await one(fee(slab(100, 0.5)))).toMatchObject({
      isAvailable: true,
      convenienceFees: [{ flatPaise: 100n, percentBps: 50, fromPaise: 1n, toPaise: 999_999_999_999n }],
    });
    expect(await one(fee(slab(0, 0)))).toMatchObject({ isAvailable: true, convenienceFees: [] });
    expect(
      await one(fee(slab(500, 0, { effctvTo: '2025-01-01' }), slab(50, 0, { effctvFrom: '2025-01-02' }))),
    ).toMatchObject({ isAvailable: true, convenienceFees: [{ flatPaise: 50n, percentBps: 0 }] });
  });

  it('the convenience fee by slabs: that of the amount, as in the documented example', async () => {
    const found = await one(
      fee(
        slab(1_180, 0, { tranAmtRangeMin: 200_001, tranAmtRangeMax: 500_000, percentFee: undefined }),
        slab(590, 0, { tranAmtRangeMax: 200_000, percentFee: undefined }),
        slab(0, 0, { tranAmtRangeMin: 500_001 }),
      ),
    );
    expect(found).toMatchObject({ isAvailable: true });
    const slabs = found!.convenienceFees;
    const feeOf = (paise: bigint): bigint => convenienceFee(paise, slabs, 1_800n);
    expect(feeOf(250_000n)).toBe(1_392n);
    expect([1n, 200_000n, 200_001n, 500_000n, 500_001n].map(feeOf)).toEqual([696n, 696n, 1_392n, 1_392n, 0n]);
  });

  it('a fee that cannot be said is no fee of nothing: the biller is not available', async () => {
    for (const fields of [
      // two fees for one amount
      fee(slab(100, 0, { tranAmtRangeMax: 200_000 }), slab(0, 0.5, { tranAmtRangeMin: 200_000 })),
      fee(slab(0, 0.125)),
      fee(slab(0.5, 0)),
      fee(slab(-1, 0)),
      { interchangeFee: 'free' },
      fee({ flatFee: 1 }),
      fee(slab(1, 1, { flatFee: undefined, percentFee: undefined })),
    ]) {
      expect(await one(fields)).toMatchObject({ isAvailable: false, convenienceFees: [] });
    }
  });

  it.each<[string, Json, object]>([
    [
      'validation only',
      { fetchApiType: 'BILL_VALIDATE', exactness: 'Any' },
      { fetch: 'mandatory', exactness: 'any', isAvailable: true },
    ],
    ['direct', { fetchApiType: 'BILL_DIRECT' }, { fetch: 'not_supported', isAvailable: true }],
    ['deactivated', { status: 'DEACTIVATED' }, { isAvailable: false }],
    ['without a status', { status: undefined }, { isAvailable: true }],
    ['not at counters', { paymentChannels: [] }, { isAvailable: false, minPaise: null }],
    ['with a plan to choose', { planRequirement: 'MANDATORY' }, { isAvailable: false }],
    [
      'in no mode of ours',
      { paymentModes: [{ paymentMode: 'Internet Banking' }] },
      { isAvailable: false, paymentModes: [] },
    ],
    [
      'in modes that ended, or that need a card or Aadhaar number',
      {
        paymentModes: ['IMPS', 'NEFT', 'AEPS', 'Credit Card', 'Debit Card', 'Prepaid Card'].map(
          (paymentMode) => ({ paymentMode }),
        ),
      },
      { isAvailable: false, paymentModes: [] },
    ],
    [
      'in every mode that a counter may offer',
      {
        paymentModes: ['Cash', 'UPI', 'Wallet', 'Bharat QR', 'NEFT'].map((paymentMode) => ({ paymentMode })),
      },
      { isAvailable: true, paymentModes: ['Cash', 'UPI', 'Wallet', 'Bharat QR'] },
    ],
    [
      'with limits by mode',
      {
        paymentModes: [
          { paymentMode: 'Cash', minLimit: 100, maxLimit: 4_999_900 },
          { paymentMode: 'UPI', minLimit: 0, maxLimit: 20_000_000 },
          { paymentMode: 'Wallet', minLimit: 0, maxLimit: 0 },
          { paymentMode: 'Credit Card', minLimit: 100, maxLimit: 99_999_900 },
        ],
      },
      {
        paymentModes: ['Cash', 'UPI', 'Wallet'],
        modeLimits: [
          { mode: 'Cash', minPaise: 100n, maxPaise: 4_999_900n },
          { mode: 'UPI', minPaise: null, maxPaise: 20_000_000n },
        ],
      },
    ],
    [
      'with a closed list',
      {
        customerParams: [
          {
            paramName: 'Zone',
            dataType: 'ALPHANUMERIC',
            regex: '^[A-Z. ]+$',
            values: 'NORTH, SOUTH,E.AST (OLD)',
          },
        ],
      },
      { parameters: [{ pattern: String.raw`^(?:NORTH|SOUTH|E\.AST \(OLD\))$` }] },
    ],
    [
      'with an expression that never ends',
      {
        customerParams: [
          {
            paramName: 'Id',
            dataType: 'ALPHANUMERIC',
            regex: '^(([a-z])+.?)+[0-9]{4}$',
            optional: true,
            minLength: 0,
            maxLength: null,
          },
        ],
      },
      {
        parameters: [
          { pattern: '^(([a-z])+.?)+[0-9]{4}$', isOptional: true, minLength: null, maxLength: null },
        ],
      },
    ],
  ])('a biller that is %s', async (_name, fields, expected) => {
    expect(await one(fields)).toMatchObject(expected);
  });

  it.each<Json>([
    { fetchApiType: 'BILL_MANDATE' },
    { fetchApiType: 'BILL_NEW' },
    { exactness: 'Roughly' },
    { id: 5 },
    { customerParams: [{}] },
  ])('a biller that is not served or not readable (%j) is left out', async (fields) => {
    expect(await one(fields)).toBeUndefined();
  });

  it('pages are followed to the end, and not round and round', async () => {
    const page = (ids: string[], after?: string): { status: number; body: Json } => ({
      status: 200,
      body: {
        success: true,
        traceId: 't',
        data: {
          billers: ids.map((id) => ({ ...BILLER, id })),
          ...(after === undefined ? {} : { nextPage: `/api/bbps/billers?limit=100&after=${after}` }),
        },
      },
    });
    for (const p of [page(['AAAA01'], 'AAAA01'), page(['BBBB01'], 'BBBB01'), page(['CCCC01'])])
      server.order(BILLERS, p);
    expect(valueOf(await connector.bbps!.billers('Electricity')).map((b) => b.id)).toEqual([
      'AAAA01',
      'BBBB01',
      'CCCC01',
    ]);
    const before = server.count(BILLERS);
    let turn = 0;
    server.order(BILLERS, () => page(['AAAA01'], `X${(turn += 1)}`), 2);
    expect(valueOf(await connector.bbps!.billers('Electricity'))).toHaveLength(1);
    expect(server.count(BILLERS) - before).toBe(2);
  });

  it('one bill of a list is named in the payment; bills that go together only are not offered', async () => {
    const bills = [
      { amount: 50_000, billNumber: 'BILL-1' },
      { amount: 75_000, billNumber: 'BILL-2' },
    ];
    const list = (selection: string): { status: number; body: Json } => ({
      status: 200,
      body: {
        success: true,
        traceId: 't',
        data: {
          refId: 'FETLIST0001',
          status: 'Success',
          exactness: 'Exact',
          billerResponseType: 'LIST',
          billerSelectionType: selection,
          bills,
        },
      },
    });
    server.order(STATUS, list('MULTIPLE'));
    const fetched = valueOf(await connector.bbps!.fetched('FETLIST0001'));
    expect(fetched).toMatchObject({
      state: 'fetched',
      bills: [{ amountPaise: 50_000n, billNumber: 'BILL-1' }, { amountPaise: 75_000n }],
    });
    await pay(payment({ fetchRef: fetched.refId, bill: fetched.bills[1]!, amountPaise: 75_000n }));
    expect(lastBody(PAY)).toMatchObject({
      refId: 'FETLIST0001',
      bills: [{ amount: 75_000, billNumber: 'BILL-2' }],
      paymentDetails: { amount: 75_000 },
    });
    server.order(STATUS, list('ALL'));
    expect(valueOf(await connector.bbps!.fetched(fetched.refId))).toMatchObject({
      state: 'failed',
      bills: [],
      reason: 'the biller takes its bills together only',
    });
  });

  it('a fetch that failed, that nobody knows, and of another', async () => {
    const data = (fields: Json): { status: number; body: Json } => ({
      status: 200,
      body: { success: true, traceId: 't', data: { refId: 'FETFAIL0001', status: 'Failure', ...fields } },
    });
    server.order(
      STATUS,
      data({ failureReason: { type: 'BBPS', code: 'ERR004', message: 'customer not found' } }),
    );
    expect(valueOf(await connector.bbps!.fetched('FETFAIL0001'))).toMatchObject({
      state: 'failed',
      reason: 'ERR004: customer not found',
    });
    server.order(STATUS, data({ status: 'Credit_Adjustment' }));
    expect(valueOf(await connector.bbps!.fetched('FETFAIL0001'))).toMatchObject({
      state: 'failed',
      reason: 'Credit_Adjustment',
    });
    server.order(STATUS, data({ status: 'Queued' }));
    expect(valueOf(await connector.bbps!.fetched('FETFAIL0001'))).toMatchObject({ state: 'processing' });
    server.order(STATUS, data({ refId: 'ANOTHER0001' }));
    expect(await connector.bbps!.fetched('FETFAIL0001')).toEqual({
      ok: false,
      kind: 'unknown',
      rawStatus: '<other fetch>',
    });
    expect(await connector.bbps!.fetched('FETNONE0001')).toEqual({
      ok: false,
      kind: 'refused',
      rawStatus: 'invalid-ref-id',
    });
    expect(await connector.bbps!.fetched('no/such')).toMatchObject({ ok: false, kind: 'refused' });
  });
});
