/**
 * The connector of Eko against the sandbox that speaks Eko: they share no code, and each was written from the
 * contract. What one says the other has to understand.
 */
import type { Connector } from '../../../domain/connectors';
import type { InquiryAnswer, ProviderOutcome } from '../../../domain/provider/outcome';
import {
  activeSender,
  AADHAAR,
  billTo,
  connectEko,
  COUNTER,
  moneyCalls,
  newAccount,
  recipient,
  rechargeTo,
  send,
  transferTo,
  valueOf,
  visitOf,
  type Money,
  type Sent,
} from '../../support/eko-connected';
import {
  LATLONG,
  newMobile,
  PID_BLOCK,
  startEkoSandbox,
  USER_CODE,
  type EkoSandbox,
  type Json,
} from '../../support/eko-sandbox';
import { until } from '../../support/until';

let t: EkoSandbox;
let connector: Connector;
const open: Connector[] = [];
const BAD_PID = PID_BLOCK.replace("errCode='0'", "errCode='700'");

beforeAll(async () => {
  t = await startEkoSandbox({ slowMs: 250 });
  connector = connectEko(t);
  open.push(connector);
  await t.client.control('POST', '/agents', { user_code: USER_CODE, aeps: 'ready' });
});
afterAll(async () => {
  await Promise.all(open.map((c) => c.close()));
  await t.close();
});

function another(...[options]: [Parameters<typeof connectEko>[1]]): Connector {
  const made = connectEko(t, options);
  open.push(made);
  return made;
}

const MONEY = moneyCalls(
  () => t,
  () => connector,
);
const bookOf = async (ref: string): Promise<Json[]> =>
  (await t.client.control('GET', `/book/transactions?client_ref_ids=${ref}`)).body.items as Json[];
const sendTo = async (money: Money, ending: string): Promise<Sent> => (await money.ready(ending))(connector);
const byReference = ({ name }: Money, { ourReference }: Sent): Promise<InquiryAnswer> =>
  connector[name]!.inquire({ ourReference });

/** Asks by our reference until it has ended so; by their tid the answer has to be the same. */
async function ends(money: Money, sent: Sent, kind: string): Promise<ProviderOutcome> {
  const found = (await until(
    () => byReference(money, sent),
    (a) => a.kind === kind,
  )) as ProviderOutcome;
  expect(
    await connector[money.name]!.inquire({
      ourReference: sent.ourReference,
      providerReference: found.providerReference!,
    }),
  ).toEqual(found);
  expect(found).toMatchObject({
    sent: true,
    providerReference: sent.outcome.providerReference ?? found.providerReference,
    amountPaise: money.amountPaise,
  });
  return found;
}

