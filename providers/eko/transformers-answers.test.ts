import type { InquiryAnswer, ProviderOutcome } from '../../domain/provider/outcome';
import { forPeople } from '../known-words';
import { answerTo, outcomeOfInquiry, outcomeOfRefund, TX_STATUSES } from './transformers';
import { EKO_ENDPOINTS, ekoSample, ekoSampleWith, type Json } from '../../test/support/eko-examples';
import { REF, ignore, answer, ours } from '../../test/support/eko-answers';

describe('inquiries', () => {
  const byReference = (json: unknown): InquiryAnswer =>
    outcomeOfInquiry(answer(json), { ourReference: REF }, ignore);
  const byTid = (json: unknown, tid = '12971397'): InquiryAnswer =>
    outcomeOfInquiry(answer(json), { ourReference: REF, providerReference: tid }, ignore);
  const found = (data: Json = {}, envelope: Json = {}): Json =>
    ekoSampleWith('transaction-inquiry', 'Success', { ...ours, ...data }, envelope);

  it('a success, by reference and by tid', () => {
    const expected = {
      kind: 'succeeded',
      sent: true,
      rawStatus: '0',
      httpStatus: 200,
      providerReference: '12971397',
      amountPaise: 104_500n,
      utr: '8761099407',
      chargePaise: 500n,
      chargeTaxPaise: 76n,
    }; // an inquiry states no commission
    expect(byReference(found())).toEqual(expected);
    expect(byTid(found())).toEqual(expected);
  });

  it.each(Object.entries(TX_STATUSES))('tx_status %s is %s', (txStatus, kind) => {
    expect(byReference(found({ tx_status: txStatus }))).toMatchObject({
      kind,
      sent: true,
      rawStatus: txStatus,
    });
  });

  it('the other form of the same page: type 1388, tx_status twice, numbers as numbers', () => {
    expect(
      outcomeOfInquiry(
        answer(ekoSampleWith('qr-transaction-inquiry', 'Success', ours)),
        { ourReference: REF },
        ignore,
      ),
    ).toMatchObject({ kind: 'succeeded', providerReference: '2886601782', amountPaise: 49_900n });
  });

  it('not found by our reference; by a tid of theirs a contradiction', () => {
    const none = ekoSample('qr-transaction-inquiry', 'not found');
    expect(byReference(none)).toEqual({ kind: 'not_found', rawStatus: '<not found>', httpStatus: 200 });
    expect(byTid(none)).toMatchObject({ kind: 'unknown', sent: true, rawStatus: '<not found>' });
  });

  it.each<[string, Json]>([
    ['another text', { message: 'Please try after some time' }],
    ['no text', { message: null }],
    ['a transaction after all', { data: { tid: '5' } }],
    ['another status', { status: 2 }],
    ['another status id', { response_status_id: 1 }],
    ['a type', { response_type_id: 1472 }],
    ['a complaint', { invalid_params: { x: 'y' } }],
    ['a success', { status: 0 }],
  ])('P5 like not found, but %s: unknown', (_name, change) => {
    expect(byReference({ ...ekoSample('qr-transaction-inquiry', 'not found'), ...change })).toMatchObject({
      kind: 'unknown',
      sent: true,
    });
  });

  it.each<[string, Json]>([
    ['of another reference', found({ client_ref_id: 'ffffffffffffffffffff' })],
    ['without our reference', found({ client_ref_id: '' })],
    ['without a tid', found({ tid: '' })],
    ['without a tx_status', found({ tx_status: '' })],
    ['of another type', found({}, { response_type_id: 325 })],
    ['without a type', found({}, { response_type_id: null })],
    ['with a status', found({ tx_status: '1' }, { status: 1 })],
    ['a success without its amount', found({ amount: '' })],
    ['with two tx_status', found({}, { tx_status: '1' })],
  ])('P5 %s: unknown', (_name, json) => {
    expect(byReference(json)).toMatchObject({ kind: 'unknown', sent: true });
  });

  it('by tid the tid has to be that one; a reference may be missing, not another', () => {
    expect(byTid(found(), '12971398')).toMatchObject({ kind: 'unknown', rawStatus: '<other transaction>' });
    expect(byTid(found({ client_ref_id: '' })).kind).toBe('succeeded');
    expect(byTid(found({ client_ref_id: 'ffffffffffffffffffff' }))).toMatchObject({
      kind: 'unknown',
      rawStatus: '<other reference>',
    });
  });

  it('an unknown tx_status is pending and counted, and no HTTP error says anything', () => {
    const counted: string[] = [];
    expect(
      outcomeOfInquiry(answer(found({ tx_status: '8' })), { ourReference: REF }, (s) => counted.push(s)).kind,
    ).toBe('pending');
    expect(counted).toEqual(['tx_status 8']);
    for (const httpStatus of [403, 404, 500])
      expect(
        outcomeOfInquiry(answer(found({ tx_status: '1' }), httpStatus), { ourReference: REF }, ignore),
      ).toMatchObject({ kind: 'unknown', sent: true, httpStatus });
  });
});

