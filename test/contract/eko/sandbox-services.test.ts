import {
  AADHAAR,
  billTo,
  COUNTER,
  newAccount,
  rechargeTo,
  send,
  valueOf,
  visitOf,
} from '../../support/eko-connected';
import { LATLONG } from '../../support/eko-sandbox';
import { t, connector, BAD_PID, useEkoSandbox } from '../../support/eko-sandbox-connector';

useEkoSandbox();

describe('bills and recharges', () => {
  it('every biller of the list says what it asks for', async () => {
    const bbps = connector.bbps!;
    const categories = valueOf(await bbps.categories());
    expect(categories).toContainEqual({ id: '8', name: 'Electricity' });
    const all = (
      await Promise.all(
        categories.map(async ({ id }) =>
          valueOf(await bbps.billers(id)).map((biller) => ({ ...biller, in: id })),
        ),
      )
    ).flat();
    expect(all.length).toBeGreaterThan(10);
    for (const { id, category, in: listedIn, fetch, exactness } of all) {
      expect(category).toBe(listedIn);
      const biller = valueOf(await bbps.biller(id));
      expect(biller).toMatchObject({ id, category, fetch, exactness, isAvailable: true });
      expect(biller.parameters[0]).toMatchObject({
        name: 'utility_acc_no',
        isOptional: false,
        pattern: expect.stringMatching(/^\^/) as string,
      });
    }
    expect(await bbps.biller('99999')).toMatchObject({ ok: false, kind: 'refused', rawStatus: '461' });
  });

  it('a bill is fetched and paid as it is; another amount is refused for good', async () => {
    const bbps = connector.bbps!;
    const of = {
      biller: { id: '190', category: '8' },
      customer: {
        mobile: '9903457748',
        name: null,
        parameters: [
          { name: 'utility_acc_no', value: '1234560000' },
          { name: 'district_discome', value: 'Lucknow-MVVNL' },
        ],
      },
    };
    const fetched = valueOf(
      await bbps.startFetch({ ...of, ourReference: billTo('0000').ourReference, counter: COUNTER }),
    );
    expect(fetched).toMatchObject({
      state: 'fetched',
      exactness: 'exact',
      bills: [
        {
          customerName: 'Test Customer',
          dueDate: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string,
          billDate: null,
        },
      ],
    });
    const [bill] = fetched.bills;
    const wrong = billTo('0000', { ...of, bill: bill!, amountPaise: bill!.amountPaise + 100n });
    expect(await send(bbps, wrong)).toMatchObject({
      kind: 'failed',
      sent: true,
      rawStatus: 'status 208',
      rawReason: '208',
      providerReference: expect.any(String) as string,
    });
    expect(await bbps.inquire({ ourReference: wrong.ourReference })).toMatchObject({
      kind: 'failed',
      rawStatus: '1',
    });
    expect(
      await send(
        bbps,
        billTo('0000', { ...of, bill: bill!, amountPaise: bill!.amountPaise, fetchRef: fetched.refId }),
      ),
    ).toMatchObject({ kind: 'succeeded', amountPaise: bill!.amountPaise });
    expect(
      await bbps.startFetch({
        ...of,
        customer: {
          ...of.customer,
          parameters: [{ name: 'utility_acc_no', value: '1234561468' }, of.customer.parameters[1]!],
        },
        ourReference: billTo('0000').ourReference,
        counter: COUNTER,
      }),
    ).toMatchObject({ ok: true, value: { state: 'failed', bills: [] } });
    expect(
      await send(
        bbps,
        billTo('0000', {
          ...of,
          customer: { ...of.customer, parameters: [{ name: 'utility_acc_no', value: '1' }] },
        }),
      ),
    ).toMatchObject({ kind: 'failed', sent: true, rawReason: 'invalid_params' });
  });

  it('numbers are looked up, plans listed; what has no one name is not guessed', async () => {
    const recharge = connector.recharge!;
    const seen = await Promise.all(
      Array.from({ length: 20 }, (_, i) => recharge.operatorOf(`9${i % 4}${Math.floor(i / 4)}3450000`)),
    );
    const known = seen.flatMap((answer) => (answer.ok ? [answer.value] : []));
    expect(new Set(known.map(({ operator }) => operator))).toEqual(new Set(['airtel', 'jio', 'vi', 'bsnl']));
    expect(new Set(known.map(({ circle }) => circle))).toEqual(
      new Set(['Madhya Pradesh', 'Maharashtra', 'Karnataka', 'Haryana']),
    );
    const unnamed = seen.filter((answer) => !answer.ok); // Uttar Pradesh is two circles under one code
    expect(unnamed).toEqual(
      unnamed.map(() => ({
        ok: false,
        kind: 'unknown',
        rawStatus: '<circle without a name>',
        rawReason: '9',
      })),
    );
    for (const at of known)
      expect(valueOf(await recharge.plans('9876540000', at))).toContainEqual({
        amountPaise: 29_900n,
        validity: '28 Days',
        description: '1 GB/day + Unlimited Calls',
      });
    expect(await recharge.plans('9876541805', known[0]!)).toMatchObject({
      ok: false,
      kind: 'unknown',
      rawStatus: 'type 1805',
    });
    expect(await send(recharge, rechargeTo('0000', { amountPaise: 500n }))).toMatchObject({
      kind: 'failed',
      rawReason: 'invalid_params',
    });
  });
});

