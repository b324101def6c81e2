/** Withdrawals over HTTP: one call to the provider while the terminal waits, and no cash without a success in time. */
import { randomUUID } from 'node:crypto';
import { rows } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import { freshPid, orderBody, type AepsWorld, type Agent } from '../../support/aeps-world';
import type { Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { until } from '../../support/until';
import { awaited, declined, paid, refused, timedOut, unheard } from '../../support/scripted-aeps';
import { useAepsWorld } from '../../support/use-aeps-world';
import { attemptsOf, balanceOf, casesOf, movesOf, transactionRow } from '../../support/world';

const here = useAepsWorld();
let w: AepsWorld;
let agent: Agent;
beforeEach(() => {
  ({ w, agent } = here);
});

const uuid = (reply: Reply): string => parsePublicId('transaction', reply.body.id as string)!;
const seen = (path: string): Promise<Reply> => w.call('GET', path, { key: agent.apiKey });
const onlyId = async (): Promise<string> =>
  (await rows<{ id: string }>(w.knex, 'select id from transactions'))[0]!.id;

describe('answered in time', () => {
  it("a success: 200, the wallet credited, the customer's balance shown once", async () => {
    let during: unknown;
    w.connector.onWithdraw = async (request, options) => {
      const id = await onlyId();
      const [attempt] = await attemptsOf(w.knex, id);
      during = {
        state: (await transactionRow(w.knex, id)).state,
        same: attempt!.ourReference === request.ourReference,
        sendBefore: options?.sendBefore,
        timeouts: options?.timeouts,
        userCode: request.terminal.userCode,
      };
      return paid();
    };
    const now = w.clock.now();
    const reply = await w.withdraw(agent);
    expect(during).toEqual({
      state: 'dispatched',
      same: true,
      sendBefore: new Date(now.getTime() + 20_000),
      timeouts: { connectMs: 4_000, totalMs: 58_000 },
      userCode: agent.userCode,
    });
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({
      object: 'transaction',
      service: 'aeps',
      kind: 'withdrawal',
      status: 'SUCCESS',
      amount: 300_000,
      fee: 0,
      tax: 0,
      utr: '620415011744',
      instruction: 'hand_out_cash',
      acknowledgement: null,
      customer_balance: 4_512_345,
      masked_aadhaar: 'XXXX XXXX 0000',
    });
    expect(await balanceOf(w.knex, agent.aepsAccountId)).toBe(300_000n);
    expect(await movesOf(w.knex, uuid(reply))).toEqual([
      'accepted>held',
      'held>dispatched',
      'dispatched>succeeded',
    ]);
    const again = await seen(`/v1/aeps/withdrawals/${reply.body.id as string}`);
    expect(again.body).toMatchObject({ status: 'SUCCESS', instruction: 'hand_out_cash' });
    expect(again.text).not.toMatch(/balance|masked/);
  });

  it('a decline: 200, FAILED, nothing posted, the limit given back', async () => {
    w.connector.onWithdraw = () => declined();
    const reply = await w.withdraw(agent);
    expect([reply.status, reply.body.status, reply.body.instruction]).toEqual([
      200,
      'FAILED',
      'do_not_hand_out_cash',
    ]);
    expect(reply.body).toMatchObject({
      status_reason: 'PROVIDER_REFUSED',
      provider_reason: 'Authentication Failed. Invalid Biometric data.',
      next_action: null,
      charge: 0,
      details: { kind: 'withdrawal' },
    });
    expect(reply.text).not.toMatch(/customer_balance/);
    expect(await rows(w.knex, 'select 1 from ledger_transfers')).toEqual([]);
    expect(await rows(w.knex, 'select used_paise as used from limit_counters')).toEqual([{ used: 0n }]);
  });

  it('certainly not sent: FAILED at once, and the terminal may begin anew under another key', async () => {
    w.connector.onWithdraw = refused;
    const reply = await w.withdraw(agent);
    expect([reply.status, reply.body.status]).toEqual([200, 'FAILED']);
    expect(await movesOf(w.knex, uuid(reply))).toEqual([
      'accepted>held',
      'held>dispatched',
      'dispatched>held',
      'held>failed',
    ]);
    expect(await rows(w.knex, 'select used_paise as used from limit_counters')).toEqual([{ used: 0n }]);
    w.connector.onWithdraw = () => paid();
    expect((await w.withdraw(agent)).body.status).toBe('SUCCESS');
  });

  it('a refusal of the connector, before anything was sent, is no word of the provider', async () => {
    w.connector.onWithdraw = () => ({ kind: 'failed', sent: false, rawStatus: '<request not sendable>' });
    const reply = await w.withdraw(agent);
    expect([reply.body.status, reply.body.status_reason]).toEqual(['FAILED', 'TRANSACTION_NOT_SENT']);
  });
});

describe('not answered in time', () => {
  it.each([
    ['pending', awaited],
    ['unknown', timedOut],
    [
      'an error of the connector',
      (): never => {
        throw new Error('a bug');
      },
    ],
  ])(
    '%s: 202, no cash, and polling by our reference finds the success within the deadline',
    async (_what, answer) => {
      w.connector.onWithdraw = answer;
      const reply = await w.withdraw(agent);
      expect([reply.status, reply.body.status, reply.body.instruction]).toEqual([
        202,
        'PENDING',
        'do_not_hand_out_cash',
      ]);
      const id = uuid(reply);
      w.clock.advance(59_980);
      w.connector.onInquire = () => paid();
      await w.poll(id);
      expect(w.connector.inquiries[0]!.ourReference).toBe(w.connector.withdrawals[0]!.request.ourReference);
      expect((await seen(`/v1/aeps/withdrawals/${reply.body.id as string}`)).body).toMatchObject({
        status: 'SUCCESS',
        instruction: 'hand_out_cash',
      });
      expect(await balanceOf(w.knex, agent.aepsAccountId)).toBe(300_000n);
    },
  );

  it('found after the deadline: suspense and review, publicly PENDING, no cash', async () => {
    w.connector.onWithdraw = timedOut;
    const reply = await w.withdraw(agent);
    w.clock.advance(60_000);
    w.connector.onInquire = () => paid();
    await w.poll(uuid(reply));
    expect(await transactionRow(w.knex, uuid(reply))).toMatchObject({
      state: 'in_review',
      outcome: 'late_success',
    });
    expect((await seen(`/v1/aeps/withdrawals/${reply.body.id as string}`)).body).toMatchObject({
      status: 'PENDING',
      instruction: 'do_not_hand_out_cash',
    });
    expect(await casesOf(w.knex, uuid(reply))).toEqual(['late_success']);
    expect(await balanceOf(w.knex, agent.aepsAccountId)).toBe(0n);
    const suspense = await rows(
      w.knex,
      "select credits_paise - debits_paise as balance from ledger_accounts where code = 'suspense:eko'",
    );
    expect(suspense).toEqual([{ balance: 300_000n }]);
  });

  it('an answer of the provider that itself came too late is late', async () => {
    w.connector.onWithdraw = () => {
      w.clock.advance(60_001);
      return paid();
    };
    const reply = await w.withdraw(agent);
    expect([reply.status, reply.body.status, reply.body.instruction]).toEqual([
      202,
      'PENDING',
      'do_not_hand_out_cash',
    ]);
    expect(reply.text).not.toMatch(/customer_balance/);
    expect(await balanceOf(w.knex, agent.aepsAccountId)).toBe(0n);
  });

  it('found to have failed: FAILED, and nothing was posted', async () => {
    w.connector.onWithdraw = timedOut;
    const reply = await w.withdraw(agent);
    w.clock.advance(3_600_000);
    w.connector.onInquire = () => declined();
    await w.poll(uuid(reply));
    expect((await seen(`/v1/transactions/${reply.body.id as string}`)).body.status).toBe('FAILED');
    expect(await rows(w.knex, 'select 1 from ledger_transfers')).toEqual([]);
  });

  it('not known to the provider: failed after its rule, never before, and never sent again', async () => {
    w.connector.onWithdraw = timedOut;
    w.connector.onInquire = unheard;
    const reply = await w.withdraw(agent);
    await w.poll(uuid(reply));
    expect((await transactionRow(w.knex, uuid(reply))).state).toBe('dispatched');
    for (let i = 0; i < 4; i += 1) {
      w.clock.advance(600_000);
      await w.poll(uuid(reply));
    }
    expect(await transactionRow(w.knex, uuid(reply))).toMatchObject({
      state: 'failed',
      statusReason: 'not_found_after_window',
    });
    expect(w.connector.withdrawals).toHaveLength(1);
  });

  it('another amount than ours is no success', async () => {
    w.connector.onWithdraw = () => paid({ amountPaise: 30_000n });
    expect((await w.withdraw(agent)).body).toMatchObject({
      status: 'PENDING',
      instruction: 'do_not_hand_out_cash',
    });
  });
});

describe('P4 the same key again', () => {
  it.each([
    ['final', paid, 200, 'SUCCESS'],
    ['pending', awaited, 202, 'PENDING'],
  ] as const)(
    'after a %s answer: the transaction as it is, and no second call',
    async (_what, answer, status, shown) => {
      w.connector.onWithdraw = answer;
      const key = randomUUID();
      const body = orderBody();
      const first = await w.withdraw(agent, body, key);
      // Another fingerprint: each try captures one, and it is no other request.
      const again = await w.withdraw(agent, { ...body, pid: freshPid() }, key);
      expect([
        again.status,
        again.body.status,
        again.body.id,
        again.headers.get('idempotent-replayed'),
      ]).toEqual([status, shown, first.body.id, 'true']);
      expect(again.text).not.toMatch(/customer_balance|masked_aadhaar/);
      expect(w.connector.withdrawals).toHaveLength(1);
      w.connector.onInquire = () => paid();
      await w.poll(uuid(first));
      expect((await w.withdraw(agent, body, key)).body).toMatchObject({
        status: 'SUCCESS',
        instruction: 'hand_out_cash',
      });
      expect(w.connector.withdrawals).toHaveLength(1);
    },
  );

  it('while the first is under way, and ten at the same time: one call', async () => {
    const key = randomUUID();
    const body = orderBody();
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    w.connector.onWithdraw = async () => {
      await gate;
      return paid();
    };
    const early: Reply[] = [];
    const all = Array.from({ length: 10 }, () =>
      w.withdraw(agent, body, key).then((reply) => {
        early.push(reply);
      }),
    );
    await until(
      () => early.length,
      (n) => n === 9,
    );
    for (const reply of early)
      expect([reply.status, reply.body.instruction, reply.headers.get('idempotent-replayed')]).toEqual([
        202,
        'do_not_hand_out_cash',
        'true',
      ]);
    release();
    await Promise.all(all);
    expect(w.connector.withdrawals).toHaveLength(1);
  });

  it('with other content is refused; a reference names one transaction', async () => {
    const key = randomUUID();
    const body = orderBody();
    await w.withdraw(agent, body, key);
    expectProblem(await w.withdraw(agent, { ...body, amount: 400_000 }, key), 'IDEMPOTENCY_KEY_REUSED');
    expectProblem(await w.withdraw(agent, body), 'TRANSACTION_REFERENCE_TAKEN');
    expectProblem(
      await w.call('POST', '/v1/aeps/withdrawals', { key: agent.apiKey, body }),
      'IDEMPOTENCY_KEY_MISSING',
    );
    expect(w.connector.withdrawals).toHaveLength(1);
  });

  it('is replayed whatever would refuse it today', async () => {
    const key = randomUUID();
    const body = orderBody();
    await w.withdraw(agent, body, key);
    w.clock.advance(100 * 86_400_000);
    expect((await w.withdraw(agent, body, key)).body.status).toBe('SUCCESS');
    expectProblem(await w.withdraw(agent), 'AEPS_AGENT_NOT_ACTIVE');
  });
});

describe('the process dies', () => {
  const die = (at: string): void => {
    w.points.aeps = (point) => {
      if (point === at) throw new Error('killed');
    };
  };

  it('P5 between begin and the call: nothing is sent, and its provider is asked', async () => {
    die('begun');
    const reply = await w.withdraw(agent);
    expect([reply.status, reply.body.instruction]).toEqual([202, 'do_not_hand_out_cash']);
    expect(w.connector.withdrawals).toHaveLength(0);
    expect(await transactionRow(w.knex, uuid(reply))).toMatchObject({
      state: 'dispatched',
      nextPollAt: expect.any(Date),
    });
  });

  it.each([
    ['within the deadline', 30_000, 'SUCCESS', 'hand_out_cash'],
    ['after it', 60_000, 'PENDING', 'do_not_hand_out_cash'],
  ])(
    "between the provider's success and our commit; polling finds it %s",
    async (_when, afterMs, status, instruction) => {
      die('answered');
      const key = randomUUID();
      const body = orderBody();
      const reply = await w.withdraw(agent, body, key);
      expect([reply.status, reply.body.instruction]).toEqual([202, 'do_not_hand_out_cash']);
      expect(reply.text).not.toMatch(/customer_balance/);
      w.points.aeps = undefined;
      w.clock.advance(afterMs);
      w.connector.onInquire = () => paid();
      await w.poll(uuid(reply));
      expect((await w.withdraw(agent, body, key)).body).toMatchObject({ status, instruction });
      expect(await balanceOf(w.knex, agent.aepsAccountId)).toBe(status === 'SUCCESS' ? 300_000n : 0n);
      expect(w.connector.withdrawals).toHaveLength(1);
    },
  );

  it('between the record and the posting: the row is due, and whoever settles it credits once', async () => {
    die('recorded');
    const reply = await w.withdraw(agent);
    expect([reply.status, reply.body.instruction]).toEqual([202, 'do_not_hand_out_cash']);
    expect(w.woken).toHaveLength(1);
    w.clock.advance(3_600_000); // recorded in time; when it is posted does not matter
    await Promise.all([w.settler.settle([uuid(reply)]), w.settler.settle([uuid(reply)])]);
    expect((await seen(`/v1/aeps/withdrawals/${reply.body.id as string}`)).body.status).toBe('SUCCESS');
    expect(await balanceOf(w.knex, agent.aepsAccountId)).toBe(300_000n);
  });

  it('between our commit and the answer: the terminal asks by its key or by the id', async () => {
    const key = randomUUID();
    const body = orderBody();
    w.points.aeps = async (point) => {
      if (point === 'settled') await new Promise(() => undefined);
    };
    const lost = fetchAndHangUp(key, body);
    await expect(lost).rejects.toThrow(/abort/i);
    w.points.aeps = undefined;
    const again = await w.withdraw(agent, body, key);
    expect(again.body).toMatchObject({ status: 'SUCCESS', instruction: 'hand_out_cash' });
    expect((await seen(`/v1/aeps/withdrawals/${again.body.id as string}`)).body).toMatchObject({
      status: 'SUCCESS',
    });
    expect(w.connector.withdrawals).toHaveLength(1);
  });

  it('certainly not sent, and dies before it is given back: the send job fails it instead of sending', async () => {
    w.connector.onWithdraw = refused;
    die('recorded');
    const reply = await w.withdraw(agent);
    expect((await transactionRow(w.knex, uuid(reply))).state).toBe('held');
    expect((await w.sender.send([uuid(reply)])).errors).toEqual([]);
    expect(await transactionRow(w.knex, uuid(reply))).toMatchObject({
      state: 'failed',
      statusReason: 'TRANSACTION_NOT_SENT',
    });
    expect(w.connector.withdrawals).toHaveLength(1);
  });

  it('frozen over send_before, it does not call', async () => {
    w.points.aeps = (point) => {
      if (point === 'begun') w.clock.advance(20_000);
    };
    const reply = await w.withdraw(agent);
    expect([reply.body.status, w.connector.withdrawals.length]).toEqual(['FAILED', 0]);
  });

  async function fetchAndHangUp(key: string, body: Record<string, unknown>): Promise<void> {
    const server = w.call('POST', '/v1/aeps/withdrawals', {
      key: agent.apiKey,
      body,
      headers: { 'idempotency-key': key },
    });
    server.catch(() => undefined);
    for (
      let i = 0;
      i < 200 && (await rows(w.knex, "select 1 from transactions where state = 'succeeded'")).length === 0;
      i += 1
    )
      await new Promise((resolve) => {
        setTimeout(resolve, 10);
      });
    throw new Error('aborted by the terminal');
  }
});
