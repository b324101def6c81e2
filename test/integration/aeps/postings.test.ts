/** The postings of domain.md 1.3 to the paisa, by real transactions; verification that goes red; what is settled late. */
import { accountId } from '../../../domain/ids/ids';
import type { Knex } from 'knex';
import {
  creditReversalTransfers,
  creditTransfers,
  type CreditAccounts,
} from '../../../domain/posting/credit-recipes';
import { verifyTables } from '../../../domain/verification/verify';
import { parsePublicId } from '../../../platform/ids';
import { execute, rows } from '../../../platform/database';
import {
  AADHAAR,
  createAepsWorld,
  freshPid,
  SHOP,
  type AepsWorld,
  type Agent,
} from '../../support/aeps-world';
import { violationsIn } from '../../support/operations';
import type { Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { declined, paid, timedOut } from '../../support/scripted-aeps';
import { useAepsWorld } from '../../support/use-aeps-world';
import { balances, casesOf, transactionRow } from '../../support/world';

const here = useAepsWorld({ aadhaarPay: true });
let w: AepsWorld;
let agent: Agent;
beforeEach(() => {
  ({ w, agent } = here);
});

const uuid = (reply: Reply): string => parsePublicId('transaction', reply.body.id as string)!;
const wallet = (): string => `wallet:${agent.userId}:aeps`;
const violations = (): Promise<string[]> => violationsIn(w.knex);

describe('domain.md 1.3', () => {
  it('cash withdrawal of 3,000: receivable -> wallet 3,000.00; commission 12.00, less TDS 0.24', async () => {
    await w.withdraw(agent, { amount: 300_000 });
    expect(await balances(w.knex)).toEqual({
      'receivable:eko:aeps': -301_176n,
      'tax:tds-receivable:eko': -24n,
      'income:commission:eko:aeps': 1_200n,
      [wallet()]: 300_000n,
    });
    expect(await violations()).toEqual([]);
  });

  it('Aadhaar Pay of 1,000: wallet 994.10, fee 5.00, GST 0.90', async () => {
    const reply = await w.withdraw(agent, { amount: 100_000 }, undefined, 'merchant-payments');
    expect(reply.body).toMatchObject({
      status: 'SUCCESS',
      kind: 'merchant_payment',
      amount: 100_000,
      fee: 500,
      tax: 90,
      instruction: 'treat_as_paid',
    });
    expect(await balances(w.knex)).toEqual({
      'receivable:eko:aeps': -100_000n,
      [wallet()]: 99_410n,
      'income:fee:aeps': 500n,
      'tax:gst-payable': 90n,
    });
    expect(await violations()).toEqual([]);
    expect(
      (await w.call('GET', `/v1/aeps/merchant-payments/${reply.body.id as string}`, { key: agent.apiKey }))
        .body,
    ).toMatchObject({ status: 'SUCCESS' });
    expectProblem(
      await w.call('GET', `/v1/aeps/withdrawals/${reply.body.id as string}`, { key: agent.apiKey }),
      'TRANSACTION_NOT_FOUND',
    );
  });

  it('what the provider keeps is its fee, and the tax on it', async () => {
    w.connector.onWithdraw = () => paid({ providerFeePaise: 200n, providerTaxPaise: 36n });
    await w.withdraw(agent, { amount: 100_000 }, undefined, 'merchant-payments');
    expect(await balances(w.knex)).toEqual({
      'receivable:eko:aeps': -99_764n,
      [wallet()]: 99_410n,
      'income:fee:aeps': 500n,
      'tax:gst-payable': 90n,
      'expense:provider-fee:eko': -200n,
      'tax:gst-input': -36n,
    });
  });

  it('pending and failed: none', async () => {
    w.connector.onWithdraw = timedOut;
    await w.withdraw(agent);
    w.connector.onWithdraw = () => declined();
    await w.withdraw(agent);
    expect(await balances(w.knex)).toEqual({});
    expect(await violations()).toEqual([]);
  });

  it('found late: receivable -> suspense, all of it, for a payment too', async () => {
    w.connector.onWithdraw = timedOut;
    const late = [
      await w.withdraw(agent),
      await w.withdraw(agent, { amount: 100_000 }, undefined, 'merchant-payments'),
    ];
    w.clock.advance(60_000);
    w.connector.onInquire = () => paid();
    for (const reply of late) await w.poll(uuid(reply));
    expect(await balances(w.knex)).toEqual({
      'receivable:eko:aeps': -401_176n,
      'tax:tds-receivable:eko': -24n,
      'income:commission:eko:aeps': 1_200n,
      'suspense:eko': 400_000n,
    });
    expect(await violations()).toEqual([]);
  });

  it('reversed by the bank: the mirror, when the agent still has it; and the limit is given back', async () => {
    const reply = await w.withdraw(agent, { amount: 100_000 }, undefined, 'merchant-payments');
    w.connector.onInquire = () => ({
      kind: 'reversed',
      sent: true,
      rawStatus: '4',
      providerReference: 'tid_1',
    });
    await w.poll(uuid(reply));
    expect(await balances(w.knex)).toEqual({});
    expect((await transactionRow(w.knex, uuid(reply))).state).toBe('reversed');
    expect(await violations()).toEqual([]);
  });

  it('refund pending, and then done after all: credited in time, else for a person', async () => {
    w.connector.onWithdraw = () => ({
      kind: 'refund_pending',
      sent: true,
      rawStatus: '3',
      providerReference: 'tid_1',
    });
    const [inTime, late] = [await w.withdraw(agent), await w.withdraw(agent)];
    // No wallet waits for it, and the customer has gone: a person sees to it.
    expect(await casesOf(w.knex, uuid(late))).toEqual(['aeps_refund_pending']);
    w.connector.onInquire = () => paid();
    await w.poll(uuid(inTime));
    w.clock.advance(60_000);
    await w.poll(uuid(late));
    expect([
      (await transactionRow(w.knex, uuid(inTime))).state,
      (await transactionRow(w.knex, uuid(late))).state,
    ]).toEqual(['succeeded', 'in_review']);
    expect(await balances(w.knex)).toEqual({
      'receivable:eko:aeps': -602_352n,
      'tax:tds-receivable:eko': -48n,
      'income:commission:eko:aeps': 2_400n,
      'suspense:eko': 300_000n,
      [wallet()]: 300_000n,
    });
    expect(await violations()).toEqual([]);
  });

  it('the fee of the provider is posted once, however often it changes its mind, and a reversal gives back what was posted', async () => {
    const withFee = () => paid({ providerFeePaise: 200n, providerTaxPaise: 36n });
    const undecided = () => ({
      kind: 'refund_pending' as const,
      sent: true,
      rawStatus: '3',
      providerReference: 'tid_1',
    });
    const becomes = async (id: string, ...answers: (() => ReturnType<typeof paid>)[]): Promise<void> => {
      for (const answer of answers) {
        w.connector.onInquire = answer;
        await w.poll(id);
      }
    };
    w.connector.onWithdraw = undecided;
    const first = uuid(await w.withdraw(agent));
    await becomes(first, withFee);
    w.connector.onWithdraw = withFee;
    const second = uuid(await w.withdraw(agent));
    await becomes(second, undecided, withFee);
    expect(await balances(w.knex)).toEqual({
      'receivable:eko:aeps': -601_880n,
      'tax:tds-receivable:eko': -48n,
      'income:commission:eko:aeps': 2_400n,
      [wallet()]: 600_000n,
      'expense:provider-fee:eko': -400n,
      'tax:gst-input': -72n,
    });
    for (const id of [first, second]) await becomes(id, () => ({ ...undecided(), kind: 'reversed' }));
    expect(await balances(w.knex)).toEqual({});
    expect(await violations()).toEqual([]);
  });
});

const statement = () => ({
  customer: { mobile: '9000000002', bank: 'HDFC' },
  terminal: { id: 'term-1', latlong: SHOP },
  aadhaar: AADHAAR,
  pid: freshPid(),
});

describe('a mini statement moves no money of the customer, and earns 0.75 less TDS 0.02', () => {
  const EARNED = {
    'receivable:eko:aeps': -73n,
    'tax:tds-receivable:eko': -2n,
    'income:commission:eko:aeps': 75n,
  };
  const ask = (what: string): Promise<Reply> =>
    w.call('POST', `/v1/aeps/${what}`, { key: agent.apiKey, body: statement() });

  it('as agreed, as stated, and nothing for a balance', async () => {
    expect((await ask('balance-enquiries')).body).toMatchObject({ status: 'SUCCESS' });
    expect(await balances(w.knex)).toEqual({});
    expect((await ask('mini-statements')).body).toMatchObject({ status: 'SUCCESS' });
    expect(await balances(w.knex)).toEqual(EARNED);
    expect(await violations()).toEqual([]);
    w.connector.onStatement = () => ({
      ok: true,
      value: { lines: [], customerBalancePaise: null, reference: null, commissionPaise: 100n },
    });
    await ask('mini-statements');
    expect(await balances(w.knex)).toEqual({
      'receivable:eko:aeps': -171n,
      'tax:tds-receivable:eko': -4n,
      'income:commission:eko:aeps': 175n,
    });
    expect(await violations()).toEqual([]);
  });

  it('what a process that died did not post is posted by the keeper, once', async () => {
    await ask('mini-statements');
    // as if it had died before the journal, and after it
    for (const what of ['earned and not posted', 'posted and not marked']) {
      await execute(
        w.knex,
        what.startsWith('earned')
          ? `insert into aeps_enquiries (id, user_id, kind, provider, our_reference, customer, bank, terminal_id, lat_micro,
              long_micro, state, started_at, finished_at, commission_paise, tds_paise)
            select gen_random_uuid(), user_id, kind, provider, 'another', customer, bank, terminal_id, lat_micro,
              long_micro, state, started_at, finished_at, commission_paise, tds_paise from aeps_enquiries`
          : 'update aeps_enquiries set posted_at = null',
        [],
      );
      await Promise.all([w.aeps.keeper.postCommissions(100), w.aeps.keeper.postCommissions(100)]);
      expect(await w.aeps.keeper.postCommissions(100)).toBe(0);
      expect(await balances(w.knex)).toEqual({
        'receivable:eko:aeps': -146n,
        'tax:tds-receivable:eko': -4n,
        'income:commission:eko:aeps': 150n,
      });
      expect(await violations()).toEqual([]);
    }
  });

  it('one that cannot be posted holds up no later one', async () => {
    await ask('mini-statements');
    w.clock.advance(1_000);
    await ask('mini-statements');
    await execute(
      w.knex,
      `update aeps_enquiries set posted_at = null, commission_paise = commission_paise
        + case when started_at = (select min(started_at) from aeps_enquiries) then 1 else 0 end`, // not what was posted
      [],
    );
    await expect(w.aeps.keeper.postCommissions(100)).rejects.toMatchObject({
      code: 'LEDGER_JOURNAL_MISMATCH',
    });
    expect(
      await rows(
        w.knex,
        'select posted_at is not null as "isPosted" from aeps_enquiries order by started_at',
      ),
    ).toEqual([{ isPosted: false }, { isPosted: true }]);
  });
});

it('every credit has a mirror that leaves nothing', () => {
  const a: CreditAccounts = {
    wallet: accountId(1n),
    receivable: accountId(2n),
    suspense: accountId(3n),
    feeIncome: accountId(4n),
    gstPayable: accountId(5n),
    providerFee: accountId(6n),
    gstInput: accountId(7n),
  };
  for (const amountPaise of [10_000n, 99_999n, 1_000_000n]) {
    for (const [feePaise, taxPaise] of [
      [0n, 0n],
      [500n, 90n],
      [3n, 1n],
    ] as const) {
      const p = {
        service: 'aeps',
        amountPaise,
        feePaise,
        taxPaise,
        providerFeePaise: 200n,
        providerTaxPaise: 36n,
      };
      const net = new Map<bigint, bigint>();
      for (const t of [...creditTransfers(a, p), ...creditReversalTransfers(a, p)]) {
        expect(t.amountPaise).toBeGreaterThan(0n);
        net.set(t.debitAccountId, (net.get(t.debitAccountId) ?? 0n) - t.amountPaise);
        net.set(t.creditAccountId, (net.get(t.creditAccountId) ?? 0n) + t.amountPaise);
      }
      expect([...net.values()].every((v) => v === 0n)).toBe(true);
    }
  }
});

it('a provider without Aadhaar Pay: a clear refusal, and nothing is stored', async () => {
  const without = await createAepsWorld();
  const merchant = await without.agent();
  expectProblem(
    await without.withdraw(merchant, {}, undefined, 'merchant-payments'),
    'AEPS_AADHAAR_PAY_UNAVAILABLE',
  );
  expect(await without.knex('requests')).toEqual([]);
  await without.close();
});

class RolledBack extends Error {}
async function broken(sql: string, drop: readonly string[] = []): Promise<{ name: string; ids: string[] }[]> {
  let found: { name: string; ids: string[] }[] = [];
  await w.knex
    .transaction(async (trx: Knex.Transaction) => {
      await trx.raw('set local session_replication_role = replica');
      for (const constraint of drop)
        await trx.raw(
          `alter table ${constraint.split('.')[0]!} drop constraint ${constraint.split('.')[1]!}`,
        );
      if ((await trx.raw<{ rowCount: number }>(sql)).rowCount === 0) throw new Error('nothing was broken');
      found = (await verifyTables(trx, {})).flatMap((f) =>
        (f.result?.violations ?? 0) > 0 ? [{ name: f.name, ids: f.result!.offenders.map((o) => o.id) }] : [],
      );
      throw new RolledBack();
    })
    .catch((error: unknown) => {
      if (!(error instanceof RolledBack)) throw error;
    });
  return found;
}

it('verification is red for what is not whole, not sealed, credited wrongly, or over a limit', async () => {
  const id = uuid(await w.withdraw(agent));
  const transaction = `transaction ${id}`;
  expect(await violations()).toEqual([]);
  expect(await broken('delete from aeps_withdrawals')).toContainEqual({
    name: 'accepted-whole',
    ids: [transaction],
  });
  expect(await broken('update aeps_withdrawals set transaction_id = gen_random_uuid()')).toContainEqual({
    name: 'accepted-whole',
    ids: [expect.stringMatching(/^aeps_withdrawal /), transaction],
  });
  expect(
    await broken("update aeps_withdrawals set mobile_sealed = '9000000002'", [
      'aeps_withdrawals.aeps_withdrawals_sealed',
    ]),
  ).toContainEqual({ name: 'sealed', ids: [`aeps_withdrawals ${id}`] });
  expect(await broken('update transactions set amount_paise = amount_paise + 1')).toContainEqual({
    name: 'wallet',
    ids: [transaction],
  });
  expect(
    await broken("update transaction_outcomes set recorded_at = recorded_at + interval '61 seconds'"),
  ).toContainEqual({ name: 'credited-in-time', ids: [transaction] });
  expect(await broken('update aeps_withdrawals set day_cap = 0')).toContainEqual({
    name: 'customer-day',
    ids: [transaction],
  });
  expect(await broken('update aeps_withdrawals set otp_above_paise = 1')).toContainEqual({
    name: 'withdrawal-otp',
    ids: [transaction],
  });
  await w.call('POST', '/v1/aeps/mini-statements', { key: agent.apiKey, body: statement() });
  for (const wrong of [
    'update aeps_enquiries set commission_paise = commission_paise + 1',
    "delete from ledger_transfers where code = 'commission_tds' and transaction_id is null",
    'delete from aeps_enquiries',
  ])
    expect(await broken(wrong)).toContainEqual({ name: 'enquiry-commission', ids: ['provider eko'] });
});