describe('refunds', () => {
  const refund = (json: unknown): ProviderOutcome => outcomeOfRefund(answer(json), '13192443', ignore);
  it("done: the amount is the transfer's, without the charge that comes back too", () => {
    expect(refund(ekoSample('initiate-refund'))).toEqual({
      kind: 'refunded',
      sent: true,
      rawStatus: 'type 74',
      commissionPaise: 2_838n,
      tdsPaise: 710n,
      chargePaise: 5_000n,
      providerReference: '13192443',
      httpStatus: 200,
      amountPaise: 500_000n,
    });
  });
  it.each([
    ['Invalid or expired OTP', 'otp_wrong'],
    ['OTP session expired', 'otp_expired'],
    ['Insufficient balance', 'insufficient_balance'],
  ])('refused: %s', (label, rawReason) => {
    expect(refund(ekoSample('qr-initiate-refund', label))).toMatchObject({
      kind: 'failed',
      rawReason,
      providerReference: '13192443',
    });
  });
  it('anything else is unknown, and an inquiry tells', () => {
    for (const json of [
      ekoSample('qr-initiate-refund'),
      ekoSample('qr-get-refund-otp', 'already refunded'),
      {},
      null,
      ekoSampleWith('initiate-refund', 'Success', { tid: '13192444' }),
      ekoSampleWith('initiate-refund', 'Success', { tid: '' }),
      { status: 1, response_status_id: 302, data: { tid: '13192443' } },
      { status: 302 },
    ]) {
      expect(refund(json)).toMatchObject({ kind: 'unknown', sent: true });
    }
    expect(outcomeOfRefund(answer(ekoSample('initiate-refund'), 500), '13192443', ignore).kind).toBe(
      'unknown',
    );
  });
});