describe.each(MONEY)('$name by scenario', (money) => {
  const given = {
    sent: true,
    httpStatus: 200,
    providerReference: expect.stringMatching(/^\d{10}$/) as string,
  };

  it('0000: succeeded at once, with amount and UTR', async () => {
    const sent = await sendTo(money, '0000');
    expect(sent.outcome).toMatchObject({
      ...given,
      kind: 'succeeded',
      rawStatus: '0',
      amountPaise: money.amountPaise,
    });
    expect((await ends(money, sent, 'succeeded')).utr).toMatch(/^\d{12}$/);
  });

  it('1111: failed at once, with a reason', async () => {
    const sent = await sendTo(money, '1111');
    expect(sent.outcome).toMatchObject({
      ...given,
      kind: 'failed',
      rawStatus: '1',
      rawReason: money.name === 'aeps' ? '1464' : '55',
      description: expect.any(String) as string,
    });
    expect((await ends(money, sent, 'failed')).utr).toBeUndefined();
  });

  it.each([
    ['2222', 'succeeded'],
    ['9999', 'succeeded'],
  ])('%s: awaited, then %s', async (ending, kind) => {
    const sent = await sendTo(money, ending);
    expect(sent.outcome).toMatchObject({ ...given, kind: 'pending', rawStatus: '2' });
    expect(await byReference(money, sent)).toMatchObject({ kind: 'pending', sent: true, rawStatus: '2' });
    await ends(money, sent, kind);
  });

  it('3333: awaited, then failed; a transfer is refund pending', async () => {
    const sent = await sendTo(money, '3333');
    expect(sent.outcome).toMatchObject({ ...given, kind: 'pending', rawStatus: '2' });
    await ends(money, sent, money.lateFailure);
  });

  it('4444: succeeded, then everything back', async () => {
    const sent = await sendTo(money, '4444');
    expect(sent.outcome).toMatchObject({ ...given, kind: 'succeeded' });
    expect(await ends(money, sent, 'refunded')).toMatchObject({ rawStatus: '4' });
  });

  it.each([
    ['5555', 'succeeded'],
    ['6666', 'failed'],
  ])('P5 %s: a time-out is unknown, and the inquiry finds what it came to (%s)', async (ending, kind) => {
    const sent = await sendTo(money, ending);
    expect(sent.outcome).toEqual({ kind: 'unknown', sent: true, rawStatus: '<timeout>' });
    await ends(money, sent, kind);
    expect(await bookOf(sent.ourReference)).toHaveLength(1);
  });

  it('P5 7777: a 500 is unknown, then not found, and never a failure by itself', async () => {
    const sent = await sendTo(money, '7777');
    expect(sent.outcome).toEqual({ kind: 'unknown', sent: true, rawStatus: '<http 500>', httpStatus: 500 });
    expect(await byReference(money, sent)).toEqual({
      kind: 'not_found',
      rawStatus: '<not found>',
      httpStatus: 200,
    });
  });

  it('8888: succeeded, whatever the callbacks say', async () => {
    const sent = await sendTo(money, '8888');
    expect(sent.outcome).toMatchObject({ ...given, kind: 'succeeded' });
    await ends(money, sent, 'succeeded');
  });
});

