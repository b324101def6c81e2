import {
  answerToWithdrawal,
  CREATES,
  INQUIRY_TYPES,
  outcomeOfCreate,
  REFUND_REFUSALS,
  TX_STATUSES,
} from './transformers';
import { INVALID_PARAMS } from './set-up';
import { ekoSample, ekoSampleWith } from '../../test/support/eko-examples';
import {
  REF,
  ignore,
  answer,
  create,
  ours,
  success,
  TRANSFER_DECLINES,
} from '../../test/support/eko-answers';

describe('codes', () => {
  it('every documented tx_status has its meaning', () => {
    expect(TX_STATUSES).toEqual({
      0: 'succeeded',
      1: 'failed',
      2: 'pending',
      3: 'refund_pending',
      4: 'refunded',
      5: 'pending',
      6: 'pending',
    });
  });

  it('every code that may end a transaction', () => {
    expect(CREATES).toEqual({
      dmt: { success: 325, refusals: [], nothingDone: {} },
      bbps: { success: 333, refusals: [208], nothingDone: {} },
      recharge: { success: 333, refusals: [208], nothingDone: {} },
      aeps: { success: 1463, refusals: [1464, 346, 1297], nothingDone: { 1459: 'otp_required' } },
    });
    expect([[...INVALID_PARAMS], [...INQUIRY_TYPES], REFUND_REFUSALS]).toEqual([
      [97, 132, 319, 463],
      [1472, 1388],
      { 302: 'otp_wrong', 303: 'otp_expired', 347: 'insufficient_balance' },
    ]);
  });

  it.each(Object.entries(TX_STATUSES).filter(([, kind]) => kind !== 'failed'))(
    'tx_status %s under status 0 is %s',
    (txStatus, kind) => {
      for (const value of [txStatus, Number(txStatus)])
        expect(create(success({ tx_status: value }))).toMatchObject({
          kind,
          sent: true,
          rawStatus: txStatus,
          providerReference: '3570311831',
          amountPaise: 10_000n,
        });
    },
  );

  it.each(['7', '9', '10', '99', '007', 8])(
    'an undocumented tx_status (%p) is pending and counted',
    (txStatus) => {
      for (const status of [0, 55]) {
        const counted: string[] = [];
        expect(
          outcomeOfCreate(answer(success({ tx_status: txStatus }, { status })), 'dmt', REF, (s) =>
            counted.push(s),
          ).kind,
        ).toBe('pending');
        expect(counted).toEqual([`tx_status ${txStatus}`]);
      }
    },
  );

  it('a success under another response_type_id is not believed yet, and counted', () => {
    for (const [typeId, word] of [
      [333, 'type 333'],
      [undefined, 'type none'],
      [null, 'type none'],
      ['x', 'type none'],
    ] as const) {
      const counted: string[] = [];
      expect(
        outcomeOfCreate(answer(success({}, { response_type_id: typeId })), 'dmt', REF, (s) =>
          counted.push(s),
        ),
      ).toMatchObject({ kind: 'pending', providerReference: '3570311831' });
      expect(counted).toEqual([word]);
    }
    expect(create(success({}, { response_type_id: '325', status: '0' })).kind).toBe('succeeded');
  });

  it.each([
    ['tx_status 1 under status 0', { tx_status: '1' }, {}],
    ['tx_status 0 under status 55', {}, { status: 55 }],
    ['tx_status 2 under status 55', { tx_status: '2' }, { status: 55 }],
    ['tx_status 3 under status 1', { tx_status: '3' }, { status: 1 }],
    ['two that differ', {}, { tx_status: '1', status: 55 }],
  ])('a contradiction is unknown: %s', (_name, data, envelope) => {
    expect(create(success(data, envelope))).toMatchObject({ kind: 'unknown', sent: true });
  });

  it('response_status_id decides nothing', () => {
    for (const id of [-1, 0, 1, 2, 302, 347, null, 'x']) {
      expect(create(success({}, { response_status_id: id })).kind).toBe('succeeded');
      expect(
        create({ ...ekoSampleWith('dmt-initiate-transfer', 'wrong OTP', ours), response_status_id: id }).kind,
      ).toBe('failed');
    }
  });
});