describe('Aadhaar payments', () => {
  it('an agent is activated, known to the bank, checked for the day, and pays out', async () => {
    const aeps = connector.aeps!;
    const terminal = { userCode: '50001001', latlong: LATLONG };
    await t.client.control('POST', '/agents', { user_code: terminal.userCode });
    const request = { ...visitOf('0000'), terminal, amountPaise: 100_000n };
    const mobile = request.customerMobile;
    const address = JSON.stringify({ line: 'Shop 1', city: 'Singtam', state: 'Sikkim', pincode: '737134' });
    const photo = Buffer.from([0xff, 0xd8, 0xff, 0xe0]);
    const activation = {
      userCode: terminal.userCode,
      deviceModel: 'Morpho 1300E3',
      deviceNumber: 'SN1234567890',
      accountNumber: newAccount(),
      ifsc: 'SBIN0007515',
      shopType: '4215',
      pan: 'ABCDE1234F',
      aadhaar: AADHAAR,
      officeAddress: address,
      proofAddress: 'A plain line',
      latlong: LATLONG,
      aadhaarFront: photo,
      aadhaarBack: photo,
      panCard: photo,
    };
    const agent = { terminal, customerMobile: mobile };
    expect(await aeps.sendKycOtp({ ...agent, aadhaar: AADHAAR })).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '346',
    });
    expect(await aeps.withdraw(request)).toMatchObject({ kind: 'failed', sent: true, rawReason: '346' });
    expect(await aeps.activateAgent({ ...activation, userCode: '59999999' })).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '1297',
    });
    expect(await aeps.activateAgent(activation)).toEqual({ ok: true, value: true });
    expect(await aeps.withdraw(request)).toMatchObject({
      kind: 'failed',
      sent: true,
      rawReason: 'bank_ekyc_required',
      description: 'Please complete bank eKYC to process the transaction.',
    });
    const sent = valueOf(await aeps.sendKycOtp({ ...agent, aadhaar: AADHAAR }));
    const otp = await t.client.otpOf(sent.otpRef);
    expect(
      await aeps.verifyKycOtp(
        { ...agent, aadhaar: AADHAAR, otp: otp === '111111' ? '222222' : '111111' },
        sent,
      ),
    ).toMatchObject({ ok: false, kind: 'refused', rawStatus: '461' });
    const verified = valueOf(await aeps.verifyKycOtp({ ...agent, aadhaar: AADHAAR, otp }, sent));
    expect(
      await aeps.biometricKyc(
        { ...agent, bankCode: 'HDFC', biometrics: { aadhaar: AADHAAR, pid: BAD_PID } },
        verified,
      ),
    ).toMatchObject({ ok: false, kind: 'refused', rawStatus: '461' });
    expect(
      await aeps.biometricKyc({ ...agent, bankCode: 'HDFC', biometrics: request.biometrics }, verified),
    ).toEqual({
      ok: true,
      value: true,
    });
    expect(
      await aeps.dailyKyc({ ...agent, bankCode: 'HDFC', biometrics: { aadhaar: AADHAAR, pid: BAD_PID } }),
    ).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '1714',
    });
    expect(await aeps.dailyKyc({ ...agent, bankCode: 'HDFC', biometrics: request.biometrics })).toEqual({
      ok: true,
      value: true,
    });
    expect(await aeps.withdraw(request)).toMatchObject({
      kind: 'succeeded',
      amountPaise: 100_000n,
      customerBalancePaise: expect.any(BigInt) as bigint,
      maskedAadhaar: expect.stringMatching(/^XXXX XXXX \d{4}$/) as string,
    });
  });

  it('a balance and a statement are shown, and refused', async () => {
    const aeps = connector.aeps!;
    expect(await aeps.balance(visitOf('0000'))).toEqual({
      ok: true,
      value: {
        customerBalancePaise: expect.any(BigInt) as bigint,
        reference: expect.stringMatching(/^\d{10}$/) as string,
      },
    });
    expect(valueOf(await aeps.miniStatement(visitOf('0000'))).lines).toHaveLength(3);
    expect(await aeps.balance(visitOf('1111'))).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '1464',
    });
    expect(await aeps.miniStatement(visitOf('1111'))).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '1528',
    });
    expect(await aeps.balance(visitOf('5555'), { timeouts: { totalMs: 300 } })).toMatchObject({
      ok: false,
      kind: 'unknown',
      rawStatus: '<timeout>',
    });
    expect(await aeps.miniStatement(visitOf('7777'))).toMatchObject({
      ok: false,
      kind: 'unknown',
      rawStatus: '<http 500>',
    });
    expect(
      await aeps.withdraw({ ...visitOf('0000', { bankCode: 'ZZZZ' }), amountPaise: 100_000n }),
    ).toMatchObject({
      kind: 'failed',
      sent: true,
      rawReason: '1464',
      description: 'Transaction Not Completed',
    });
  });
});
