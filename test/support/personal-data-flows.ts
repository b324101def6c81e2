/** Flows of every service with planted values, which succeed, fail and stay unanswered. */
import { randomUUID } from 'node:crypto';
import { publicId } from '../../platform/ids';
import type { EchoingProxy } from './echoing-proxy';
import type { Garden } from './planting';
import type { Platform } from './platform';
import { EKO_BILLER, refundable, type Day } from './service-flows';
import { until } from './until';

/** What a day of flows runs on. */
export interface Trip {
  p: Platform;
  g: Garden;
  day: Day;
  proxy: EchoingProxy;
  /** Verified by the first flow. */
  sender: string;
}

/** The tests of the flows, in their order. */
export function describeFlows(given: () => Trip): void {
  it('through money transfers: success, failure, a wrong password, refund pending and refund', async () => {
    const { g, day } = given();
    const { sender } = await day.verified('of all');
    given().sender = sender;
    const to = {
      ok: await day.recipient(sender, 'paid', '0000'),
      no: await day.recipient(sender, 'declined', '1111'),
      back: await day.recipient(sender, 'refunded', '3333'),
      late: await day.recipient(sender, 'unanswered', '5555'),
    };
    await day.good(day.get(`/v1/dmt/senders/${sender}/recipients`));
    expect(await day.statusOf(await day.transfer(sender, to.ok, 'paid'))).toBe('SUCCESS');
    expect(await day.statusOf(await day.transfer(sender, to.no, 'declined'))).toBe('FAILED');
    expect(
      await day.statusOf(
        await day.transfer(sender, to.ok, 'with a wrong password', g.otp('wrong, transfer')),
      ),
    ).toBe('FAILED'); // the password really went there
    const late = await day.transfer(sender, to.late, 'unanswered');
    const back = await day.transfer(sender, to.back, 'refunded');
    const right = await day.otp('refund');
    await refundable(day, back.transaction);
    expect(
      (await day.post(`/v1/transactions/${back.transaction}/refund`, { otp: g.otp('wrong, refund') })).body
        .code,
    ).toBe('REFUND_REFUSED');
    expect(
      (await day.good(day.post(`/v1/transactions/${back.transaction}/refund`, { otp: right }))).body.status,
    ).toBe('REFUNDED');
    expect(await day.statusOf(back)).toBe('REFUNDED');
    expect(await day.statusOf(late)).toBe('SUCCESS');
    const part = `/v1/dmt/parts/${late.transaction}/otp`;
    expect((await day.post(part, {})).body.code).toBe('DMT_NEW_OTP_NOT_AWAITED');
    const unasked = {
      otp_reference: publicId('dmtOtp', randomUUID()),
      otp: g.otp('of a part that waits for none'),
    };
    expect((await day.post(`${part}/verification`, unasked)).body.code).toBe('DMT_NEW_OTP_NOT_AWAITED');
  });

  it('through the network: a till, its profile, its way in, and one from a file', async () => {
    const { g, day } = given();
    const [till, file] = await day.tills('of all');
    await day.good(day.get('/v1/users'));
    const { body: me } = await day.good(day.get('/v1/me'));
    await day.good(day.get(`/v1/users/${me.id as string}/transactions`));
    await day.good(day.get(`/v1/users/${me.id as string}/wallets`));
    await day.good(day.get(`/v1/users/${till}`));
    const address = { line: g.address('new place'), city: 'Pune', state_code: '27', pin_code: '411001' };
    await day.good(day.call('PATCH', `/v1/users/${till}`, { address }));
    await day.good(day.post(`/v1/users/${till}/services`, { services: ['recharge'] }));
    await day.good(
      day.post(`/v1/users/${till}/stage`, {
        stage: 'kyc_submitted',
        reason: 'all of it is there',
      }),
    );
    await until(
      async () => (await day.get(`/v1/user-imports/${file}`)).body.state,
      (state) => state === 'finished',
    );
  });

  it('through a file of payouts that another key releases', async () => {
    const { day } = given();
    const file = await day.payoutFile('of all');
    await until(
      async () => (await day.get(file)).body.state,
      (state) => state === 'finished',
    );
    expect((await day.good(day.get(`${file}/lines`))).body.data).toMatchObject([
      { state: 'accepted' },
      { state: 'refused', code: 'REQUEST_FIELD_INVALID' },
    ]);
  });

  it('through bills and recharges at both providers', async () => {
    const { g, day } = given();
    const fetched = await day.good(day.bill('paid bill', '0000'));
    await day.good(day.get(`/v1/bbps/fetches/${fetched.body.id as string}`));
    const paid = await day.good(day.pay(fetched));
    const declined = await day.good(day.bill('declined bill', '1111'));
    expect(await day.ended(day.pay(declined))).toBe('FAILED');
    expect((await day.good(day.bill('unknown consumer', '0404'))).body.state).toBe('failed');
    expect(
      (await day.get(`/v1/transactions/${paid.body.id as string}`, { prefer: 'wait=20' })).body.status,
    ).toBe('SUCCESS');
    await day.good(day.get(`/v1/bbps/payments/${paid.body.id as string}/receipt`));
    for (const [by, paidBy] of Object.entries(day.payers)) {
      const bill = await day.good(day.bill(`bill paid by ${by}`, '0000'));
      const payment = await day.good(day.pay(bill, undefined, paidBy));
      expect([
        by,
        (await day.get(`/v1/transactions/${payment.body.id as string}`, { prefer: 'wait=20' })).body.status,
      ]).toEqual([by, 'SUCCESS']);
      await day.good(day.get(`/v1/bbps/payments/${payment.body.id as string}/receipt`));
    }
    const tag = await day.good(
      day.bill('tag', '0000', {
        biller: 'PATH00000NAT05',
        name: 'Vehicle Registration Number',
        value: 'MH12AB0000',
      }),
    );
    const toll = await day.good(day.pay(tag, 50_000));
    expect(
      (await day.get(`/v1/transactions/${toll.body.id as string}`, { prefer: 'wait=20' })).body.status,
    ).toBe('SUCCESS');
    const complaints = `/v1/bbps/payments/${toll.body.id as string}/complaints`;
    const raised = await day.good(
      day.post(complaints, {
        disposition: 'service-not-received',
        description: `The tag of ${g.text('complaint')} shows the old balance`,
      }),
    );
    await day.good(day.get(complaints));
    await day.good(day.get((raised.body.links as { self: string }).self));

    await day.good(day.post('/v1/recharge/operators', { mobile: g.mobile('looked up', '0000') }));
    for (const operator of ['airtel', 'vi'])
      await day.good(
        day.post('/v1/recharge/plans', {
          mobile: g.mobile(`plans of ${operator}`, '0000'),
          operator,
          circle: 'Maharashtra',
        }),
      );
    for (const operator of ['airtel', 'vi']) {
      const done = await day.good(day.topUp(`recharged, ${operator}`, '0000', { operator }));
      expect(await day.ended(day.topUp(`declined recharge, ${operator}`, '1111', { operator }))).toBe(
        'FAILED',
      );
      expect([
        operator,
        (await day.get(`/v1/transactions/${done.body.id as string}`, { prefer: 'wait=20' })).body.status,
      ]).toEqual([operator, 'SUCCESS']);
      await day.good(day.get(`/v1/recharges/${done.body.id as string}`));
    }
  });

  it('through bills at Eko: paid, declined, unanswered, and without a bill', async () => {
    const { day } = given();
    const paid = await day.good(day.bill('bill at Eko', '0000', EKO_BILLER));
    expect(paid.body).toMatchObject({ state: 'fetched', biller: EKO_BILLER.biller });
    await day.good(day.get(`/v1/bbps/fetches/${paid.body.id as string}`));
    const payment = await day.good(day.pay(paid));
    expect(
      (await day.get(`/v1/transactions/${payment.body.id as string}`, { prefer: 'wait=20' })).body.status,
    ).toBe('SUCCESS');
    await day.good(day.get(`/v1/bbps/payments/${payment.body.id as string}/receipt`));
    expect(
      await day.ended(day.pay(await day.good(day.bill('declined bill at Eko', '1111', EKO_BILLER)))),
    ).toBe('FAILED');
    expect(
      await day.ended(day.pay(await day.good(day.bill('unanswered bill at Eko', '5555', EKO_BILLER)))),
    ).toBe('SUCCESS');
    expect((await day.good(day.bill('no bill at Eko', '1468', EKO_BILLER))).body.state).toBe('failed');
  });

  it('through AEPS: becoming an agent, withdrawals, enquiries, payments to the shop', async () => {
    const { g, day, proxy } = given();
    await day.good(day.post('/v1/aeps/agent', day.activation()));
    const right = await day.otp('agent');
    await day.good(day.post('/v1/aeps/agent/kyc/otp', day.me));
    expect(
      (await day.post('/v1/aeps/agent/kyc/verification', { ...day.me, otp: g.otp('wrong, agent') })).body
        .code,
    ).toBe('AEPS_KYC_REFUSED');
    await day.good(day.post('/v1/aeps/agent/kyc/verification', { ...day.me, otp: right }));
    await day.good(day.post('/v1/aeps/agent/kyc/biometric', day.finger('agent, once')));
    await day.good(day.post('/v1/aeps/agent/kyc/daily', day.finger('agent, daily')));
    await day.good(day.get('/v1/aeps/agent'));
    proxy.amend('/customer/collection/aeps-fingpay/', (json) => {
      // a bank's answer, with amounts that stand nowhere else
      const data = json.data as Record<string, unknown> | undefined;
      if (data === undefined) return;
      const held = g.balance('of the account');
      if (json.response_status_id === 0 && 'customer_balance' in data)
        Object.assign(data, { customer_balance: held, comment: `Balance ${held}` });
      if (Array.isArray(data.mini_statement_list))
        data.mini_statement_list = data.mini_statement_list.map((line: object) => ({
          ...line,
          amount: g.balance('line of a statement'),
        }));
      else if (json.response_type_id === 1466) data.amount = g.balance('as an amount');
    });
    const paid = await day.good(day.withdraw(day.customer('withdrawal', '0000')));
    expect(paid.body).toMatchObject({ status: 'SUCCESS', instruction: 'hand_out_cash' });
    await day.good(
      day.post(`/v1/aeps/withdrawals/${paid.body.id as string}/acknowledgement`, { cash_handed_out: true }),
    );
    const { pid: _pid, ...large }: Record<string, unknown> = {
      ...day.customer('large withdrawal', '0000'),
      amount: 600_000,
    };
    const digits = await day.otp('withdrawal');
    const sent = await day.good(day.askOtp(large));
    expect(sent.body.state).toBe('sent');
    const pid = g.pidWith('large withdrawal', digits);
    const withOtp = { ...large, pid, otp_request: sent.body.id };
    // A terminal that sends us the password: refused, and nothing of it is kept or said.
    expect((await day.withdraw({ ...withOtp, otp: digits })).body.code).toBe('REQUEST_FIELD_UNKNOWN');
    expect((await day.good(day.withdraw(withOtp))).body.status).toBe('SUCCESS');
    await day.good(day.get(`/v1/aeps/withdrawal-otps/${sent.body.id as string}`));
    const wrong = await day.good(day.askOtp(large));
    const mistyped = { ...large, pid: g.pidWith('mistyped', g.otp('wrong, withdrawal')) };
    expect((await day.withdraw({ ...mistyped, otp_request: wrong.body.id })).body.status).toBe('FAILED');
    expect((await day.withdraw(day.customer('declined withdrawal', '1111'))).body.status).toBe('FAILED');
    const late = await day.withdraw(day.customer('unanswered withdrawal', '5555'));
    expect([
      [200, 'SUCCESS'],
      [202, 'PENDING'],
    ]).toContainEqual([late.status, late.body.status]); // polling may find it while the terminal waits
    await day.good(day.get(`/v1/aeps/withdrawals/${late.body.id as string}`));
    expect((await day.payShop(day.customer('payment to the shop', '0000'))).body.code).toBe(
      'AEPS_AADHAAR_PAY_UNAVAILABLE',
    );
    for (const [ending, status] of [
      ['0000', 'SUCCESS'],
      ['1111', 'FAILED'],
    ] as const) {
      for (const kind of ['balance-enquiries', 'mini-statements'])
        expect(
          (await day.good(day.post(`/v1/aeps/${kind}`, day.customer(`${kind} ${ending}`, ending)))).body
            .status,
        ).toBe(status);
    }
  });

  it('through beneficiaries: kept, asked about at the bank, paid, archived', async () => {
    const { day, g } = given();
    const made = await day.good(
      day.post('/v1/beneficiaries', {
        name: g.name('payee who is kept'),
        account_number: g.account('payee who is kept', '0000'),
        ifsc: 'HDFC0000053',
      }),
    );
    const at = `/v1/beneficiaries/${made.body.id as string}`;
    await day.good(day.post(`${at}/verification`, {}));
    const { body } = await until(
      () => day.good(day.get(at)),
      (one) => (one.body.verification as { status: string }).status !== 'checking',
    );
    expect(body.verification).toMatchObject({ status: 'valid' });
    await day.good(day.get('/v1/beneficiaries?status=all&limit=100'));
    expect((await day.good(day.post(`${at}/archival`, {}))).body.status).toBe('archived');
  });

  it('through payouts', async () => {
    const { day } = given();
    const ends = await Promise.all(
      (['0000', '1111', '3333', '6666'] as const).map((ending) => day.ended(day.payout(ending, ending))),
    );
    expect(ends).toEqual(['SUCCESS', 'FAILED', 'FAILED', 'FAILED']);
    const wallets = (await day.good(day.get('/v1/wallets'))).body.data as { id: string }[];
    for (const { id } of wallets) await day.good(day.get(`/v1/wallets/${id}/statement?limit=100`));
    await day.good(day.get('/v1/transactions'));
  });
}
