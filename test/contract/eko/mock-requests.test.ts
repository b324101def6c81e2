import type { Connector } from '../../../domain/connectors';
import { secretKeyOf } from '../../../providers/eko/auth';
import { EKO_ENDPOINTS } from '../../support/eko-examples';
import {
  type Seen,
  KEYS,
  REF,
  AADHAAR,
  PID,
  SENDER,
  connector,
  seen,
  noted,
  TRANSFER,
  BILL,
  RECHARGE,
  TERMINAL,
  CASH,
  BIOMETRICS,
  send,
  useEkoMock,
} from '../../support/eko-mock-relay';

useEkoMock();
const { biometrics: _finger, ...WITHOUT_FINGER } = CASH;

const BENEFICIARY = {
  id: 'b',
  name: 'Test Beneficiary',
  account: { kind: 'bank', accountNumber: '38759149196', ifsc: 'SBIN0007515' },
} as const;

describe('what leaves', () => {
  /** Every call once. */
  async function everyCall(): Promise<void> {
    const { dmt, bbps, recharge, aeps, refunds, validation } = connector as Required<Connector>;
    const { biller, customer, counter } = BILL;
    const otp = { otpRef: '1', referenceTid: '2' };
    await Promise.all([
      send(dmt, TRANSFER),
      send(bbps, BILL),
      send(recharge, RECHARGE),
      aeps.withdraw({ ...CASH, amountPaise: 100_000n }),
      aeps.withdraw({ ...CASH, amountPaise: 600_000n, otpRequestRef: 'FP2609010001234567' }),
      aeps.sendWithdrawalOtp({ ...WITHOUT_FINGER, aadhaar: AADHAAR, amountPaise: 600_000n }),
      dmt.inquire({ ourReference: REF }),
      dmt.sender(SENDER),
      dmt.recipients(SENDER),
      dmt.startEkyc(SENDER, AADHAAR, PID),
      dmt.finishEkyc(SENDER, '784512', { otpRef: '1', kycRequestId: '2' }),
      dmt.sendPhoneOtp(SENDER),
      dmt.verifyPhoneOtp(SENDER, '3643'),
      dmt.sendTransferOtp(SENDER, '98765', 50_000n),
      refunds.sendRefundOtp('13192443'),
      refunds.refund({ ourReference: REF, providerReference: '13192443' }, '123456', 'ref'),
      dmt.enrolSender({
        mobile: SENDER,
        name: 'Test Sender',
        bornOn: '1990-05-15',
        address: {
          line: '1',
          city: 'Indore',
          state: 'Madhya Pradesh',
          pincode: '452001',
          district: 'Indore',
        },
      }),
      dmt.addRecipient(SENDER, {
        name: 'Test Recipient',
        mobile: '9002331157',
        ifsc: 'SBIN0007515',
        accountNumber: '38759149196',
      }),
      validation.validate({ ourReference: REF, method: 'penniless', beneficiary: BENEFICIARY }),
      validation.validate({ ourReference: REF, method: 'penny_drop', beneficiary: BENEFICIARY }),
      bbps.categories(),
      bbps.billers('11'),
      bbps.biller('159'),
      bbps.startFetch({ ourReference: REF, biller, customer, counter }),
      recharge.operatorOf('9876543210'),
      recharge.plans('9876543210', { operator: 'airtel', circle: 'Madhya Pradesh' }),
      aeps.balance(CASH),
      aeps.miniStatement(CASH),
      aeps.sendKycOtp({ terminal: TERMINAL, customerMobile: '9123456789', aadhaar: AADHAAR }),
      aeps.verifyKycOtp(
        { terminal: TERMINAL, customerMobile: '9123456789', aadhaar: AADHAAR, otp: '123456' },
        otp,
      ),
      aeps.biometricKyc(
        { terminal: TERMINAL, customerMobile: '9123456789', bankCode: 'HDFC', biometrics: BIOMETRICS },
        otp,
      ),
      aeps.dailyKyc({
        terminal: TERMINAL,
        customerMobile: '9123456789',
        bankCode: 'HDFC',
        biometrics: BIOMETRICS,
      }),
    ]);
  }

  /** What the mock says of people. */
  const namesIn = (calls: Seen[]): string[] =>
    calls.flatMap(({ answer }) =>
      [
        ...answer.matchAll(/"(?:sender_name|recipient_name|utilitycustomername|merchantname)":"([^"]+)"/g),
      ].map((m) => m[1]!),
    );

  const endpointOf = ({ method, path: sentTo }: Seen): (typeof EKO_ENDPOINTS)[number] | undefined =>
    EKO_ENDPOINTS.find(
      (e) =>
        !e.id.startsWith('qr-') &&
        e.method === method &&
        new RegExp(`^${e.path.replaceAll(/\{[^/]+\}/g, '[^/]+')}$`).test(sentTo),
    );

  it('every call has the parameters that the contract requires, no others, and in its types', async () => {
    await everyCall();
    expect(seen.length).toBeGreaterThan(25);
    for (const call of seen) {
      const endpoint = endpointOf(call)!;
      const place = call.method === 'GET' ? 'query' : 'body';
      const given: Record<string, unknown> = place === 'query' ? call.query : call.body;
      const named = endpoint.params.filter((p) => p.in === place);
      expect([
        endpoint.id,
        Object.keys(given).filter((name) => !named.some((p) => p.name === name)),
        named.filter((p) => p.required && !(p.name in given)).map((p) => p.name),
      ]).toEqual([endpoint.id, [], []]);
      const typed = named.filter((p) => place === 'body' && p.name in given);
      expect(typed.map((p) => [endpoint.id, p.name, typeof given[p.name]])).toEqual(
        typed.map((p) => [endpoint.id, p.name, p.type === 'integer' ? 'number' : p.type]),
      );
    }
  });

  it('every call is signed for itself', async () => {
    await everyCall();
    for (const { headers } of seen) {
      const timestamp = headers['secret-key-timestamp'] as string;
      expect([
        headers.developer_key,
        headers['secret-key'],
        Math.abs(Date.now() - Number(timestamp)) < 10_000,
      ]).toEqual([KEYS.developerKey, secretKeyOf(KEYS.accessKey, timestamp), true]);
    }
  });

  it('P7 no Aadhaar number leaves in clear, and nothing personal is noted', async () => {
    await everyCall();
    expect(seen.map((s) => s.raw + s.path + JSON.stringify(s.query)).join('\n')).not.toContain(AADHAAR);
    expect(noted).toHaveLength(seen.length);
    const notes = JSON.stringify(noted);
    expect(namesIn(seen).length).toBeGreaterThan(5);
    const sealed = seen.flatMap((s) => (typeof s.body.aadhar === 'string' ? [s.body.aadhar] : []));
    expect(sealed.length).toBeGreaterThanOrEqual(7);
    for (const secret of [
      ...sealed,
      AADHAAR,
      'PidData',
      '4702',
      '784512',
      KEYS.accessKey,
      KEYS.developerKey,
      KEYS.initiatorId,
      SENDER,
      '9903457748',
      '9002331157',
      '9876543210',
      '9000000000',
      '9123456789',
      '38759149196',
      '3287820071',
      '234243534',
      'Test Sender',
      'Test Customer',
      'XXXX',
      ...namesIn(seen),
    ])
      expect(notes).not.toContain(secret);
    expect(noted.find((n) => n.operation === 'dmt_transfer')).toMatchObject({
      provider: 'eko',
      method: 'POST',
      route: '/customer/payment/dmt-fino',
      transactionId: 'txn',
      ourReference: REF,
      result: '200',
      request: { amount: 100, otp: '<hidden>', client_ref_id: REF },
      response: { status: 0, data: { tx_status: '0', account: '…9196' } },
    });
    expect(noted.find((n) => n.operation === 'dmt_sender')).toMatchObject({
      route: '/customer/payment/dmt-fino/sender/{customer_id}',
    });
  });
});
