/** Transfers through Fino: sender, eKYC, recipients, the OTP of each transfer, the transfer itself, limits, inquiry and refund. */
import {
  AADHAAR_BLOCK,
  activeSender,
  byReference,
  inquire,
  newMobile,
  newRecipient,
  newReference,
  PID_BLOCK,
  SENDER_FIELDS,
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

describe('a sender', () => {
  it('goes from unknown to ready: 308, 2134, 2129, 2132, 309', async () => {
    const mobile = newMobile();
    const profile = () => t.client.call('GET', at(mobile));
    expect((await profile()).body).toEqual({
      status: 308,
      response_status_id: 1,
      response_type_id: 308,
      message: 'Failure!Customer Not Enrolled',
      data: { ekyc_enabled: '' },
    });
    const enrolled = {
      status: 0,
      response_status_id: 0,
      response_type_id: 2134,
      message: 'Customer KYC Pending',
      data: { otp_ref_id: '' },
    };
    expect((await t.client.call('POST', at(mobile), SENDER_FIELDS)).body).toEqual(enrolled);
    expect((await profile()).body).toEqual(enrolled);
    expect((await t.client.call('POST', at(mobile), SENDER_FIELDS)).body).toMatchObject({
      status: 0,
      response_type_id: 300,
      data: { customer_id: mobile, state: '2', state_desc: 'Non-Kyc' },
    });

    const started = await t.client.call('PUT', `${at(mobile)}/otp`, {
      aadhar: AADHAAR_BLOCK,
      piddata: PID_BLOCK,
    });
    expect(started.body).toMatchObject({
      status: 0,
      response_type_id: 2129,
      message: 'Validate the OTP',
      data: { kyc_request_id: expect.stringMatching(/^\d+$/), otp_ref_id: expect.stringMatching(/^\d{9}$/) },
    });
    expect((await profile()).body).toEqual(started.body); // whoever lost the answer finds the OTP reference again
    const { otp_ref_id: ref, kyc_request_id: kyc } = started.body.data;
    const verify = async (otp: string) =>
      (await t.client.call('PUT', `${at(mobile)}/otp/verify`, { otp, otp_ref_id: ref, kyc_request_id: kyc }))
        .body;
    const otp = await t.client.otpOf(ref);
    expect(await verify(otp === '111111' ? '222222' : '111111')).toEqual({
      status: 2131,
      response_status_id: 302,
      response_type_id: 2131,
      message: 'Validate OTP Failed',
      data: { description: 'Wrong OTP' },
    });
    expect(await verify(otp)).toMatchObject({
      status: 0,
      response_type_id: 2132,
      message: 'Customer Registration Completed',
    });
    expect(await verify(otp)).toEqual({
      status: 2131,
      response_status_id: 1,
      response_type_id: 2131,
      message: 'Validate OTP Failed',
      data: { description: 'Customer Already registred' },
    });
    expect((await profile()).body).toEqual({
      status: 0,
      response_status_id: -1,
      response_type_id: 309,
      message: 'Success!',
      data: {
        is_registered: 0,
        next_allowed_limit: 25_000,
        kyc_state: 0,
        customer_profile: {
          total_monthly_limit: '25000.0',
          mobile,
          balance: '0.00',
          next_allowed_limit: '25000.0',
          name: 'Test Sender',
          kyc_state: 1,
          chart: [{ data_type_id: 10, data: { unavailable: 0, used: 0, remaining: 25_000 }, label: '' }],
        },
      },
    });
    expect((await t.client.call('POST', at(mobile), SENDER_FIELDS)).body.response_type_id).toBe(309);
    expect(
      (await t.client.call('PUT', `${at(mobile)}/otp`, { aadhar: AADHAAR_BLOCK, piddata: PID_BLOCK })).body,
    ).toMatchObject({
      status: 2135,
      data: { description: expect.stringContaining('existing relationship') },
    });
  });

  it('is refused with a bad capture, a number that is not encrypted, or an OTP that is too old', async () => {
    const mobile = newMobile();
    const kyc = async (fields: Json) =>
      (
        await t.client.call('PUT', `${at(mobile)}/otp`, {
          aadhar: AADHAAR_BLOCK,
          piddata: PID_BLOCK,
          ...fields,
        })
      ).body;
    expect(await kyc({})).toMatchObject({
      status: 463,
      response_type_id: -1,
      invalid_params: { customer_id: 'Customer does not exist in System' },
    });
    await t.client.call('POST', at(mobile), SENDER_FIELDS);
    expect(await kyc({ piddata: PID_BLOCK.replace("errCode='0'", "errCode='700'") })).toEqual({
      status: 2135,
      response_status_id: 1,
      response_type_id: 2135,
      message: 'Customer KYC Pending',
      data: { description: 'K-100 EKYC Verification failed' },
    });
    expect(await kyc({ aadhar: '234567890124' })).toMatchObject({
      status: 97,
      invalid_params: { aadhar: 'Please provide the value of the field {2} {3}' },
    });
    expect(await kyc({ piddata: 'planted' })).toMatchObject({ status: 132 });
    expect(await kyc({ piddata: '' })).toMatchObject({ status: 97 });
    const { data } = await kyc({});
    await t.client.control('POST', '/settings', { otp_ttl_ms: 0 });
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
    const late = await t.client.call('PUT', `${at(mobile)}/otp/verify`, {
      otp: await t.client.otpOf(data.otp_ref_id),
      otp_ref_id: data.otp_ref_id,
      kyc_request_id: data.kyc_request_id,
    });
    await t.client.control('POST', '/settings', { otp_ttl_ms: 300_000 });
    expect(late.body).toMatchObject({
      status: 2131,
      response_status_id: 303,
      data: { description: 'OTP expired' },
    });
    expect((await t.client.call('GET', `${at(mobile)}/recipients`)).body).toMatchObject({ status: 2134 });
  });

  it('has recipients: 22 none, 43 added, 342 known, 23 the list', async () => {
    const mobile = await activeSender(t.client);
    expect((await t.client.call('GET', `${at(mobile)}/recipients`)).body).toEqual({
      status: 0,
      response_status_id: -1,
      message: 'No recepients found',
      response_type_id: 22,
    });
    const fields = {
      recipient_mobile: '9002331157',
      recipient_name: 'Test Recipient',
      ifsc: 'SBIN0007515',
      account: '38759149196',
    };
    const added = await t.client.call('POST', `${at(mobile)}/recipient`, fields);
    expect(added.body).toMatchObject({
      status: 0,
      response_type_id: 43,
      data: { recipient_id: expect.any(Number), customer_id: mobile, pipes: {}, otp_ref_id: '' },
    });
    expect((await t.client.call('POST', `${at(mobile)}/recipient`, fields)).body).toEqual({
      status: 342,
      response_status_id: 1,
      response_type_id: -1,
      message: 'Recipient already registered',
      data: {},
    });
    const { data } = (await t.client.call('GET', `${at(mobile)}/recipients`)).body;
    expect(data.recipient_list).toEqual([
      expect.objectContaining({
        recipient_id: added.body.data.recipient_id,
        account: '38759149196',
        bank: 'State Bank of India',
        ifsc: 'SBIN0007515',
        recipient_name: 'Test Recipient',
      }),
    ]);
    expect(
      (await t.client.call('POST', `${at(mobile)}/recipient`, { ...fields, ifsc: 'SBIN7515' })).body,
    ).toMatchObject({ status: 132, invalid_params: { ifsc: expect.any(String) } });
    expect(
      (await t.client.call('POST', `${at(mobile)}/recipient`, { ...fields, account: '' })).body,
    ).toMatchObject({ status: 97, invalid_params: { account: expect.any(String) } });
    expect((await t.client.call('GET', `${at('9000000001')}/recipients`)).body).toMatchObject({
      status: 463,
    });
  });
});

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
    expect(answers.map((a) => a.body.status).filter((status) => status !== 132)).toEqual([0]);
    expect(answers.find((a) => a.body.status === 132)!.body).toEqual({
      status: 132,
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
    ).toMatchObject({ status: 132, invalid_params: { client_ref_id: expect.any(String) } });
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
      status: 132,
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
    ).toBe(0); // to the last rupee
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
    ['recipient_id', 1, 132],
    ['amount', 0, 132],
    ['amount', -5, 132],
    ['amount', '1e3', 132],
    ['amount', 10.005, 132],
    ['amount', 'ten', 132],
    ['otp', '', 97],
    ['otp_ref_id', undefined, 97],
    ['client_ref_id', undefined, 97],
    ['client_ref_id', 'a b', 132],
    ['client_ref_id', { $gt: '' }, 132],
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
    expect((await t.client.call('GET', at(sender))).body.data).toMatchObject({ next_allowed_limit: 25_000 }); // the month has its amount back
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