describe('transfers, as documented', () => {
  it('a success', () => {
    expect(create(success())).toEqual({
      kind: 'succeeded',
      sent: true,
      rawStatus: '0',
      httpStatus: 200,
      providerReference: '3570311831',
      amountPaise: 10_000n,
      utr: '620415011744',
      commissionPaise: 47n,
      tdsPaise: 1n,
      chargePaise: 1_000n,
      chargeTaxPaise: 153n,
    }); // no fee: the charge is passed through
  });

  it('a bill states TDS with more decimals than money has: to the nearest paisa, half up', () => {
    const paid = (tds: unknown) => create(ekoSampleWith('bbps-pay-bill', 'Success', { tds }), 'bbps');
    expect(paid('0.024')).toMatchObject({ commissionPaise: 120n, tdsPaise: 2n, chargePaise: 0n });
    expect(paid('0.025')).toMatchObject({ tdsPaise: 3n });
    expect(paid(0.0249)).toMatchObject({ tdsPaise: 2n });
  });

  it.each([
    ['no TDS', { tds: '' }],
    ['no commission', { commission: 'null' }],
    ['a negative commission', { commission: '-1.00' }],
    ['TDS above the commission', { commission: '0.10', tds: '0.11' }],
    ['no number', { commission: 'one', tds: '0.01' }],
  ])('a commission that cannot be believed is not stated, and decides nothing: %s', (_name, data) => {
    const outcome = create(success(data));
    expect(outcome).toMatchObject({ kind: 'succeeded', amountPaise: 10_000n });
    expect('commissionPaise' in outcome || 'tdsPaise' in outcome).toBe(false);
  });

  it.each(TRANSFER_DECLINES)('declined: %s', (label, word) => {
    expect(create(ekoSampleWith('dmt-initiate-transfer', label, ours))).toMatchObject({
      kind: 'failed',
      sent: true,
      rawStatus: '1',
      rawReason: word,
      description: expect.stringMatching(/OTP|balance|limit/) as string,
    });
  });

  it('awaited: no type, no reference', () => {
    expect(create(ekoSample('dmt-initiate-transfer', 'awaited'))).toEqual({
      kind: 'pending',
      sent: true,
      rawStatus: '2',
      httpStatus: 200,
      description: 'Awaited',
      providerReference: '3570311831',
      amountPaise: 10_000n,
    });
  });

  it('the wallets over Levin and Digikhata answer alike (numbers as texts, much that is empty)', () => {
    expect(
      create(
        success({
          utrnumber: '',
          total_sent: '',
          bank_ref_num: '250121123714472002',
          amount: '110.00',
          recipient_id: 10_017_680,
        }),
      ),
    ).toMatchObject({ kind: 'succeeded', amountPaise: 11_000n, utr: '250121123714472002' });
  });
});

describe('bills and recharges, as documented', () => {
  it.each(['bbps', 'recharge'] as const)('%s: paid', (service) => {
    expect(create(ekoSample('bbps-pay-bill'), service)).toMatchObject({
      kind: 'succeeded',
      rawStatus: '0',
      providerReference: '3570553488',
      amountPaise: 287_000n,
    });
  });

  it.each(['bbps', 'recharge'] as const)(
    '%s: the amount is not that of the bill; the refusal has a tid',
    (service) => {
      expect(create(ekoSample('bbps-pay-bill', 'Amount mismatch'), service)).toMatchObject({
        kind: 'failed',
        sent: true,
        rawStatus: 'status 208',
        rawReason: '208',
        providerReference: '3571183956',
      });
    },
  );

  it('208 is no refusal where it is not documented, nor under another type, nor beside a tx_status', () => {
    const mismatch = ekoSample('bbps-pay-bill', 'Amount mismatch');
    expect(create(mismatch, 'dmt').kind).toBe('unknown');
    expect(create(mismatch, 'aeps').kind).toBe('unknown');
    expect(create({ ...mismatch, response_type_id: 333 }, 'bbps').kind).toBe('unknown');
    for (const txStatus of ['0', '2'])
      expect(
        create(ekoSampleWith('bbps-pay-bill', 'Amount mismatch', { tx_status: txStatus }), 'bbps').kind,
      ).toBe('unknown');
  });

  it('a field that is missing', () => {
    expect(create(ekoSample('bbps-pay-bill', 'Required field'), 'bbps')).toEqual({
      kind: 'failed',
      sent: true,
      rawStatus: 'status 97',
      rawReason: '97',
      description: 'refused: amount',
      httpStatus: 200,
    });
  });
});

