/** Transfers through Fino: the OTP of each transfer, the transfer itself and its limits. */
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
  type Json,
} from '../../support/eko-sandbox';
import { until } from '../../support/until';

let t: EkoSandbox;
beforeAll(async () => {
  t = await startEkoSandbox();
});
afterAll(async () => {
  await t.close();
});

const at = (mobile: string): string => `/customer/payment/dmt-fino/sender/${mobile}`;
const balanceOf = async (): Promise<number> => Number((await summaryOf(t.client)).balance_paise);

describe('a transfer', () => {
  it('is done at once: 325, the float pays amount and fee less the commission', async () => {
    const sender = await activeSender(t.client);
    const { id, account } = await newRecipient(t.client, sender);
    const before = await balanceOf();
    const ref = newReference();
    const { body } = await transfer(t.client, {
      customer_id: sender,
      recipient_id: id,
      amount: 2000,
      client_ref_id: ref,
    });
    expect(body).toEqual({
      status: 0,
      response_status_id: 0,
      response_type_id: 325,
      message: 'Transaction successful',
      data: {
        tx_status: '0',
        txstatus_desc: 'Success',
        tid: expect.stringMatching(/^35\d{8}$/),
        amount: '2000.00',
        fee: '20.0',
        collectable_amount: '2020.0',
        service_tax: '3.05',
        tds: '0.23',
        commission: '11.35',
        sender_name: 'Test Sender',
        recipient_name: 'Test Recipient',
        recipient_id: id,
        bank: 'State Bank of India',
        account,
        channel_desc: 'IMPS',
        bank_ref_num: expect.stringMatching(/^\d{12}$/),
        balance: expect.stringMatching(/^9\.\d+E7$/),
        client_ref_id: ref,
        currency: 'INR',
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      },
    });
    const cost = 202_000 - 1_135 + 23;
    expect(await balanceOf()).toBe(before - cost);
    const profile = await t.client.call('GET', at(sender));
    expect(profile.body.data).toMatchObject({
      next_allowed_limit: 23_000,
      customer_profile: { chart: [{ data: { used: 2_000, remaining: 23_000 } }] },
    });

    const found = await inquire(t.client, body.data.tid!);
    expect(found.body).toEqual({
      status: 0,
      response_status_id: 0,
      response_type_id: 1472,
      message: 'Sucess! Enquiry success.',
      data: {
        bank_ref_num: body.data.bank_ref_num,
        account,
        fee: '20.0',
        client_ref_id: ref,
        gst: '3.05',
        sender_name: 'Test Sender',
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
        ifsc: 'SBIN0007515',
        beneficiary_account_type: 1,
        txstatus_desc: 'Success',
        tx_status: '0',
        tid: body.data.tid,
        amount: '2000.0',
        payment_mode: 5,
        recipient_name: 'Test Recipient',
      },
    });
    expect((await byReference(t.client, ref)).body).toEqual(found.body);
    const [callback] = await until(
      () => t.receiver.received.filter((c) => c.client_ref_id === ref),
      (seen) => seen.length === 1,
    );
    expect(callback).toEqual({
      tx_status: '0',
      amount: '2000.0',
      payment_mode: '5',
      txstatus_desc: 'Success',
      fee: '20.0',
      gst: '3.05',
      sender_name: 'Test Sender',
      tid: body.data.tid,
      beneficiary_account_type: null,
      client_ref_id: ref,
      old_tx_status: '2',
      old_tx_status_desc: 'Initiated',
      bank_ref_num: body.data.bank_ref_num,
      ifsc: 'SBIN0007515',
      recipient_name: 'Test Recipient',
      account,
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
    });
  });

  it.each([
    [100, '10.0', '2.87', '0.06'],
    [1000, '10.0', '2.87', '0.06'],
    [1000.5, '10.01', '3.72', '0.07'],
    [2001, '20.01', '15.59', '0.31'],
    [5000, '50.0', '36.77', '0.74'],
  ])('of %d has fee %s, commission %s, TDS %s', async (amount, fee, commission, tds) => {
    const sender = await activeSender(t.client);
    const { id } = await newRecipient(t.client, sender);
    const { body } = await transfer(t.client, {
      customer_id: sender,
      recipient_id: id,
      amount,
      client_ref_id: newReference(),
    });
    expect(body.data).toMatchObject({ fee, commission, tds });
  });

  it('takes an OTP once, of this customer, recipient and amount, while it is young', async () => {
    const sender = await activeSender(t.client);
    const { id } = await newRecipient(t.client, sender);
    const sent = (
      await t.client.call('POST', '/customer/payment/dmt-fino/otp', {
        customer_id: sender,
        recipient_id: id,
        amount: 100,
      })
    ).body;
    expect(sent).toEqual({
      status: 0,
      response_status_id: 0,
      response_type_id: 2133,
      message: 'Send OTP',
      data: { otp_ref_id: expect.stringMatching(/^\d{9}$/) },
    });
    const otp = await t.client.otpOf(sent.data.otp_ref_id);
    const pay = async (fields: Json) =>
      (
        await t.client.call('POST', '/customer/payment/dmt-fino', {
          customer_id: sender,
          recipient_id: id,
          amount: 100,
          client_ref_id: newReference(),
          otp,
          otp_ref_id: sent.data.otp_ref_id,
          ...fields,
        })
      ).body;
    const declined = (reason: string) => ({
      status: 55,
      response_status_id: 1,
      response_type_id: 55,
      message: 'Transaction declined. Please try after sometime.',
      data: { tx_status: '1', txstatus_desc: 'Failed', reason },
    });
    const before = await balanceOf();
    const ref = newReference();
    expect(await pay({ otp: otp === '1111' ? '2222' : '1111', client_ref_id: ref })).toEqual(
      declined('Wrong OTP'),
    );
    expect((await byReference(t.client, ref)).body.data).toMatchObject({
      tx_status: '1',
      txstatus_desc: 'Fail',
      client_ref_id: ref,
    });
    expect(await pay({ amount: 101 })).toEqual(declined('Wrong OTP'));
    expect(await pay({ otp_ref_id: '123456789' })).toEqual(declined('Wrong OTP'));
    await t.client.control('POST', '/settings', { otp_ttl_ms: 0 });
    expect(await pay({})).toEqual(declined('OTP expired'));
    await t.client.control('POST', '/settings', { otp_ttl_ms: 300_000 });
    expect(await balanceOf()).toBe(before);
    expect((await pay({})).response_type_id).toBe(325);
    const again = newReference();
    const consumed = await pay({ client_ref_id: again });
    expect(consumed).toEqual({
      status: 55,
      response_status_id: 1,
      response_type_id: 55,
      message: 'Transaction declined. Please try after sometime.',
      data: {
        tx_status: '1',
        txstatus_desc: 'Failed',
        reason: 'OTP already Consumed',
        amount: '100.00',
        tid: expect.stringMatching(/^\d{10}$/),
        client_ref_id: again,
        balance: expect.any(String),
      },
    });
  });

  it('takes the OTP of the settings when one is set', async () => {
    const sender = await activeSender(t.client);
    const { id } = await newRecipient(t.client, sender);
    await t.client.control('POST', '/settings', { otp: '4702' });
    const answer = await transfer(
      t.client,
      { customer_id: sender, recipient_id: id, amount: 100, client_ref_id: newReference() },
      { otp: '4702' },
    );
    await t.client.control('POST', '/settings', { otp: null });
    expect(answer.body.response_type_id).toBe(325);
  });

  it('never takes a client_ref_id again, not even at the same moment', async () => {
    const sender = await activeSender(t.client);
    const { id } = await newRecipient(t.client, sender);
    const ref = newReference();
    const before = await balanceOf();
    const answers = await Promise.all(
      Array.from({ length: 4 }, () =>
        transfer(t.client, { customer_id: sender, recipient_id: id, amount: 100, client_ref_id: ref }),
      ),
    );
    expect(answers.map((a) => a.body.status).filter((status) => status !== 461)).toEqual([0]);
    expect(answers.find((a) => a.body.status === 461)!.body).toEqual({
      status: 461,
      response_status_id: 1,
      response_type_id: -1,
      message: 'Please provide a valid value of the field',
      invalid_params: { client_ref_id: 'client_ref_id already exists' },
    });
    expect(await balanceOf()).toBe(before - (11_000 - 287 + 6));
    const { body } = await t.client.control('GET', `/book/transactions?client_ref_ids=${ref}`);
    expect(body.items).toEqual([
      expect.objectContaining({ requests_seen: 4, net_debit_paise: 10_719, tx_status: '0' }),
    ]);
    expect(
      (
        await transfer(t.client, {
          customer_id: sender,
          recipient_id: id,
          amount: 100,
          client_ref_id: 'x'.repeat(21),
        })
      ).body,
    ).toMatchObject({ status: 461, invalid_params: { client_ref_id: expect.any(String) } });
  });

  it('keeps to 5,000 a transfer and 25,000 a calendar month in India', async () => {
    const sender = await activeSender(t.client);
    const { id, account } = await newRecipient(t.client, sender);
    const askOtp = async (amount: number, shiftMs = 0) =>
      (
        await t.client.call(
          'POST',
          '/customer/payment/dmt-fino/otp',
          { customer_id: sender, recipient_id: id, amount },
          { shiftMs },
        )
      ).body;
    expect(await askOtp(5000.01)).toMatchObject({
      status: 461,
      invalid_params: { amount: expect.any(String) },
    });
    const early = await askOtp(200);
    for (let i = 0; i < 5; i += 1)
      expect(
        (
          await transfer(t.client, {
            customer_id: sender,
            recipient_id: id,
            amount: i === 4 ? 4_900 : 5_000,
            client_ref_id: newReference(),
          })
        ).body.status,
      ).toBe(0);
    expect(await askOtp(101)).toEqual({
      status: 36,
      response_status_id: 1,
      response_type_id: 36,
      message: 'Sender/beneficiary monthly limit exhausted',
      data: {},
    });
    const late = await t.client.call('POST', '/customer/payment/dmt-fino', {
      customer_id: sender,
      recipient_id: id,
      amount: 200,
      client_ref_id: newReference(),
      otp: await t.client.otpOf(early.data.otp_ref_id),
      otp_ref_id: early.data.otp_ref_id,
    });
    expect(late.body).toMatchObject({
      status: 55,
      data: { reason: 'Sender/beneficiary monthly limit exhausted' },
    });
    expect(
      (
        await transfer(t.client, {
          customer_id: sender,
          recipient_id: id,
          amount: 100,
          client_ref_id: newReference(),
        })
      ).body.status,
    ).toBe(0); // exactly the limit
    expect((await askOtp(1)).status).toBe(36);
    const shiftMs = 32 * 86_400_000;
    await t.client.control('POST', '/settings', { clock_shift_ms: shiftMs });
    expect((await askOtp(5000, shiftMs)).response_type_id).toBe(2133);
    await t.client.control('POST', '/settings', { clock_shift_ms: 0, recipient_limit_paise: 2_510_000 });
    const other = await activeSender(t.client);
    const shared = (
      await t.client.call('POST', `${at(other)}/recipient`, {
        recipient_mobile: '9002331157',
        recipient_name: 'Test Recipient',
        ifsc: 'SBIN0007515',
        account,
      })
    ).body;
    const refused = await t.client.call('POST', '/customer/payment/dmt-fino/otp', {
      customer_id: other,
      recipient_id: shared.data.recipient_id,
      amount: 101,
    });
    await t.client.control('POST', '/settings', { recipient_limit_paise: 20_000_000 });
    expect(refused.body).toEqual({
      status: 945,
      response_status_id: 1,
      response_type_id: 945,
      message: 'Beneficiary monthly limit exhausted',
      data: {},
    });
  });

  it('is declined when the float is short, and nothing is taken', async () => {
    const poor = await startEkoSandbox({ openingPaise: 21_500n });
    const sender = await activeSender(poor.client);
    const { id } = await newRecipient(poor.client, sender);
    const send = async () =>
      (
        await transfer(poor.client, {
          customer_id: sender,
          recipient_id: id,
          amount: 100,
          client_ref_id: newReference(),
        })
      ).body;
    expect((await send()).status).toBe(0);
    expect((await send()).status).toBe(0); // 2 × 107.19
    expect(await send()).toEqual({
      status: 55,
      response_status_id: 1,
      response_type_id: 55,
      message: 'Transaction declined. Please try after sometime.',
      data: { tx_status: '1', txstatus_desc: 'Failed', reason: 'Insufficient balance' },
    });
    expect(
      (
        await poor.client.call('GET', '/user/account/balance', {
          customer_id_type: 'mobile_number',
          customer_id: '9962981729',
        })
      ).body.data,
    ).toEqual({ last_used_okekey: '0', balance: '0.62', currency: 'INR', customer_id: '9962981729' });
    await poor.client.control('POST', '/deposits', { amount_paise: 100_000 });
    expect((await send()).status).toBe(0);
    await poor.close();
  });

  it.each([
    ['customer_id', '', 97],
    ['recipient_id', undefined, 97],
    ['recipient_id', 1, 461],
    ['amount', 0, 461],
    ['amount', -5, 461],
    ['amount', '1e3', 461],
    ['amount', 10.005, 461],
    ['amount', 'ten', 461],
    ['otp', '', 97],
    ['otp_ref_id', undefined, 97],
    ['client_ref_id', undefined, 97],
    ['client_ref_id', 'a b', 461],
    ['client_ref_id', { $gt: '' }, 461],
    ['customer_id', '9000000002', 463],
  ])('%s %j is answered %d, and nothing is booked', async (field, value, status) => {
    const sender = await activeSender(t.client);
    const { id } = await newRecipient(t.client, sender);
    const count = (await summaryOf(t.client)).transactions;
    const { body, http } = await t.client.call('POST', '/customer/payment/dmt-fino', {
      customer_id: sender,
      recipient_id: id,
      amount: 100,
      client_ref_id: newReference(),
      otp: '1234',
      otp_ref_id: '666902416',
      [field]: value,
    });
    expect([http, body.status]).toEqual([200, status]);
    expect(body.invalid_params).toEqual({ [field]: expect.any(String) });
    expect((await summaryOf(t.client)).transactions).toBe(count);
  });
});
