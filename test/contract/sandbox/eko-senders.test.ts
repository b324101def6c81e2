/** Senders of transfers through Fino: enrolment, eKYC and recipients. */
import {
  AADHAAR_BLOCK,
  activeSender,
  newMobile,
  PID_BLOCK,
  SENDER_FIELDS,
  startEkoSandbox,
  type EkoSandbox,
  type Json,
} from '../../support/eko-sandbox';

let t: EkoSandbox;
beforeAll(async () => {
  t = await startEkoSandbox();
});
afterAll(async () => {
  await t.close();
});

const at = (mobile: string): string => `/customer/payment/dmt-fino/sender/${mobile}`;

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
    // a client that lost the answer finds the OTP reference again
    expect((await profile()).body).toEqual(started.body);
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
    expect(await kyc({ piddata: 'planted' })).toMatchObject({ status: 461 });
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
    ).toMatchObject({ status: 461, invalid_params: { ifsc: expect.any(String) } });
    expect(
      (await t.client.call('POST', `${at(mobile)}/recipient`, { ...fields, account: '' })).body,
    ).toMatchObject({ status: 97, invalid_params: { account: expect.any(String) } });
    expect((await t.client.call('GET', `${at('9000000001')}/recipients`)).body).toMatchObject({
      status: 463,
    });
  });
});
