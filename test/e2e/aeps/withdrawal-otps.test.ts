/** Withdrawals above 5,000 rupees: asked, captured, withdrawn, each password for one try. */
import { randomUUID } from 'node:crypto';
import { execute, rows } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import {
  freshAadhaar,
  freshPid,
  orderBody,
  SHOP,
  type AepsWorld,
  type Agent,
} from '../../support/aeps-world';
import type { Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { awaited, declined, otpSent, paid, timedOut, unheard } from '../../support/scripted-aeps';
import { useAepsWorld } from '../../support/use-aeps-world';

const here = useAepsWorld();
let w: AepsWorld;
let agent: Agent;
beforeEach(() => {
  ({ w, agent } = here);
});

const AMOUNT = { amount: 600_000 };
const idOf = (reply: Reply): string => {
  expect([reply.status, reply.body]).toMatchObject([200, { state: 'sent' }]);
  return reply.body.id as string;
};
const look = (id: string, key = agent.apiKey): Promise<Reply> =>
  w.call('GET', `/v1/aeps/withdrawal-otps/${id}`, { key });
const withOtp = (id: string, more: Record<string, unknown> = {}, key?: string): Promise<Reply> =>
  w.withdraw(agent, { ...AMOUNT, otp_request: id, ...more }, key);
const uuid = (reply: Reply): string => parsePublicId('transaction', reply.body.id as string)!;
const asked = (): number => w.connector.otpRequests.length;
const sent = (): number => w.connector.withdrawals.length;
/** The gap between two passwords for one customer. */
const later = (): void => {
  w.clock.advance(31_000);
};

describe('a terminal that speaks it', () => {
  it('asks, is told the id and how to capture, and withdraws with it', async () => {
    const ask = await w.askOtp(agent);
    expect(ask.body).toEqual({
      id: expect.stringMatching(/^aot_[0-9a-z]{26}$/) as string,
      object: 'aeps_withdrawal_otp',
      state: 'sent',
      amount: 600_000,
      currency: 'INR',
      bank: '607152',
      terminal: 'term-1',
      expires_at: '2026-11-01T06:40:00.000Z',
      withdrawal: null,
      in_place_of: null,
      capture: { finger_type: 2, least_points: 35, data_type: 'X' },
      created_at: '2026-11-01T06:30:00.000Z',
    });
    const id = idOf(ask);
    const [request] = w.connector.otpRequests;
    expect(request).toMatchObject({
      terminal: { userCode: agent.userCode, latlong: SHOP },
      customerMobile: '9000000002',
      bankCode: '607152',
      aadhaar: orderBody().aadhaar,
      amountPaise: 600_000n,
    });
    const done = await withOtp(id);
    expect(done.body).toMatchObject({
      status: 'SUCCESS',
      instruction: 'hand_out_cash',
      otp_request: id,
      next_otp_request: null,
    });
    expect(w.connector.withdrawals[0]!.request).toMatchObject({
      amountPaise: 600_000n,
      otpRequestRef: `FP${request!.ourReference}`,
    });
    expect((await look(id)).body).toMatchObject({ state: 'used', withdrawal: done.body.id });
  });

  it('the same key again finds the first, and nobody is sent a second one, also at the same time', async () => {
    const key = randomUUID();
    const replies = await Promise.all([1, 2, 3].map(() => w.askOtp(agent, {}, key)));
    for (const reply of replies) if (reply.status !== 200) expectProblem(reply, 'IDEMPOTENCY_IN_PROGRESS');
    const first = replies.find((r) => r.status === 200)!;
    const again = await w.askOtp(agent, {}, key);
    expect([again.text, again.headers.get('idempotent-replayed'), asked()]).toEqual([first.text, 'true', 1]);
    expectProblem(await w.askOtp(agent, { amount: 700_000 }, key), 'IDEMPOTENCY_KEY_REUSED');
  });

  it('the same withdrawal again is the same withdrawal: its password counts once', async () => {
    const id = idOf(await w.askOtp(agent));
    const key = randomUUID();
    const reference = orderBody().reference;
    const replies = await Promise.all([1, 2, 3].map(() => withOtp(id, { reference }, key)));
    expect(new Set(replies.map((r) => r.body.id)).size).toBe(1);
    expect(sent()).toBe(1);
  });

  it('one password is for one try, whatever came of it', async () => {
    w.connector.onWithdraw = () => declined();
    const id = idOf(await w.askOtp(agent));
    expect((await withOtp(id)).body).toMatchObject({ status: 'FAILED' });
    expectProblem(await withOtp(id), 'AEPS_OTP_USED');
    later();
    w.connector.onWithdraw = () => paid();
    expect((await withOtp(idOf(await w.askOtp(agent)))).body.status).toBe('SUCCESS');
    expect(sent()).toBe(2);
  });

  it('two withdrawals at once with one password: one goes out', async () => {
    const id = idOf(await w.askOtp(agent));
    const replies = await Promise.all([withOtp(id), withOtp(id), withOtp(id)]);
    expect(replies.filter((r) => r.status === 200)).toHaveLength(1);
    for (const reply of replies) if (reply.status !== 200) expectProblem(reply, 'AEPS_OTP_USED');
    expect(sent()).toBe(1);
  });

  it('a withdrawal that is refused before it goes out leaves the password as it was', async () => {
    const id = idOf(await w.askOtp(agent));
    const used = freshPid();
    await w.withdraw(agent, { amount: 10_000, pid: used, aadhaar: freshAadhaar() });
    expectProblem(await withOtp(id, { pid: used }), 'CAPTURE_USED');
    expect((await look(id)).body.state).toBe('sent');
    expect((await withOtp(id)).status).toBe(200);
  });
});

describe('nothing leaves', () => {
  it('without one above 5,000 rupees; 5,000 need none, and none is sent for them', async () => {
    expect(expectProblem(await w.withdraw(agent, { amount: 500_100 }), 'AEPS_OTP_REQUIRED')).toEqual([
      {
        pointer: '#/otp_request',
        code: 'AEPS_OTP_REQUIRED',
        detail: expect.stringContaining('above ₹5,000.00') as string,
      },
    ]);
    expect(sent()).toBe(0);
    expect(await rows(w.knex, 'select id from transactions')).toEqual([]);
    expect((await w.withdraw(agent, { amount: 500_000 })).status).toBe(200);
    expectProblem(await w.askOtp(agent, { amount: 500_000 }), 'AEPS_OTP_NOT_NEEDED');
    expectProblem(await w.askOtp(agent, { amount: 1_000_100 }), 'AEPS_AMOUNT_OUT_OF_RANGE');
    expectProblem(
      await w.askOtp(agent, { terminal: { id: 'made-up', latlong: SHOP } }),
      'AEPS_TERMINAL_UNKNOWN',
    );
    expect(asked()).toBe(0);
  });

  it('with a password that was sent for another withdrawal: what differs is named', async () => {
    const id = idOf(await w.askOtp(agent));
    for (const [pointer, change] of [
      ['#/amount', { amount: 700_000 }],
      ['#/customer/mobile', { customer: { mobile: '9000000003', bank: '607152' } }],
      ['#/customer/bank', { customer: { mobile: '9000000002', bank: '607153' } }],
      ['#/terminal/id', { terminal: { id: 'term-2', latlong: SHOP } }],
      ['#/terminal/latlong', { terminal: { id: 'term-1', latlong: '21.145900,79.088200' } }],
      ['#/aadhaar', { aadhaar: freshAadhaar() }],
    ] as const)
      expect(expectProblem(await withOtp(id, change), 'AEPS_OTP_OTHER').map((e) => e.pointer)).toEqual([
        pointer,
      ]);
    expect(sent()).toBe(0);
  });

  it('with the password of another user, or one that does not exist', async () => {
    const other = await w.agent();
    const id = idOf(await w.askOtp(other));
    expectProblem(await withOtp(id), 'AEPS_OTP_UNKNOWN');
    expectProblem(await withOtp(`aot_${'0'.repeat(26)}`), 'AEPS_OTP_UNKNOWN');
    expectProblem(await withOtp(`txn_${'0'.repeat(26)}`), 'AEPS_OTP_UNKNOWN');
    expectProblem(await look(id), 'AEPS_OTP_NOT_FOUND');
    expectProblem(await look('aot_x'), 'AEPS_OTP_NOT_FOUND');
    expect((await look(id, other.apiKey)).status).toBe(200);
    expect(sent()).toBe(0);
  });

  it('with an old one', async () => {
    const id = idOf(await w.askOtp(agent));
    w.clock.advance(600_000);
    expect((await look(id)).body.state).toBe('expired');
    expectProblem(await withOtp(id), 'AEPS_OTP_EXPIRED');
    expect(sent()).toBe(0);
  });

  it('with the password itself in a field: it is refused and not repeated', async () => {
    const id = idOf(await w.askOtp(agent));
    const reply = await withOtp(id, { otp: '918273' });
    expectProblem(reply, 'REQUEST_FIELD_UNKNOWN');
    expect(reply.text).not.toContain('918273');
    expect(w.logged.join('')).not.toContain('918273');
  });

  it('with a finger that says that the bank would not take it; a bank may have a rule of its own', async () => {
    const pidWith = (resp: string): string =>
      freshPid().replace('<Resp errCode="0"/>', `<Resp errCode="0" ${resp}/>`);
    for (const [resp, said] of [
      ['fType="0"', 'fType="2"'],
      ['fType="2" nmPoints="34"', '35 points'],
    ] as const)
      expect(
        expectProblem(await w.withdraw(agent, { pid: pidWith(resp) }), 'CAPTURE_UNFIT')[0]!.detail,
      ).toContain(said);
    expect(sent()).toBe(0);
    expect((await w.withdraw(agent, { pid: pidWith('fType="2" nmPoints="40"') })).status).toBe(200);
    await execute(w.knex, "insert into aeps_capture_rules values ('607152', '2026-01-01', 0, 35)");
    await w.aeps.policies.refresh();
    expectProblem(await w.withdraw(agent, { pid: pidWith('fType="2"') }), 'CAPTURE_UNFIT');
    expect((await w.withdraw(agent, { pid: pidWith('fType="0"') })).status).toBe(200);
    expect((await w.askOtp(agent)).body.capture).toMatchObject({ finger_type: 0 });
  });
});

describe('1459 to a withdrawal: nothing was withdrawn, and the customer has a password', () => {
  it('fails, names the one that was sent, and the next try goes with it', async () => {
    w.connector.onWithdraw = () => otpSent('FP0001');
    const first = await w.withdraw(agent);
    expect(first.body).toMatchObject({
      status: 'FAILED',
      status_reason: 'OTP_REQUIRED',
      instruction: 'do_not_hand_out_cash',
      next_otp_request: expect.stringMatching(/^aot_/) as string,
    });
    const id = first.body.next_otp_request as string;
    expect((await look(id)).body).toMatchObject({
      state: 'sent',
      in_place_of: first.body.id,
      amount: 300_000,
    });
    // Without it, or asking for another: that one is pointed at, and nobody is asked.
    expect(expectProblem(await w.withdraw(agent), 'AEPS_OTP_REQUIRED')[0]!.detail).toContain(id);
    expect((await w.askOtp(agent, { amount: 300_000 })).body.id).toBe(id);
    expect([asked(), sent()]).toEqual([0, 1]);
    w.connector.onWithdraw = () => paid();
    const second = await withOtp(id, { amount: 300_000 });
    expect(second.body).toMatchObject({ status: 'SUCCESS', otp_request: id });
    expect(w.connector.withdrawals[1]!.request.otpRequestRef).toBe('FP0001');
    expectProblem(await withOtp(id, { amount: 300_000 }), 'AEPS_OTP_USED');
    expect((await w.withdraw(agent)).status).toBe(200);
  });
});

describe('what is pending or unheard is found out first', () => {
  it.each([
    ['1465', awaited],
    ['a time-out', timedOut],
  ])('%s: no other password, and no other withdrawal with one, until it is final', async (_what, answer) => {
    const spare = idOf(await w.askOtp(agent));
    later();
    const id = idOf(await w.askOtp(agent));
    w.connector.onWithdraw = answer;
    const open = await withOtp(id);
    expect(open.status).toBe(202);
    const refusal = await w.askOtp(agent);
    expectProblem(refusal, 'AEPS_WITHDRAWAL_UNDECIDED');
    expect(refusal.body.detail).toContain(open.body.id);
    expect(refusal.headers.get('retry-after')).toBe('2');
    expectProblem(await withOtp(spare), 'AEPS_WITHDRAWAL_UNDECIDED');
    expect((await w.askOtp(agent, { aadhaar: freshAadhaar() })).status).toBe(200);
    w.connector.onInquire = () => declined();
    await w.poll(uuid(open));
    w.connector.onWithdraw = () => paid();
    later();
    expect((await withOtp(idOf(await w.askOtp(agent)))).body.status).toBe('SUCCESS');
  });

  it('also of the month before, when the customer has another reference', async () => {
    w.clock.set('2026-11-30T18:29:00.000Z'); // one minute before December in India
    await w.today(agent);
    const spare = idOf(await w.askOtp(agent));
    later();
    w.connector.onWithdraw = timedOut;
    const open = await withOtp(idOf(await w.askOtp(agent)));
    expect(open.status).toBe(202);
    later();
    expect(w.clock.now().toISOString()).toBe('2026-11-30T18:30:02.000Z');
    await w.today(agent);
    expectProblem(await w.askOtp(agent), 'AEPS_WITHDRAWAL_UNDECIDED');
    expectProblem(await withOtp(spare), 'AEPS_WITHDRAWAL_UNDECIDED');
    w.connector.onInquire = () => declined();
    await w.poll(uuid(open));
    w.connector.onWithdraw = () => paid();
    expect((await withOtp(idOf(await w.askOtp(agent)))).body.status).toBe('SUCCESS');
  });

  it('nothing was received, as the inquiry finds: failed, and the password is gone with it', async () => {
    w.connector.onWithdraw = timedOut;
    w.connector.onInquire = unheard;
    const id = idOf(await w.askOtp(agent));
    const open = await withOtp(id);
    expect(open.status).toBe(202);
    expectProblem(await withOtp(id), 'AEPS_OTP_USED');
  });
});

type Sent = { ok: true; value: { otpRequestRef: string } };
function deferred(): { answer: Promise<Sent>; resolve(value: Sent): void } {
  let resolve!: (value: Sent) => void;
  const answer = new Promise<Sent>((done) => {
    resolve = done;
  });
  return { answer, resolve };
}

describe('the provider does not send one', () => {
  it('refuses: its words without what we told it, and the key is free again', async () => {
    const { aadhaar } = orderBody();
    w.connector.onWithdrawalOtp = () => ({
      ok: false,
      kind: 'refused',
      rawStatus: '1',
      rawReason: `Unable to send to ${String(aadhaar)}`,
    });
    const key = randomUUID();
    const refusal = await w.askOtp(agent, {}, key);
    expectProblem(refusal, 'AEPS_OTP_REFUSED');
    expect(refusal.text).not.toContain(String(aadhaar));
    expect(await rows(w.knex, 'select state from aeps_withdrawal_otps')).toEqual([{ state: 'refused' }]);
    w.connector.onWithdrawalOtp = () => ({ ok: true, value: { otpRequestRef: 'FP9' } });
    expect((await w.askOtp(agent, {}, key)).status).toBe(200);
  });

  it('says nothing: what arrives is of no use, it counts, and the same key asks anew', async () => {
    w.connector.onWithdrawalOtp = () => ({ ok: false, kind: 'unknown', rawStatus: '<timeout>' });
    const key = randomUUID();
    expectProblem(await w.askOtp(agent, {}, key), 'PROVIDER_UNAVAILABLE');
    expectProblem(await w.askOtp(agent, {}, key), 'RATE_LIMITED');
    later();
    w.connector.onWithdrawalOtp = () => ({ ok: true, value: { otpRequestRef: 'FP9' } });
    expect((await w.askOtp(agent, {}, key)).status).toBe(200);
  });

  it('gives an id that it gave before: it is never used again', async () => {
    w.connector.onWithdrawalOtp = () => ({ ok: true, value: { otpRequestRef: 'FP9' } });
    idOf(await w.askOtp(agent));
    later();
    expectProblem(await w.askOtp(agent), 'PROVIDER_UNAVAILABLE');
  });

  it('a process that dies while it asks leaves the key free after a time', async () => {
    const key = randomUUID();
    const late = deferred();
    w.connector.onWithdrawalOtp = () => late.answer;
    const first = w.askOtp(agent, {}, key);
    for (;;) {
      const found = await rows<{ state: string }>(w.knex, 'select state from aeps_withdrawal_otps');
      if (found.length === 1) break;
    }
    expectProblem(await w.askOtp(agent, {}, key), 'IDEMPOTENCY_IN_PROGRESS');
    w.clock.advance(75_000);
    w.connector.onWithdrawalOtp = () => ({ ok: true, value: { otpRequestRef: 'FP9' } });
    expect((await w.askOtp(agent, {}, key)).status).toBe(200);
    late.resolve({ ok: true, value: { otpRequestRef: 'FP8' } }); // too late to be of use
    expect((await first).body.state).toBe('unknown');
    expect(
      await rows(
        w.knex,
        'select state, provider_reference as ref from aeps_withdrawal_otps order by created_at',
      ),
    ).toEqual([
      { state: 'unknown', ref: null },
      { state: 'sent', ref: 'FP9' },
    ]);
  });

  it('a phone is sent one in half a minute and five in ten, whatever mobile number is given, whoever asks', async () => {
    const other = await w.agent();
    idOf(await w.askOtp(agent));
    const limited = await w.askOtp(other, { customer: { mobile: '9000000077', bank: '607152' } });
    expectProblem(limited, 'RATE_LIMITED');
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    for (let i = 0; i < 4; i += 1) {
      later();
      idOf(await w.askOtp(i % 2 === 0 ? other : agent));
    }
    later();
    expectProblem(await w.askOtp(agent), 'RATE_LIMITED');
    expect((await w.askOtp(agent, { aadhaar: freshAadhaar() })).status).toBe(200);
  });
});

describe('the database holds it by itself', () => {
  /** The rows are taken out and put in again, otherwise. */
  const copy = (columns: Record<string, string>): Promise<number> =>
    w.knex.transaction(async (trx) => {
      await trx.raw('create temp table kept on commit drop as select * from aeps_withdrawals');
      await trx.raw('set local session_replication_role = replica');
      await trx.raw('delete from aeps_withdrawals');
      await trx.raw('set local session_replication_role = origin');
      const changes = Object.entries(columns).map(([name, value]) => `${name} = ${value}`);
      await trx.raw(`update kept set ${changes.join(', ')}`);
      return execute(trx, 'insert into aeps_withdrawals select * from kept', []);
    });

  it('no withdrawal above the limit without a password of its own that was good', async () => {
    await withOtp(idOf(await w.askOtp(agent)));
    for (const [constraint, change] of [
      ['aeps_withdrawals_otp_needed', { otp_id: 'null' }],
      ['aeps_withdrawals_otp_same_order', { terminal_id: "'term-2'" }],
      ['aeps_withdrawals_otp_same_order', { bank: "'607153'" }],
      ['aeps_withdrawals_otp_same_order', { lat_micro: '1' }],
      ['aeps_withdrawals_otp_fits', { created_at: "created_at + interval '10 minutes'" }],
    ] as const)
      await expect(copy(change)).rejects.toMatchObject({ constraint });
  });

  it('a password is kept as it was answered, and goes with one withdrawal', async () => {
    await withOtp(idOf(await w.askOtp(agent)));
    for (const sql of [
      "update aeps_withdrawal_otps set provider_reference = 'FP0'",
      'update aeps_withdrawal_otps set amount_paise = amount_paise + 1',
      'delete from aeps_withdrawal_otps',
      'update aeps_withdrawals set otp_id = null',
    ])
      await expect(execute(w.knex, sql, [])).rejects.toMatchObject({
        constraint: expect.stringMatching(/stay$/),
      });
    await w.withdraw(agent, { amount: 10_000 });
    const same = '(select otp_id from kept where otp_id is not null)';
    await expect(copy({ otp_id: same })).rejects.toMatchObject({ constraint: 'aeps_withdrawals_otp_once' });
  });
});