describe.each(MONEY)('$name when something is wrong', (money) => {
  const fault = (what: Json): Promise<unknown> =>
    t.client.control('POST', '/faults', { path: `/ekoapi/v3${money.path}`, method: 'POST', ...what });

  it.each([500, 503])('P5 %i is unknown, and nothing was booked', async (status) => {
    const sendIt = await money.ready('0000');
    await fault({ status });
    const sent = await sendIt(connector);
    expect(sent.outcome).toEqual({
      kind: 'unknown',
      sent: true,
      rawStatus: `<http ${status}>`,
      httpStatus: status,
    });
    expect(await byReference(money, sent)).toMatchObject({ kind: 'not_found' });
  });

  it('P5 429 is unknown, nothing was booked, and the next call waits', async () => {
    const sendIt = await money.ready('0000');
    await fault({ status: 429, retry_after_s: 2 });
    const own = another({});
    const sent = await sendIt(own);
    expect(sent.outcome).toEqual({
      kind: 'unknown',
      sent: true,
      rawStatus: '<http 429>',
      httpStatus: 429,
      retryAfterMs: 2_000,
    });
    expect((await sendIt(own)).outcome).toMatchObject({
      kind: 'unknown',
      sent: false,
      rawStatus: '<rate limited>',
    });
    expect(await byReference(money, sent)).toMatchObject({ kind: 'not_found' });
  });

  it.each(['garbage', 'oversized', 'empty'])(
    'P5 an answer that is %s is unknown, and the inquiry finds the money gone',
    async (body) => {
      const sendIt = await money.ready('0000');
      await fault({ body });
      const sent = await sendIt(connector);
      expect(sent.outcome).toMatchObject({ kind: 'unknown', sent: true });
      await ends(money, sent, 'succeeded');
    },
  );

  it('P1 an answer with another amount says that amount', async () => {
    const sendIt = await money.ready('0000');
    await fault({ body: 'other_amount' });
    expect((await sendIt(connector)).outcome).toMatchObject({
      kind: 'succeeded',
      amountPaise: money.amountPaise + 100n,
    });
  });

  it('P4 a reference that was used is refused: unknown, and the first is not touched', async () => {
    const sendIt = await money.ready('0000');
    const sent = await sendIt(connector);
    expect((await sendIt(connector)).outcome).toMatchObject({
      kind: 'unknown',
      sent: true,
      rawStatus: 'status 132',
      rawReason: '132',
    });
    await ends(money, sent, 'succeeded');
    expect(await bookOf(sent.ourReference)).toEqual([expect.objectContaining({ requests_seen: 2 })]);
  });

  it('wrong keys and a stranger are refused at the door: nothing was created', async () => {
    for (const options of [{ accessKey: 'another access key' }, { developerKey: 'another_developer_key' }]) {
      const sent = await (await money.ready('0000'))(another(options));
      expect(sent.outcome).toEqual({
        kind: 'unknown',
        sent: false,
        rawStatus: '<http 403>',
        httpStatus: 403,
      });
      expect(await byReference(money, sent)).toMatchObject({ kind: 'not_found' });
    }
    const sent = await (await money.ready('0000'))(another({ initiatorId: '9962981720' }));
    expect(sent.outcome).toMatchObject({ kind: 'failed', sent: true, rawReason: '319' });
  });

  it('a clock of ours that is ten minutes off: refused once, then theirs is used', async () => {
    for (const offMs of [-600_000, 600_000]) {
      const own = another({ clock: { now: () => new Date(Date.now() + offMs) } });
      const sendIt = await money.ready('0000');
      expect((await sendIt(own)).outcome).toMatchObject({ kind: 'unknown', sent: false, httpStatus: 403 });
      expect((await sendIt(own)).outcome).toMatchObject({ kind: 'succeeded' });
    }
  });

  it('a clock of theirs that is ten minutes off: the same', async () => {
    const sendIt = await money.ready('0000');
    await t.client.control('POST', '/settings', { clock_shift_ms: 600_000 });
    try {
      const own = another({});
      expect((await sendIt(own)).outcome).toMatchObject({ kind: 'unknown', sent: false, httpStatus: 403 });
      expect((await own[money.name]!.inquire({ ourReference: 'none' })).kind).toBe('not_found');
    } finally {
      await t.client.control('POST', '/settings', { clock_shift_ms: 0 });
    }
  });
});

it('a float that runs dry: a transfer is declined; of the others nobody says that nothing was created, and the inquiry does', async () => {
  const poor = await startEkoSandbox({ openingPaise: 10_000n });
  const own = connectEko(poor);
  const transfer = await send(own.dmt!, await transferTo(poor, own, '0000'));
  expect(transfer).toMatchObject({
    kind: 'failed',
    sent: true,
    rawStatus: '1',
    rawReason: 'insufficient_balance',
    description: 'Insufficient balance',
  });
  for (const [calls, instruction] of [
    [own.bbps!, billTo('0000')],
    [own.recharge!, rechargeTo('0000')],
  ] as const) {
    expect(
      await send(calls as typeof own.bbps & object, instruction as ReturnType<typeof billTo>),
    ).toMatchObject({ kind: 'unknown', sent: true, rawStatus: 'status 347', rawReason: '347' });
    expect(await calls.inquire({ ourReference: instruction.ourReference })).toMatchObject({
      kind: 'not_found',
    });
  }
  await own.close();
  await poor.close();
});

