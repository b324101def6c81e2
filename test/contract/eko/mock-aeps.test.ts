import type { ProviderOutcome } from '../../../domain/provider/outcome';
import {
  AADHAAR,
  connector,
  seen,
  TERMINAL,
  CASH,
  BIOMETRICS,
  useEkoMock,
  orderScenario,
} from '../../support/eko-mock-relay';

useEkoMock();

describe('Aadhaar payments', () => {
  it('withdrawals: done, refused, pending, and an OTP wanted first', async () => {
    const withdraw = (amountPaise = 100_000n): Promise<ProviderOutcome> =>
      connector.aeps!.withdraw({ ...CASH, amountPaise });
    expect(await withdraw()).toMatchObject({
      kind: 'succeeded',
      amountPaise: 100_000n,
      customerBalancePaise: 0n,
      maskedAadhaar: 'XXXX XXXX 0000',
    });
    expect(seen[0]!.path).toBe('/customer/collection/aeps-fingpay/cash-withdrawl/9000000000');
    orderScenario('1');
    expect(await withdraw()).toMatchObject({ kind: 'failed', rawReason: '1464' });
    orderScenario('2');
    expect(await withdraw()).toMatchObject({ kind: 'pending', rawStatus: '2' });
    orderScenario('0');
    expect(await withdraw(600_000n)).toMatchObject({
      kind: 'failed',
      rawReason: 'otp_required',
      otpRequestRef: 'FP2609010001234567',
    });
  });

  it('a withdrawal with its one-time password: asked for, then named by its id, never by its digits', async () => {
    const { biometrics, ...customer } = CASH;
    const ask = { ...customer, aadhaar: biometrics.aadhaar, amountPaise: 600_000n };
    expect(await connector.aeps!.sendWithdrawalOtp(ask)).toEqual({
      ok: true,
      value: { otpRequestRef: 'FP2609010001234567' },
    });
    expect(seen[0]!.path).toBe('/customer/collection/aeps-fingpay/cash-withdrawal/otp/9000000000');
    expect(Object.keys(seen[0]!.body)).toEqual([
      'initiator_id',
      'client_ref_id',
      'user_code',
      'bank_code',
      'aadhar',
      'latlong',
      'amount',
    ]);
    expect(
      await connector.aeps!.withdraw({ ...CASH, amountPaise: 600_000n, otpRequestRef: 'FP2609010001234567' }),
    ).toMatchObject({ kind: 'succeeded' });
    expect(seen[1]!.body).toMatchObject({ amount: 6000, txn_otp_request_id: 'FP2609010001234567' });
    expect(seen[1]!.raw).not.toContain('"otp"');
    orderScenario('1');
    expect(await connector.aeps!.sendWithdrawalOtp(ask)).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '1',
    });
    for (const otpRequestRef of ['', 'a b', 'x'.repeat(61)])
      expect(await connector.aeps!.withdraw({ ...CASH, amountPaise: 600_000n, otpRequestRef })).toMatchObject(
        { kind: 'failed', sent: false },
      );
    expect(seen).toHaveLength(3);
  });

  it('balance and mini statement', async () => {
    expect(await connector.aeps!.balance(CASH)).toEqual({
      ok: true,
      value: { customerBalancePaise: 0n, reference: '0000000000' },
    });
    expect(await connector.aeps!.miniStatement(CASH)).toMatchObject({
      ok: true,
      value: { lines: [{ direction: 'debit' }, { direction: 'credit' }, { direction: 'debit' }] },
    });
    orderScenario('1');
    expect(await connector.aeps!.balance(CASH)).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '1464',
    });
    expect(await connector.aeps!.miniStatement(CASH)).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '1528',
    });
  });

  it('an agent: activated, identified once, and every day', async () => {
    const aeps = connector.aeps!;
    const activation = {
      userCode: '20810200',
      latlong: TERMINAL.latlong,
      deviceModel: 'Morpho 1300E3',
      deviceNumber: 'SN1',
      accountNumber: '38759149196',
      ifsc: 'SBIN0007515',
      shopType: '4215',
      pan: 'ABCPE1234F',
      aadhaar: AADHAAR,
      officeAddress: '{"line":"1","city":"Singtam"}',
      proofAddress: 'A line',
      aadhaarFront: Buffer.from([0xff, 0xd8, 0xff]),
      aadhaarBack: Buffer.from('b'),
      panCard: Buffer.from('c'),
    };
    expect(await aeps.activateAgent(activation)).toEqual({ ok: true, value: true });
    expect(seen[0]!.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(seen[0]!.raw).toContain('name="form-data"\r\n\r\n{');
    expect(seen[0]!.raw).toContain(
      '"office_address":{"line":"1","city":"Singtam"},"address_as_per_proof":{"line":"A line"}',
    );
    const sent = await aeps.sendKycOtp({
      terminal: TERMINAL,
      customerMobile: '9123456789',
      aadhaar: AADHAAR,
    });
    expect(sent).toEqual({
      ok: true,
      value: { otpRef: '2465238', referenceTid: 'EKYKF4719702240123152147525I' },
    });
    const otp = { otpRef: '2465238', referenceTid: 'EKYKF4719702240123152147525I' };
    expect(
      await aeps.verifyKycOtp(
        { terminal: TERMINAL, customerMobile: '9123456789', aadhaar: AADHAAR, otp: '123456' },
        otp,
      ),
    ).toMatchObject({
      ok: true,
      value: { otpRef: '815031' },
    });
    expect(
      await aeps.biometricKyc(
        { terminal: TERMINAL, customerMobile: '9123456789', bankCode: 'HDFC', biometrics: BIOMETRICS },
        otp,
      ),
    ).toEqual({
      ok: true,
      value: true,
    });
    expect(
      await aeps.dailyKyc({
        terminal: TERMINAL,
        customerMobile: '9123456789',
        bankCode: 'HDFC',
        biometrics: BIOMETRICS,
      }),
    ).toEqual({
      ok: true,
      value: true,
    });
    orderScenario('1');
    for (const answer of [
      await aeps.activateAgent(activation),
      await aeps.sendKycOtp({ terminal: TERMINAL, customerMobile: '9123456789', aadhaar: AADHAAR }),
      await aeps.verifyKycOtp(
        { terminal: TERMINAL, customerMobile: '9123456789', aadhaar: AADHAAR, otp: '123456' },
        otp,
      ),
      await aeps.biometricKyc(
        { terminal: TERMINAL, customerMobile: '9123456789', bankCode: 'HDFC', biometrics: BIOMETRICS },
        otp,
      ),
      await aeps.dailyKyc({
        terminal: TERMINAL,
        customerMobile: '9123456789',
        bankCode: 'HDFC',
        biometrics: BIOMETRICS,
      }),
    ]) {
      expect(answer).toMatchObject({ ok: false, kind: 'refused' });
    }
  });
});