describe('withdrawals, as documented', () => {
  const withdraw = (json: unknown): ReturnType<typeof answerToWithdrawal> =>
    answerToWithdrawal(answer(json), REF, ignore);
  it('a success, with what the terminal prints', () => {
    expect(
      withdraw(ekoSampleWith('aeps-fingpay-cash-withdrawal', 'Success', { customer_balance: '1234.50' })),
    ).toEqual({
      kind: 'succeeded',
      sent: true,
      rawStatus: '0',
      httpStatus: 200,
      providerReference: '0000000000',
      amountPaise: 100_000n,
      utr: '0000000000',
      customerBalancePaise: 123_450n,
      maskedAadhaar: 'XXXX XXXX 0000',
      commissionPaise: 0n,
      tdsPaise: 0n,
    });
  });
  it('refused: wrong merchant, and a wrong bank with every field empty', () => {
    expect(withdraw(ekoSample('aeps-fingpay-cash-withdrawal', 'incorrect merchant'))).toMatchObject({
      kind: 'failed',
      rawStatus: '1',
      rawReason: '1464',
      description: 'Incorrect merchantId or pin',
    });
    expect(withdraw(ekoSample('aeps-fingpay-cash-withdrawal', 'invalid bank_code'))).toMatchObject({
      kind: 'failed',
      rawStatus: 'status 1464',
      description: 'Transaction Not Completed',
    });
  });
  it('pending', () => {
    expect(withdraw(ekoSample('aeps-fingpay-cash-withdrawal', 'Pending'))).toMatchObject({
      kind: 'pending',
      rawStatus: '2',
      providerReference: '0000000000',
    });
  });
  it('an OTP is wanted first: nothing was withdrawn', () => {
    const otpRequired = ekoSample('aeps-fingpay-cash-withdrawal', 'OTP required');
    expect(withdraw(otpRequired)).toMatchObject({
      kind: 'failed',
      rawReason: 'otp_required',
      otpRequestRef: 'FP2609010001234567',
    });
    for (const ref of ['', null, 'a b', 'x'.repeat(61), {}, 7])
      expect(withdraw({ ...otpRequired, data: { fp_transaction_id: ref } })).toMatchObject({
        kind: 'failed',
      });
    expect(withdraw({ ...otpRequired, data: { fp_transaction_id: 'a b' } })).not.toHaveProperty(
      'otpRequestRef',
    );
    for (const data of [{ tid: '1' }, { tx_status: '0' }, { tx_status: '2' }])
      expect(withdraw({ ...otpRequired, data }).kind).toMatch(/unknown|pending/);
    expect(create(otpRequired, 'dmt').kind).toBe('unknown');
  });
  it('P7 an Aadhaar number that is not masked, and a balance that is none, are left out', () => {
    for (const aadhar of ['999941057058', '9999 4105 7058', 'XXXX41057058', 'X'.repeat(200)])
      expect(
        withdraw(ekoSampleWith('aeps-fingpay-cash-withdrawal', 'Success', { aadhar })).maskedAadhaar,
      ).toBeUndefined();
    for (const balance of ['', 'NA', '1e9', '1.234', {}])
      expect(
        withdraw(ekoSampleWith('aeps-fingpay-cash-withdrawal', 'Success', { customer_balance: balance })),
      ).not.toHaveProperty('customerBalancePaise');
    expect(
      withdraw(ekoSampleWith('aeps-fingpay-cash-withdrawal', 'Success', { customer_balance: '-10.00' }))
        .customerBalancePaise,
    ).toBe(-1_000n); // an overdraft
  });
});