describe('senders, recipients and one-time passwords', () => {
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
    expect(await bbps.biller('99999')).toMatchObject({ ok: false, kind: 'refused', rawStatus: '132' });
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
    ).toMatchObject({ kind: 'failed', sent: true, rawReason: '132' });
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
      rawReason: '132',
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
    expect(await aeps.sendKycOtp(terminal, mobile, AADHAAR)).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '346',
    });
    expect(await aeps.activateAgent({ ...activation, userCode: '59999999' })).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '1297',
    });
    expect(await aeps.activateAgent(activation)).toEqual({ ok: true, value: true });
    expect(await aeps.withdraw(request)).toMatchObject({
      kind: 'failed',
      sent: true,
      rawReason: '1464',
      description: 'Please complete bank eKYC to process the transaction.',
    });
    const sent = valueOf(await aeps.sendKycOtp(terminal, mobile, AADHAAR));
    const otp = await t.client.otpOf(sent.otpRef);
    expect(
      await aeps.verifyKycOtp(terminal, mobile, AADHAAR, otp === '111111' ? '222222' : '111111', sent),
    ).toMatchObject({ ok: false, kind: 'refused', rawStatus: '461' });
    const verified = valueOf(await aeps.verifyKycOtp(terminal, mobile, AADHAAR, otp, sent));
    expect(
      await aeps.biometricKyc(terminal, mobile, 'HDFC', { aadhaar: AADHAAR, pid: BAD_PID }, verified),
    ).toMatchObject({ ok: false, kind: 'refused', rawStatus: '461' });
    expect(await aeps.biometricKyc(terminal, mobile, 'HDFC', request.biometrics, verified)).toEqual({
      ok: true,
      value: true,
    });
    expect(await aeps.dailyKyc(terminal, mobile, 'HDFC', { aadhaar: AADHAAR, pid: BAD_PID })).toMatchObject({
      ok: false,
      kind: 'refused',
      rawStatus: '1714',
    });
    expect(await aeps.dailyKyc(terminal, mobile, 'HDFC', request.biometrics)).toEqual({
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

describe('callbacks', () => {
  const about = (ref: string, count: number): Promise<Buffer[]> =>
    until(
      () => t.receiver.raw.filter((raw) => raw.includes(ref)).map((raw) => Buffer.from(raw)),
      (seen) => seen.length >= count,
    );

  it.each([
    ['0000', ['0']],
    ['1111', ['1']],
    ['2222', ['0']],
    ['3333', ['3']],
    ['4444', ['0', '4']],
  ])('%s: unsigned, and only a hint', async (ending, statuses) => {
    const sent = await sendTo(MONEY[0]!, ending);
    const raws = await about(sent.ourReference, statuses.length);
    expect(
      raws.map((raw) => connector.parseCallback(raw)).toSorted((a, b) => a.event.localeCompare(b.event)),
    ).toEqual(
      statuses.map((status) => ({
        event: `transaction.${status}`,
        target: {
          providerReference: sent.outcome.providerReference,
          ourReference: sent.ourReference,
          amountPaise: 10_050n,
        },
      })),
    );
    for (const raw of raws)
      expect(connector.checkCallback({}, raw)).toEqual({
        verdict: 'unsigned',
        eventId: expect.stringMatching(new RegExp(`^${sent.outcome.providerReference}:[0-6]:`)) as string,
      });
  });

  it('8888: repeats have one event id, the false one has its own, and each names the transfer', async () => {
    const sent = await sendTo(MONEY[0]!, '8888');
    const raws = await about(sent.ourReference, 5);
    const checks = raws.map((raw) => connector.checkCallback({}, raw));
    expect(new Set(checks.map((check) => (check as { eventId: string }).eventId)).size).toBeLessThan(
      raws.length,
    );
    for (const raw of raws)
      expect(connector.parseCallback(raw)).toMatchObject({
        target: { ourReference: sent.ourReference, providerReference: sent.outcome.providerReference },
      });
    expect(new Set(raws.map((raw) => connector.parseCallback(raw).event))).toEqual(
      new Set(['transaction.0', 'transaction.1', 'transaction.2']),
    );
    await ends(MONEY[0]!, sent, 'succeeded');
  });
});
