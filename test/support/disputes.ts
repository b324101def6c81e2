/** Withdrawals of an agent that a network claims back, and the staff who write that down. */
import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { DisputeGiven } from '../../domain/disputes/desk';
import type { DisputeOutcome, DisputeRow } from '../../domain/disputes/rows';
import { transactionId, type AccountId, type UserId } from '../../domain/ids/ids';
import { openAccounts } from '../../domain/ledger/accounts';
import { addMs, businessDate } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { parsePublicId, systemIds } from '../../platform/ids';
import { createAepsWorld, freshAadhaar, type AepsWorld, type Agent } from './aeps-world';
import { closeWithCleanBooks } from './books';
import { createStaff, type Staff } from './operations';
import { balanceOf, balances } from './world';

export const DAY_MS = 86_400_000;
export const SAID = { reason: 'as the network says', evidence: 'mail of the provider' };

/** One world with staff, a new agent for each test; the books of all are read at the end. */
export function useDisputes() {
  let w: AepsWorld;
  let staff: Staff;
  let agent: Agent;
  let before: Record<string, bigint>;
  let since: bigint;
  let cases = 0;
  beforeAll(async () => {
    w = await createAepsWorld({ withoutOtps: true });
    staff = await createStaff({ knex: w.knex, clock: w.clock });
  });
  beforeEach(async () => {
    w.clock.advance(DAY_MS); // one-time passwords of agents are counted together here
    agent = await w.agent();
    before = await balances(w.knex);
    since = (await rows<{ id: bigint }>(w.knex, LAST))[0]!.id;
  });
  afterAll(async () => {
    staff.close();
    await closeWithCleanBooks(w.knex, w);
  });

  async function withdrawal(amountPaise = 300_000n, of: Agent = agent): Promise<string> {
    const reply = await w.withdraw(of, { amount: Number(amountPaise), aadhaar: freshAadhaar() });
    expect(reply.body).toMatchObject({ status: 'SUCCESS' });
    return parsePublicId('transaction', reply.body.id as string)!;
  }
  const claim = (transaction: string, over: Partial<DisputeGiven> = {}): DisputeGiven => ({
    kind: 'chargeback',
    transactionId: transactionId(transaction),
    amountPaise: 300_000n,
    caseReference: `NPCI-CB-${(cases += 1).toString().padStart(6, '0')}`,
    reasonCode: '1065',
    receivedOn: businessDate(w.clock.now()),
    ...over,
  });
  const record = (transaction: string, over: Partial<DisputeGiven> = {}): Promise<DisputeRow> =>
    staff.operations.disputes.record(claim(transaction, over), staff.asha);
  const propose = async (id: string, outcome: DisputeOutcome) => {
    const { approvals, disputes } = staff.operations;
    return approvals.propose(await disputes.endProposal({ id, outcome, ...SAID }), staff.asha);
  };
  const end = async (id: string, outcome: DisputeOutcome) =>
    staff.operations.approvals.approve((await propose(id, outcome)).id, staff.ravi);

  /** From the AEPS wallet to the main one. */
  const moveToMain = (amountPaise: bigint) =>
    w.first.walletTransfers.move(agent.userId, randomUUID(), {
      ...{ amountPaise, reference: `move-${randomUUID().slice(0, 8)}`, from: 'aeps', to: 'main' },
    });
  /** So much leaves a wallet to a bank account. */
  async function spend(accountId: AccountId, amountPaise: bigint): Promise<string> {
    const bank = (await openAccounts(w.knex, ['bank:escrow'])).get('bank:escrow')!;
    const line = { debitAccountId: accountId, creditAccountId: bank, amountPaise, code: 'withdrawn' };
    const posted = await w.first.ledger.post({
      journal: { id: randomUUID(), transactionId: null, transfers: [line] },
    });
    return posted.status === 'refused' ? posted.code : posted.status;
  }
  /** Lines of disputes and of commission, as `debit -> credit paise code`. */
  async function postings(): Promise<string[]> {
    const found = await rows<{ line: string }>(
      w.knex,
      `select d.code || ' -> ' || c.code || ' ' || x.amount_paise || ' ' || x.code as line from ledger_transfers x
      join ledger_accounts d on d.id = x.debit_account_id join ledger_accounts c on c.id = x.credit_account_id
      where (x.code like 'dispute%' or x.code like 'commission%') and x.id > ? order by x.id`,
      [since],
    );
    return found.map(({ line }) => line.replaceAll(agent.userId, 'R'));
  }
  return {
    ...{ withdrawal, claim, record, propose, end, moveToMain, spend, postings },
    /** So many days from today, as `YYYY-MM-DD`. */
    day: (days: number) => businessDate(addMs(w.clock.now(), days * DAY_MS)),
    balance: (accountId: AccountId) => balanceOf(w.knex, accountId),
    /** What this test has moved. */
    balances: async () => movedSince(before, await balances(w.knex)),
    get w() {
      return w;
    },
    get agent() {
      return agent;
    },
    get staff() {
      return staff;
    },
  };
}

const LAST = 'select coalesce(max(id), 0)::int8 as id from ledger_transfers';

function movedSince(before: Record<string, bigint>, after: Record<string, bigint>): Record<string, bigint> {
  const codes = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const moved = codes.map((code) => [code, (after[code] ?? 0n) - (before[code] ?? 0n)] as const);
  return Object.fromEntries(moved.filter(([, paise]) => paise !== 0n));
}

/** As if staff had recorded a claim on a withdrawal of the user; no wallet holds anything for it. */
export async function plantDispute(knex: Knex, userId: UserId): Promise<void> {
  await execute(
    knex,
    `insert into disputes (id, kind, transaction_id, service, provider, case_reference, reason_code, user_id, wallet_id,
       account_id, amount_paise, received_on, answer_by, recorded_by, recorded_at)
     select :id, 'chargeback', t.id, t.service, t.provider, 'CASE-1', '1061', w.user_id, w.id, w.account_id, 100,
       (now() at time zone 'Asia/Kolkata')::date, (now() at time zone 'Asia/Kolkata')::date + 5, w.user_id, now()
     from transactions t join wallets w on w.user_id = t.user_id and w.kind = 'aeps'
     where t.user_id = :userId and t.service = 'aeps' and t.state = 'succeeded' limit 1`,
    { id: systemIds.uuid(), userId },
  );
}
