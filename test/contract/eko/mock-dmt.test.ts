import {
  REF,
  AADHAAR,
  PID,
  SENDER,
  connector,
  seen,
  TRANSFER,
  TERMINAL,
  CASH,
  send,
  useEkoMock,
  orderScenario,
} from '../../support/eko-mock-relay';

useEkoMock();

describe('transfers', () => {
  it('succeed', async () => {
    expect(await send(connector.dmt!, TRANSFER)).toEqual({
      kind: 'succeeded',
      sent: true,
      rawStatus: '0',
      commissionPaise: 47n,
      tdsPaise: 1n,
      chargePaise: 1_000n,
      chargeTaxPaise: 153n,
      httpStatus: 200,
      providerReference: '3570311831',
      amountPaise: 10_000n,
      utr: '620415011744',
    });
  });

  it('are declined, and awaited', async () => {
    orderScenario('1');
    expect(await send(connector.dmt!, TRANSFER)).toMatchObject({
      kind: 'failed',
      sent: true,
      rawStatus: '1',
      rawReason: 'otp_consumed',
      description: 'OTP already Consumed',
    });
    orderScenario('0');
    expect(await send(connector.dmt!, TRANSFER)).toMatchObject({
      kind: 'pending',
      sent: true,
      rawStatus: '2',
      providerReference: '3570311831',
    });
  });

  it('bytes that are not those of the instruction do not leave', async () => {
    const prepared = connector.dmt!.prepare(TRANSFER);
    expect(
      await connector.dmt!.send(TRANSFER, {
        ...prepared,
        body: prepared.body.replace('"amount":100', '"amount":900'),
      }),
    ).toEqual({ kind: 'unknown', sent: false, rawStatus: '<request altered>' });
    expect(seen).toEqual([]);
  });

  it('inquiries: one that is of another reference is not ours; by the tid and its reference it is', async () => {
    expect(await connector.dmt!.inquire({ ourReference: REF })).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: '<other reference>',
    });
    expect(seen[0]!.path).toBe(`/tools/reference/transaction/client_ref_id:${REF}`);
    expect(
      await connector.dmt!.inquire({ ourReference: 'Settlemet7206123420', providerReference: '12971397' }),
    ).toMatchObject({ kind: 'succeeded', amountPaise: 104_500n, utr: '8761099407' });
    expect(seen[1]!.path).toBe('/tools/reference/transaction/12971397');
    expect(await connector.dmt!.inquire({ ourReference: 'Settlemet7206123420' })).toMatchObject({
      kind: 'succeeded',
      providerReference: '12971397',
    });
    expect(await connector.dmt!.inquire({ ourReference: 'a/../../b' })).toMatchObject({
      kind: 'unknown',
      sent: true,
    });
    expect(seen).toHaveLength(3);
  });

  it('refunds', async () => {
    expect(await connector.refunds!.sendRefundOtp('13192443')).toEqual({
      ok: true,
      value: { otpRef: 'zCISyglexo0Pjqp4YrS2ssweuD9v1c3aLKGxjTW8wU7An8Wem1UyNws5830yh7q/sf5J4R3BY=' },
    });
    expect(
      await connector.refunds!.refund({ ourReference: REF, providerReference: '13192443' }, '123456', 'ref'),
    ).toMatchObject({ kind: 'refunded', amountPaise: 500_000n });
    expect(
      await connector.refunds!.refund({ ourReference: REF, providerReference: '13192444' }, '123456', 'ref'),
    ).toMatchObject({ kind: 'unknown', rawStatus: '<other transaction>' });
  });
});

describe('senders and recipients', () => {
  it('the way of a new sender', async () => {
    const dmt = connector.dmt!;
    orderScenario('1');
    expect(await dmt.sender(SENDER)).toMatchObject({ ok: true, value: { state: 'unknown' } });
    expect(await dmt.startEkyc(SENDER, AADHAAR, PID)).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '2135',
    });
    orderScenario('303');
    expect(await dmt.finishEkyc(SENDER, '123456', { otpRef: '1', kycRequestId: '2' })).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '2131',
      rawReason: 'OTP expired',
    });
    orderScenario(undefined);
    expect(
      await dmt.enrolSender({
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
    ).toMatchObject({ ok: true, value: { state: 'ekyc_pending' } });
    const started = await dmt.startEkyc(SENDER, AADHAAR, PID);
    expect(started).toEqual({ ok: true, value: { otpRef: '666803844', kycRequestId: '9332126' } });
    expect(
      await dmt.finishEkyc(SENDER, '123456', { otpRef: '666803844', kycRequestId: '9332126' }),
    ).toMatchObject({ ok: true, value: { state: 'active' } });
    expect(await dmt.sender(SENDER)).toMatchObject({
      ok: true,
      value: { state: 'active', remainingPaise: 2_500_000n },
    });
    orderScenario('0');
    expect(await dmt.sender(SENDER)).toMatchObject({ ok: true, value: { state: 'ekyc_pending' } });
  });

  it('recipients: listed, none yet, added, there already', async () => {
    const dmt = connector.dmt!;
    expect(await dmt.recipients(SENDER)).toMatchObject({
      ok: true,
      value: [{ ref: '117015428', accountNumber: '38759149196', ifsc: 'SBIN0007515' }],
    });
    orderScenario('-1');
    expect(await dmt.recipients(SENDER)).toEqual({ ok: true, value: [] });
    orderScenario(undefined);
    const recipient = {
      name: 'Test Recipient',
      mobile: '9002331157',
      ifsc: 'SBIN0007515',
      accountNumber: '38759149196',
    };
    expect(await dmt.addRecipient(SENDER, recipient)).toEqual({ ok: true, value: { ref: '117015428' } });
    orderScenario('1');
    expect(await dmt.addRecipient(SENDER, recipient)).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '463',
    }); // the list is refused under the same scenario
    expect(await dmt.sendTransferOtp(SENDER, '117015428', 10_000n)).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '36',
    });
    orderScenario(undefined);
    expect(await dmt.sendTransferOtp(SENDER, '117015428', 10_000n)).toEqual({
      ok: true,
      value: { otpRef: '666902416' },
    });
  });

  it('what the contract cannot express is refused before it is asked', async () => {
    const refused = { ok: false, kind: 'refused', rawStatus: '<request not sendable>' };
    expect(await connector.dmt!.sender('12345')).toMatchObject(refused);
    expect(await connector.dmt!.startEkyc(SENDER, '123456789012', PID)).toMatchObject(refused);
    expect(
      await connector.aeps!.balance({ ...CASH, terminal: { ...TERMINAL, latlong: 'here' } }),
    ).toMatchObject(refused);
    expect(await connector.aeps!.withdraw({ ...CASH, amountPaise: 0n })).toMatchObject({
      kind: 'failed',
      sent: false,
      rawStatus: '<request not sendable>',
    });
    expect(seen).toEqual([]);
  });
});
