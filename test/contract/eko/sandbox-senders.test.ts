import {
  activeSender,
  AADHAAR,
  newAccount,
  recipient,
  send,
  transferTo,
  valueOf,
} from '../../support/eko-connected';
import { newMobile, PID_BLOCK } from '../../support/eko-sandbox';
import { until } from '../../support/until';
import {
  t,
  connector,
  BAD_PID,
  MONEY,
  bookOf,
  sendTo,
  useEkoSandbox,
} from '../../support/eko-sandbox-connector';

useEkoSandbox();

describe('senders, recipients and one-time passwords', () => {
  it('the phone of a sender: the password that was sent, once, and no other', async () => {
    const dmt = connector.dmt!;
    const mobile = newMobile();
    const refused = { ok: false, kind: 'refused', rawStatus: '1' };
    expect(await dmt.verifyPhoneOtp(mobile, '1111')).toMatchObject(refused);
    const { otpRef } = valueOf(await dmt.sendPhoneOtp(mobile));
    expect(otpRef).toMatch(/^\d{10}$/);
    const [sent] = (await t.client.control('GET', `/otps?mobile=${mobile}`)).body.items as {
      otp: string;
    }[];
    const otp = sent!.otp;
    expect(await dmt.verifyPhoneOtp(mobile, otp === '1111' ? '2222' : '1111')).toMatchObject(refused);
    expect(await dmt.verifyPhoneOtp(mobile, otp)).toEqual({ ok: true, value: true });
    expect(await dmt.verifyPhoneOtp(mobile, otp)).toMatchObject(refused);
  });

  it('the way of a new sender, and back from every wrong turn', async () => {
    const dmt = connector.dmt!;
    const mobile = newMobile();
    const person = {
      mobile,
      name: 'Test Sender',
      bornOn: '1990-05-15',
      address: {
        line: 'Test Street',
        city: 'Indore',
        state: 'Madhya Pradesh',
        pincode: '452001',
        district: 'Indore',
      },
    };
    const stands = (state: string) => ({ ok: true, value: expect.objectContaining({ state }) as unknown });
    expect(await dmt.sender(mobile)).toEqual(stands('unknown'));
    expect(await dmt.startEkyc(mobile, AADHAAR, PID_BLOCK)).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '463',
    });
    expect(await dmt.enrolSender(person)).toEqual(stands('ekyc_pending'));
    expect(await dmt.enrolSender(person)).toEqual(stands('ekyc_pending'));
    expect(await dmt.sender(mobile)).toEqual(stands('ekyc_pending'));
    expect(await dmt.startEkyc(mobile, AADHAAR, BAD_PID)).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '2135',
    });
    const started = valueOf(await dmt.startEkyc(mobile, AADHAAR, PID_BLOCK));
    expect(await dmt.sender(mobile)).toEqual(stands('otp_pending'));
    const otp = await t.client.otpOf(started.otpRef);
    expect(await dmt.finishEkyc(mobile, otp === '111111' ? '222222' : '111111', started)).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '2131',
      rawReason: 'Wrong OTP',
    });
    expect(await dmt.finishEkyc(mobile, otp, started)).toEqual(stands('active'));
    expect(await dmt.sender(mobile)).toEqual({
      ok: true,
      value: { state: 'active', name: 'Test Sender', remainingPaise: 2_500_000n },
    });
    expect(await dmt.enrolSender(person)).toEqual(stands('active'));
  });

  it('recipients: none, one, and the same again is the one that is there', async () => {
    const dmt = connector.dmt!;
    const mobile = await activeSender(t, connector);
    expect(await dmt.recipients(mobile)).toEqual({ ok: true, value: [] });
    const details = recipient(newAccount());
    const added = await dmt.addRecipient(mobile, details);
    expect(added).toEqual({ ok: true, value: { ref: expect.stringMatching(/^\d+$/) as string } });
    expect(await dmt.addRecipient(mobile, details)).toEqual(added);
    expect(await dmt.recipients(mobile)).toEqual({
      ok: true,
      value: [
        {
          ref: valueOf(added).ref,
          name: 'Test Recipient',
          bank: 'State Bank of India',
          ifsc: 'SBIN0007515',
          accountNumber: details.accountNumber,
          mobile: '9002331157',
          isVerified: false,
        },
      ],
    });
    expect(await dmt.recipients(newMobile())).toMatchObject({ ok: false, kind: 'refused', rawStatus: '463' });
  });

  it('limits are told before the transfer, and what was sent this month is taken off', async () => {
    const dmt = connector.dmt!;
    const first = await transferTo(t, connector, '0000', { amountPaise: 500_000n });
    expect(await send(dmt, first)).toMatchObject({ kind: 'succeeded', amountPaise: 500_000n });
    expect(await dmt.sender(first.senderMobile)).toMatchObject({ value: { remainingPaise: 2_000_000n } });
    for (let i = 0; i < 4; i += 1)
      expect(
        await send(
          dmt,
          await transferTo(t, connector, '0000', { amountPaise: 500_000n, senderMobile: first.senderMobile }),
        ),
      ).toMatchObject({ kind: 'succeeded' });
    expect(await dmt.sendTransferOtp(first.senderMobile, first.recipientRef, 10_000n)).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '36',
    });
    await t.client.control('POST', '/settings', { recipient_limit_paise: 10_000 });
    const other = await transferTo(t, connector, '0000', { amountPaise: 10_000n });
    expect(await send(dmt, other)).toMatchObject({ kind: 'succeeded' });
    expect(await dmt.sendTransferOtp(other.senderMobile, other.recipientRef, 100n)).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '945',
    });
    await t.client.control('POST', '/settings', { recipient_limit_paise: 20_000_000 });
  });

  it('a transfer with a wrong, a used or an old one-time password has failed for good', async () => {
    const dmt = connector.dmt!;
    const refused = (rawReason: string, description: string) =>
      expect.objectContaining({
        kind: 'failed',
        sent: true,
        rawStatus: '1',
        rawReason,
        description,
      }) as unknown;
    const good = await transferTo(t, connector, '0000');
    expect(await send(dmt, { ...good, otp: good.otp === '1111' ? '2222' : '1111' })).toEqual(
      refused('otp_wrong', 'Wrong OTP'),
    );
    expect(await dmt.inquire({ ourReference: good.ourReference })).toMatchObject({ kind: 'failed' });
    const endingIn = (last: string): string =>
      good.ourReference.slice(0, 19) + (good.ourReference.endsWith(last) ? 'x' : last);
    const again = { ...good, ourReference: endingIn('z') };
    expect(await send(dmt, again)).toMatchObject({ kind: 'succeeded' });
    expect(await send(dmt, { ...good, ourReference: endingIn('y') })).toEqual(
      refused('otp_consumed', 'OTP already Consumed'),
    );
    const late = await transferTo(t, connector, '0000');
    await t.client.control('POST', '/settings', { otp_ttl_ms: 0 });
    const outcome = await send(dmt, late);
    await t.client.control('POST', '/settings', { otp_ttl_ms: 300_000 });
    expect(outcome).toEqual(refused('55', 'OTP expired'));
  });

  it('a failed transfer is refunded with the OTP of the customer, once', async () => {
    const { dmt, refunds } = connector as Required<typeof connector>;
    const { ourReference, outcome } = await sendTo(MONEY[0]!, '3333');
    const target = { ourReference, providerReference: outcome.providerReference! };
    expect(await refunds.sendRefundOtp(target.providerReference)).toMatchObject({
      ok: false,
      kind: 'refused',
    });
    await until(
      () => dmt.inquire(target),
      (a) => a.kind === 'refund_pending',
    );
    const { otpRef } = valueOf(await refunds.sendRefundOtp(target.providerReference));
    const otp = await t.client.otpOf(otpRef);
    expect(await refunds.refund(target, otp === '111111' ? '222222' : '111111', otpRef)).toMatchObject({
      kind: 'failed',
      sent: true,
      rawReason: 'otp_wrong',
    });
    expect(await dmt.inquire(target)).toMatchObject({ kind: 'refund_pending' });
    expect(await refunds.refund(target, otp, otpRef)).toEqual({
      kind: 'refunded',
      sent: true,
      rawStatus: 'type 74',
      commissionPaise: 287n,
      tdsPaise: 6n,
      chargePaise: 1_000n,
      httpStatus: 200,
      providerReference: target.providerReference,
      amountPaise: 10_050n,
    });
    expect(await dmt.inquire(target)).toMatchObject({ kind: 'refunded', rawStatus: '4' });
    expect(await refunds.refund(target, otp, otpRef)).toMatchObject({ kind: 'unknown', sent: true });
    expect(await refunds.sendRefundOtp(target.providerReference)).toMatchObject({
      ok: false,
      kind: 'refused',
    });
    expect(await bookOf(ourReference)).toEqual([expect.objectContaining({ net_debit_paise: 0 })]);
  });
});
