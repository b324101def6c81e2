/** Inquiry and refund of transfers through Fino. */
import {
  activeSender,
  byReference,
  inquire,
  newRecipient,
  newReference,
  startEkoSandbox,
  summaryOf,
  transfer,
  type EkoSandbox,
} from '../../support/eko-sandbox';
import { until } from '../../support/until';

let t: EkoSandbox;
beforeAll(async () => {
  t = await startEkoSandbox({ slowMs: 1_500 }); // asked for within it, a refund is not due yet
});
afterAll(async () => {
  await t.close();
});

const at = (mobile: string): string => `/customer/payment/dmt-fino/sender/${mobile}`;
const balanceOf = async (): Promise<number> => Number((await summaryOf(t.client)).balance_paise);

describe('a refund', () => {
  it('of a transfer that is refund pending takes the customer’s OTP, and gives everything back', async () => {
    const sender = await activeSender(t.client);
    const { id } = await newRecipient(t.client, sender, '3333');
    const before = await balanceOf();
    const ref = newReference();
    const sent = await transfer(t.client, {
      customer_id: sender,
      recipient_id: id,
      amount: 5000,
      client_ref_id: ref,
    });
    expect(sent.body).toEqual({
      status: 0,
      response_status_id: 0,
      message: 'Transaction in progress',
      data: { tx_status: '2', txstatus_desc: 'Awaited', tid: expect.any(String), amount: '5000.00' },
    });
    const tid = sent.body.data.tid!;
    const askOtp = async () => (await t.client.call('POST', `/customer/payment/refund/${tid}/otp`)).body;
    const refund = async (otp: string, otpRef?: unknown) =>
      (
        await t.client.call('POST', `/customer/payment/refund/${tid}`, {
          otp: Number(otp),
          ...(otpRef === undefined ? {} : { otp_ref_id: otpRef }),
        })
      ).body;
    expect(await askOtp()).toEqual({
      status: 1,
      response_status_id: -1,
      message: 'Transaction is not in a refundable state.',
      data: {},
    });
    await until(
      () => inquire(t.client, tid),
      ({ body }) => body.data.tx_status === '3',
    );
    await until(
      () =>
        t.receiver.received
          .filter((c) => c.tid === tid)
          .map((c) => `${String(c.old_tx_status)}${String(c.tx_status)}`),
      (seen) => seen.join() === '23',
    );
    expect(await balanceOf()).toBe(before - (505_000 - 3_677 + 74));
    const otpSent = await askOtp();
    expect(otpSent).toEqual({
      status: 2133,
      response_status_id: 1,
      response_type_id: 2133,
      message: 'Send OTP',
      data: { otp_ref_id: expect.stringMatching(/^[A-Za-z0-9+/=]{40,}$/) },
    });
    const otp = await t.client.otpOf(otpSent.data.otp_ref_id);
    expect(await refund(otp === '111111' ? '222222' : '111111', otpSent.data.otp_ref_id)).toEqual({
      status: 1,
      response_status_id: 302,
      message: 'Wrong OTP. Please enter the correct OTP.',
      data: {},
    });
    await t.client.control('POST', '/settings', { otp_ttl_ms: 0 });
    expect(await refund(otp)).toMatchObject({ status: 1, response_status_id: 303 });
    await t.client.control('POST', '/settings', { otp_ttl_ms: 300_000, otp: '654321' });
    const done = await refund('654321', otpSent.data.otp_ref_id);
    await t.client.control('POST', '/settings', { otp: null });
    expect(done).toEqual({
      status: 0,
      response_status_id: 0,
      response_type_id: 74,
      message: 'Refund done',
      data: {
        refund_tid: expect.stringMatching(/^\d{10}$/),
        amount: '5000.00',
        tds: '0.74',
        balance: expect.any(String),
        fee: '50.0',
        currency: 'INR',
        commission_reverse: '36.77',
        tid,
        timestamp: expect.stringMatching(/Z$/),
        refunded_amount: '5050.00',
      },
    });
    expect(await balanceOf()).toBe(before);
    expect((await byReference(t.client, ref)).body.data).toMatchObject({
      tx_status: '4',
      txstatus_desc: 'Refunded',
    });
    expect(await askOtp()).toEqual({
      status: 1,
      response_status_id: -1,
      message: 'Transaction is already in refunded state.',
      data: {},
    });
    // the amount no longer counts for the month
    expect((await t.client.call('GET', at(sender))).body.data).toMatchObject({ next_allowed_limit: 25_000 });
  });

  it('of nothing is not found', async () => {
    for (const path of ['/customer/payment/refund/3999999999/otp', '/customer/payment/refund/12/otp'])
      expect((await t.client.call('POST', path)).body).toEqual({
        status: 1,
        response_status_id: -1,
        message: 'No transaction found for the given reference.',
        data: {},
      });
    for (const reference of ['3999999999', 'client_ref_id:NEVERSENT', '1'])
      expect((await inquire(t.client, reference)).body).toEqual({
        status: 1,
        response_status_id: -1,
        message: 'No transaction found for the given reference.',
        data: {},
      });
  });
});