describe('the desk: every documented sample', () => {
  const page = {
    'dmt-get-sender': 'sender',
    'dmt-onboard-sender': 'enrolment',
    'dmt-fino-sender-ekyc': 'ekycStart',
    'dmt-fino-validate-ekyc-otp': 'ekycFinish',
    'mobile-otp-send': 'phoneOtp',
    'mobile-otp-verify': 'phoneOtpCheck',
    'dmt-get-recipients': 'recipients',
    'dmt-add-recipient': 'newRecipient',
    'dmt-send-otp': 'otp',
    'get-refund-otp': 'otp',
    'activate-aeps-fingpay': 'activation',
    'aeps-fingpay-send-otp-kyc': 'kycOtp',
    'aeps-fingpay-verify-otp-kyc': 'kycOtpCheck',
    'aeps-fingpay-biometric-ekyc': 'biometricKyc',
    'aeps-fingpay-daily-auth': 'dailyKyc',
    'aeps-fingpay-balance-enquiry': 'balance',
    'aeps-fingpay-mini-statement': 'miniStatement',
    'bbps-get-categories': 'categories',
    'bbps-get-operators': 'billers',
    'bbps-get-operator-parameters': 'parameters',
    'bbps-operator-code-circle': 'operator',
    'bbps-recharge-plans': 'plans',
    'bbps-fetch-bill': 'bill',
  } as const;
  const read = (id: keyof typeof page, label: string, httpStatus = 200): unknown =>
    answerTo[page[id]](answer(ekoSample(id, label), httpStatus), ignore);

  it.each<[keyof typeof page, string, unknown]>([
    ['dmt-get-sender', 'Success', { state: 'active', name: 'Test Sender', remainingPaise: 2_500_000n }],
    ['dmt-get-sender', 'not enrolled', { state: 'unknown', name: null, remainingPaise: null }],
    ['dmt-get-sender', 'KYC pending', { state: 'ekyc_pending', name: null, remainingPaise: null }],
    ['dmt-onboard-sender', 'Success', { state: 'ekyc_pending', name: null, remainingPaise: null }],
    ['dmt-onboard-sender', 'Alternate success', { state: 'ekyc_pending', name: null, remainingPaise: null }],
    ['dmt-fino-sender-ekyc', 'Success', { otpRef: '666803844', kycRequestId: '9332126' }],
    ['dmt-fino-validate-ekyc-otp', 'Success', { state: 'active', name: null, remainingPaise: null }],
    ['mobile-otp-send', 'Success', { otpRef: '2886978474' }],
    ['mobile-otp-verify', 'Success', true],
    [
      'dmt-get-recipients',
      'Success',
      [
        {
          ref: '117015428',
          name: 'Test Recipient',
          bank: 'State Bank of India',
          ifsc: 'SBIN0007515',
          accountNumber: '38759149196',
          mobile: '9002331157',
          isVerified: false,
        },
      ],
    ],
    ['dmt-get-recipients', 'No recipients', []],
    ['dmt-add-recipient', 'Success', { ref: '117015428' }],
    ['dmt-send-otp', 'Success', { otpRef: '666902416' }],
    [
      'get-refund-otp',
      'Success',
      { otpRef: 'zCISyglexo0Pjqp4YrS2ssweuD9v1c3aLKGxjTW8wU7An8Wem1UyNws5830yh7q/sf5J4R3BY=' },
    ], // a success under status 2133
    ['activate-aeps-fingpay', 'Success', true],
    [
      'aeps-fingpay-send-otp-kyc',
      'Success',
      { otpRef: '2465238', referenceTid: 'EKYKF4719702240123152147525I' },
    ],
    [
      'aeps-fingpay-verify-otp-kyc',
      'Success',
      { otpRef: '815031', referenceTid: 'BEKYF4719702240123152147525I' },
    ],
    ['aeps-fingpay-biometric-ekyc', 'Success', true],
    ['aeps-fingpay-daily-auth', 'Success', true],
    ['aeps-fingpay-balance-enquiry', 'Success', { customerBalancePaise: 0n, reference: '0000000000' }],
    [
      'aeps-fingpay-mini-statement',
      'Success',
      {
        customerBalancePaise: 0n,
        reference: '0000000000',
        commissionPaise: 0n,
        lines: [
          { date: '01/01', amountPaise: 0n, direction: 'debit', narration: 'MAT/W/000000' },
          { date: '31/12', amountPaise: 0n, direction: 'credit', narration: 'MAT/D/000000' },
          { date: '28/12', amountPaise: 0n, direction: 'debit', narration: 'POS/W/000000' },
        ],
      },
    ],
    [
      'bbps-get-categories',
      'Success',
      [
        { id: '1', name: 'Broadband Postpaid' },
        { id: '8', name: 'Electricity' },
        { id: '11', name: 'Water' },
        { id: '22', name: 'FASTag' },
      ],
    ],
    [
      'bbps-get-operators',
      'Success',
      [
        { id: '159', name: 'ACT Fibernet', category: '1', mustFetch: false },
        { id: '541', name: 'Port Blair Municipal Council - Water', category: '11', mustFetch: false },
      ],
    ],
    [
      'bbps-get-operator-parameters',
      'Success',
      {
        mustFetch: false,
        parameters: [
          {
            name: 'utility_acc_no',
            label: 'Mobile Number',
            dataType: 'NUMERIC',
            isOptional: false,
            pattern: '^[0-9]{10}$',
            minLength: null,
            maxLength: null,
          },
          {
            name: 'Recharge Type',
            label: 'Recharge Type',
            dataType: 'ALPHANUMERIC',
            isOptional: false,
            pattern: '^(?:1|3)$',
            minLength: null,
            maxLength: null,
          },
        ],
      },
    ],
    ['bbps-operator-code-circle', 'Success', { operatorCode: '1', circleCode: '23' }],
    [
      'bbps-recharge-plans',
      'Success',
      [
        { amountPaise: 22_400n, validity: '30 Days', description: 'Unlimited Calls + 4GB data ...' },
        { amountPaise: 34_900n, validity: '28 Days', description: '1.5 GB/day + Unlimited Calls ...' },
      ],
    ],
    [
      'bbps-fetch-bill',
      'Success',
      {
        bill: { amountPaise: 287_000n, dueDate: '2026-07-28', billDate: null, customerName: 'Test Customer' },
      },
    ],
    ['bbps-fetch-bill', 'failed at the biller', { reason: 'Please try again after some time.' }],
  ])('%s, %s', (id, label, value) => {
    expect(read(id, label)).toEqual({ ok: true, value });
  });

  it.each<[keyof typeof page, string, string, string]>([
    ['dmt-fino-sender-ekyc', 'Incorrect PID', '2135', 'K-100 EKYC Verification failed'],
    [
      'dmt-fino-sender-ekyc',
      'existing relationship',
      '2135',
      'Sorry! Since you already have an existing relationship with the bank',
    ],
    ['dmt-fino-validate-ekyc-otp', 'already registered', '2131', 'Customer Already registred'],
    ['dmt-fino-validate-ekyc-otp', 'Incorrect OTP', '2131', 'Wrong OTP'],
    ['dmt-fino-validate-ekyc-otp', 'expired', '2131', 'OTP expired'],
    ['mobile-otp-verify', 'Incorrect or expired', '1', 'OTP verification failed.'],
    ['dmt-get-recipients', 'does not exist', '463', 'customer_id does not exist in system'],
    ['dmt-add-recipient', 'already registered', '342', 'Recipient already registered'],
    ['dmt-add-recipient', 'does not exist', '463', 'customer_id does not exist in system'],
    ['dmt-send-otp', 'Sender monthly limit', '36', 'Sender/beneficiary monthly limit exhausted'],
    ['dmt-send-otp', 'Beneficiary monthly limit', '945', 'Beneficiary monthly limit exhausted'],
    ['dmt-send-otp', 'does not exist', '463', 'customer_id does not exist in system'],
    ['activate-aeps-fingpay', 'not onboarded', '1297', 'This user does not exist'],
    ['aeps-fingpay-send-otp-kyc', 'not activated', '346', 'Agent not allowed to this transaction'],
    ['aeps-fingpay-send-otp-kyc', 'Incorrectly encrypted', '97', 'Please provide the value of the field'],
    [
      'aeps-fingpay-verify-otp-kyc',
      'Invalid or expired',
      '461',
      'The details entered are incorrect or the OTP has expired. Kindly request a new OTP.',
    ],
    ['aeps-fingpay-biometric-ekyc', 'skipped', '461', 'Merchant is Inactive or Invalid Details'],
    ['aeps-fingpay-daily-auth', 'no reason', '1714', 'KYC Fail'],
    [
      'aeps-fingpay-daily-auth',
      'Bank eKYC pending',
      '1714',
      'Please complete bank eKYC to process the transaction.',
    ],
    ['aeps-fingpay-balance-enquiry', 'incorrect merchant', '1464', 'Incorrect merchantId or pin'],
    ['aeps-fingpay-mini-statement', 'incorrect merchant', '1528', 'Incorrect merchantId or pin'],
    ['bbps-get-operators', 'initiator_id', '319', 'Invalid Sender/Initiator'],
    ['bbps-fetch-bill', 'Required field', '97', 'Please provide the value of the field'],
  ])('%s, %s: refused', (id, label, rawStatus, rawReason) => {
    expect(read(id, label)).toEqual({ ok: false, kind: 'refused', rawStatus, rawReason });
  });

  it('plans that could not be fetched may be asked for again', () => {
    expect(read('bbps-recharge-plans', 'unavailable')).toEqual({
      ok: false,
      kind: 'unknown',
      rawStatus: 'type 1805',
      rawReason: 'Unable to fetch plans',
    });
  });

  it('covers every sample of every page that the connector calls', () => {
    const desk = EKO_ENDPOINTS.filter((e) => Object.hasOwn(page, e.id));
    expect(desk).toHaveLength(Object.keys(page).length);
    for (const { id, samples } of desk)
      for (const { label, body } of samples)
        expect([label, answerTo[page[id as keyof typeof page]](answer(body), ignore)]).not.toEqual([
          label,
          expect.objectContaining({ rawStatus: '<unrecognised answer>' }),
        ]);
  });

  it('no page is believed under an HTTP error, and a type that is not of the page is unknown', () => {
    expect(read('dmt-get-sender', 'Success', 500)).toEqual({
      ok: false,
      kind: 'unknown',
      rawStatus: '<http 500>',
    });
    expect(answerTo.sender(answer(ekoSample('dmt-send-otp')), ignore)).toMatchObject({
      ok: false,
      kind: 'unknown',
      rawStatus: 'type 2133',
    });
    expect(
      answerTo.otp(answer(ekoSampleWith('dmt-send-otp', 'Success', { otp_ref_id: '' })), ignore),
    ).toMatchObject({ ok: false, kind: 'unknown' });
  });

  it('P7 their words lose personal numbers', () => {
    expect(forPeople('Account 38759149196 of 9002331157 is blocked')).not.toMatch(/\d{6}/);
    expect(forPeople('The account of Zxqabc is blocked')).toBe('The account of … is blocked');
    expect(forPeople('wait '.repeat(1_000))).toHaveLength(200);
  });
});
