/**
 * What networks claim back of withdrawals: held at once, never below zero; taken by two persons alone, to the paisa; once,
 * also twice at once.
 */
import { randomUUID } from 'node:crypto';
import { lienReleaseProposal } from '../../../domain/wallet-controls/control-actions';
import { execute, rows } from '../../../platform/database';
import { publicId } from '../../../platform/ids';
import { createDesk } from '../../support/commissions';
import { DAY_MS, SAID, useDisputes } from '../../support/disputes';
import { waitingForLocks } from '../../support/lock-waits';
import { violationsIn } from '../../support/operations';
import { until } from '../../support/until';
import { broken, found } from '../../support/verified-world';
import { pass as verifyInParts } from '../../support/walks';
import { casesOf, transactionRow } from '../../support/world';

const d = useDisputes();
const shown = (id: string) => d.w.first.disputes.get(d.agent.userId, id);
const clean = async (): Promise<void> => {
  expect(await violationsIn(d.w.knex)).toEqual([]);
};

describe('held', () => {
  it('a claim is held in the AEPS wallet, then in the main one; the rest as it comes in', async () => {
    const first = await d.withdrawal();
    await d.moveToMain(200_000n);
    expect(await d.spend(d.agent.accountId, 50_000n)).toBe('posted');
    const { id } = await d.record(first);
    expect(await shown(id)).toMatchObject({
      status: 'OPEN',
      held: 250_000,
      uncovered: 50_000,
      answer_by: d.day(5),
    });
    expect(await d.spend(d.agent.accountId, 1n)).toBe('LEDGER_INSUFFICIENT_FUNDS');
    expect(await d.spend(d.agent.aepsAccountId, 1n)).toBe('LEDGER_INSUFFICIENT_FUNDS');
    await d.withdrawal(80_000n);
    expect(await shown(id)).toMatchObject({ held: 300_000, uncovered: 0 });
    expect(await d.spend(d.agent.aepsAccountId, 30_001n)).toBe('LEDGER_INSUFFICIENT_FUNDS');
    expect(await d.spend(d.agent.aepsAccountId, 30_000n)).toBe('posted');
    await clean();
  });

  it('a part may be claimed; the claims of a transaction never come to more than it, also at once', async () => {
    const transaction = await d.withdrawal();
    const tries = await Promise.allSettled(
      Array.from({ length: 6 }, () => d.record(transaction, { amountPaise: 100_000n })),
    );
    const refused = tries.flatMap((one) => (one.status === 'rejected' ? [one.reason as object] : []));
    expect(refused).toHaveLength(3);
    for (const reason of refused) expect(reason).toMatchObject({ code: 'DISPUTE_OVER_AMOUNT' });
    await expect(
      execute(
        d.w.knex,
        `insert into disputes (id, kind, transaction_id, service, provider, case_reference, reason_code, user_id, wallet_id,
          account_id, amount_paise, received_on, answer_by, recorded_by, recorded_at)
        select gen_random_uuid(), kind, transaction_id, service, provider, 'NPCI-X', reason_code, user_id, wallet_id,
          account_id, 1, received_on, answer_by, recorded_by, recorded_at from disputes where transaction_id = ? limit 1`,
        [transaction],
      ),
    ).rejects.toMatchObject({ constraint: 'disputes_within_transaction' });
  });

  it('a case of a network is one dispute, twenty times at once; what says something else is refused', async () => {
    const given = d.claim(await d.withdrawal());
    const { disputes } = d.staff.operations;
    const all = await Promise.all(Array.from({ length: 20 }, () => disputes.record(given, d.staff.asha)));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    await expect(disputes.record({ ...given, amountPaise: 1n }, d.staff.asha)).rejects.toMatchObject({
      code: 'DISPUTE_CASE_KNOWN',
    });
  });

  it('only what succeeded is claimed back, on a day from that of the transaction to today, by who may', async () => {
    const { disputes } = d.staff.operations;
    const transaction = await d.withdrawal();
    await expect(d.record(transaction, { receivedOn: d.day(1) })).rejects.toMatchObject({
      code: 'DISPUTE_DATE_INVALID',
    });
    await expect(d.record(transaction, { receivedOn: d.day(-1) })).rejects.toMatchObject({
      code: 'DISPUTE_DATE_INVALID',
    });
    await expect(disputes.record(d.claim(transaction), d.staff.viewer)).rejects.toMatchObject({
      code: 'OPS_ROLE_MISSING',
    });
    d.w.connector.onInquire = () => ({
      kind: 'reversed',
      sent: true,
      rawStatus: '4',
      providerReference: 'tid_1',
    });
    await d.w.poll(transaction);
    await expect(d.record(transaction)).rejects.toMatchObject({ code: 'DISPUTE_TRANSACTION_NOT_SUCCEEDED' });
  });

  it('its lien has no time, and no other way out', async () => {
    const { id } = await d.record(await d.withdrawal());
    const liens = await d.staff.operations.walletControls.liens(50);
    const [lien] = liens.filter(({ userId }) => userId === d.agent.userId);
    expect(lien).toMatchObject({ amountPaise: 300_000n, endsAt: null, reference: publicId('dispute', id) });
    const proposal = lienReleaseProposal({ id: lien!.id, ...SAID });
    await expect(d.staff.operations.approvals.propose(proposal, d.staff.asha)).rejects.toMatchObject({
      code: 'LIEN_OF_DISPUTE',
    });
    await expect(
      execute(d.w.knex, 'update wallet_liens set released_at = now(), released_by = placed_by where id = ?', [
        lien!.id,
      ]),
    ).rejects.toMatchObject({ constraint: 'wallet_liens_of_dispute_end' });
  });
});

describe('the agent', () => {
  it('contests or accepts once, until the last day; staff get a case, and nothing is taken', async () => {
    const [a, b] = [await d.withdrawal(), await d.withdrawal()];
    const [contested, accepted] = [await d.record(a), await d.record(b)];
    const { disputes } = d.w.first;
    const statement = 'the customer signed page 12';
    const answered = await disputes.answer(d.agent.userId, contested.id, { answer: 'contested', statement });
    expect(answered).toMatchObject({ status: 'CONTESTED', statement, held: 300_000 });
    await disputes.answer(d.agent.userId, contested.id, { answer: 'contested', statement });
    await expect(disputes.answer(d.agent.userId, contested.id, { answer: 'accepted' })).rejects.toMatchObject(
      {
        code: 'DISPUTE_ANSWERED',
      },
    );
    expect(await disputes.answer(d.agent.userId, accepted.id, { answer: 'accepted' })).toMatchObject({
      status: 'ACCEPTED',
      taken: 0,
    });
    expect(await casesOf(d.w.knex, a)).toEqual(['dispute_answered']);
    expect(await d.balance(d.agent.aepsAccountId)).toBe(600_000n);
    await d.end(contested.id, 'won');
    expect(await casesOf(d.w.knex, a)).toEqual([]);
  });

  it('who says nothing until the last day is marked once, with a case, and loses nothing by that', async () => {
    const transaction = await d.withdrawal();
    const { id } = await d.record(transaction);
    const { disputes, disputeKeeper } = d.w.first;
    d.w.clock.advance(5 * DAY_MS);
    await disputeKeeper.markOverdue(100); // those of other tests
    expect(await shown(id)).toMatchObject({ status: 'OPEN' }); // the last day is not over
    d.w.clock.advance(DAY_MS);
    await expect(disputes.answer(d.agent.userId, id, { answer: 'accepted' })).rejects.toMatchObject({
      code: 'DISPUTE_ANSWER_LATE',
    });
    const marked = await Promise.all([1, 2, 3].map(() => disputeKeeper.markOverdue(10)));
    expect(marked.reduce((sum, n) => sum + n, 0)).toBe(1);
    expect(await shown(id)).toMatchObject({ status: 'OVERDUE', taken: 0, held: 300_000 });
    expect(await casesOf(d.w.knex, transaction)).toEqual(['dispute_unanswered']);
    expect(await d.balance(d.agent.aepsAccountId)).toBe(300_000n);
    await d.end(id, 'lost');
    expect(await casesOf(d.w.knex, transaction)).toEqual([]);
  });

  it('sees their own by the API, on the transaction too, and nobody else does', async () => {
    const transaction = await d.withdrawal();
    const { id } = await d.record(transaction, { amountPaise: 100_000n });
    const key = d.agent.apiKey;
    const named = publicId('dispute', id);
    const at = `/v1/disputes/${named}`;
    const ofTransaction = publicId('transaction', transaction);
    expect((await d.w.call('GET', at, { key })).body).toMatchObject({ id: named, amount: 100_000, owed: 0 });
    const list = await d.w.call('GET', `/v1/disputes?transaction=${ofTransaction}`, { key });
    expect(list.body.data).toMatchObject([{ id: named, transaction: ofTransaction }]);
    expect((await d.w.call('GET', `/v1/transactions/${ofTransaction}`, { key })).body).toMatchObject({
      disputed: 100_000,
    });
    const other = await d.w.user();
    expect((await d.w.call('GET', at, { key: other.apiKey })).body).toMatchObject({
      code: 'DISPUTE_NOT_FOUND',
    });
    expect((await d.w.call('GET', '/v1/disputes', { key: other.apiKey })).body.data).toEqual([]);
    const asked = { key: other.apiKey, body: { answer: 'accepted' } };
    expect((await d.w.call('POST', `${at}/answer`, asked)).status).toBe(404);
    const mine = { key, body: { answer: 'accepted' } };
    expect((await d.w.call('POST', `${at}/answer`, mine)).body).toMatchObject({ status: 'ACCEPTED' });
  });
});

// Before a scheme gives them a share: a share that is not paid keeps a user too.
describe('who leaves', () => {
  const close = async (): Promise<void> => {
    await d.w.first.commissions.accruals.run();
    await d.staff.operations.network.setStage(
      { user: d.agent.userId, to: 'closed', reason: 'a test' },
      d.staff.asha,
    );
  };
  const owing = () =>
    rows<{ paise: string; isOpen: boolean }>(
      d.w.knex,
      `select evidence->>'owed_paise' as paise, closed_at is null as "isOpen" from ops_cases
      where kind = 'user_closed_owing' and subject = ? order by opened_at, id`,
      [`user:${d.agent.userId}`],
    );

  it('is not closed while a claim on them is open', async () => {
    const transaction = await d.withdrawal();
    await d.spend(d.agent.aepsAccountId, 300_000n);
    const { id } = await d.record(transaction);
    await expect(close()).rejects.toMatchObject({ code: 'USER_HAS_MONEY' });
    await d.end(id, 'won');
    await close();
    expect(await owing()).toEqual([]);
  });

  it('and whom a claim finds closed owes what is lost: one case says how much, and again where it was settled', async () => {
    const transaction = await d.withdrawal();
    await d.spend(d.agent.aepsAccountId, 300_000n);
    await close();
    for (const paise of ['100000', '200000']) {
      await d.end((await d.record(transaction, { amountPaise: 100_000n })).id, 'lost');
      expect(await owing()).toEqual([{ paise, isOpen: true }]);
    }
    await execute(
      d.w.knex,
      `update ops_cases set closed_at = now(), closed_by = 'a test', closed_note = 'it was paid' where subject = ?`,
      [`user:${d.agent.userId}`],
    );
    await d.end((await d.record(transaction, { amountPaise: 100_000n })).id, 'lost');
    expect(await owing()).toMatchObject([{ isOpen: false }, { paise: '300000', isOpen: true }]);
    await clean();
  });
});

describe('the end', () => {
  it('domain.md 1.3, lost whole: wallet -> receivable 3,000.00, and the commission of 12.00 goes back', async () => {
    const { id } = await d.record(await d.withdrawal());
    await d.end(id, 'lost');
    expect((await d.postings()).slice(2)).toEqual([
      'wallet:R:aeps -> receivable:eko:aeps 300000 dispute_lost',
      'income:commission:eko:aeps -> receivable:eko:aeps 1176 commission_reversed',
      'income:commission:eko:aeps -> tax:tds-receivable:eko 24 commission_tds_reversed',
    ]);
    expect(await d.balances()).toEqual({});
    expect(await shown(id)).toMatchObject({ status: 'LOST', taken: 300_000, owed: 0, held: 0 });
    await clean();
  });

  it('what is not there is owed: wallets give 2,500.00, the user owes 500.00, and nothing goes below zero', async () => {
    const first = await d.withdrawal();
    await d.moveToMain(200_000n);
    await d.spend(d.agent.accountId, 50_000n);
    const { id } = await d.record(first);
    await d.end(id, 'lost');
    expect((await d.postings()).slice(2, 5)).toEqual([
      'wallet:R:aeps -> receivable:eko:aeps 100000 dispute_lost',
      'wallet:R:main -> receivable:eko:aeps 150000 dispute_lost',
      'receivable:user:R -> receivable:eko:aeps 50000 dispute_owed',
    ]);
    expect(await shown(id)).toMatchObject({ taken: 250_000, owed: 50_000 });
    await clean();
  });

  it('what newer claims hold is not there: of 3,000.00 a claim of 2,000.00 leaves 1,000.00 to the first', async () => {
    const [a, b] = [await d.withdrawal(), await d.withdrawal(200_000n)];
    await d.spend(d.agent.aepsAccountId, 200_000n);
    const first = await d.record(a);
    const second = await d.record(b, { amountPaise: 200_000n });
    expect(await shown(first.id)).toMatchObject({ held: 300_000 });
    expect(await shown(second.id)).toMatchObject({ held: 0 });
    await d.end(first.id, 'lost');
    expect(await shown(first.id)).toMatchObject({ taken: 100_000, owed: 200_000 });
    expect(await shown(second.id)).toMatchObject({ held: 200_000 });
    await clean();
  });

  it('a part that is lost leaves the commission; with the last part it goes', async () => {
    const transaction = await d.withdrawal();
    const [a, b] = [
      await d.record(transaction, { amountPaise: 100_000n }),
      await d.record(transaction, { amountPaise: 200_000n }),
    ];
    await d.end(a.id, 'lost');
    expect((await d.balances())['income:commission:eko:aeps']).toBe(1_200n);
    await clean();
    await d.end(b.id, 'lost');
    expect(await d.balances()).toEqual({});
    await clean();
  });

  it('the shares of the users go back by the night, as after a reversal', async () => {
    const desk = createDesk(d.staff);
    await desk.scheme('standard', 'all');
    await desk.rule('standard', 'aeps:withdrawal', '300000-300000:retailer=900', d.day(1));
    d.w.clock.advance(DAY_MS);
    await d.w.today(d.agent);
    const { accruals } = d.w.first.commissions;
    const { id } = await d.record(await d.withdrawal());
    expect(await accruals.run()).toMatchObject({ earned: 1, takenBack: 0 });
    await d.end(id, 'lost');
    expect(await accruals.run()).toMatchObject({ earned: 0, takenBack: 1 });
    await d.end(id, 'given_back');
    expect(await accruals.run()).toMatchObject({ earned: 1, takenBack: 0 });
  });

  it('won: nothing moves, and the money is free', async () => {
    const { id } = await d.record(await d.withdrawal());
    const before = await d.balances();
    await d.end(id, 'won');
    expect(await d.balances()).toEqual(before);
    expect(await d.spend(d.agent.aepsAccountId, 300_000n)).toBe('posted');
    expect(await shown(id)).toMatchObject({ status: 'WON', held: 0, uncovered: 0 });
  });

  it('lost and given back: the mirror; a debt that was paid meanwhile comes into the wallet', async () => {
    const transaction = await d.withdrawal();
    await d.spend(d.agent.aepsAccountId, 120_000n);
    const { id } = await d.record(transaction);
    await d.end(id, 'lost');
    const owed = (await d.balances())[`receivable:user:${d.agent.userId}`];
    expect(owed).toBe(-120_000n);
    await d.end(id, 'given_back');
    expect(await d.balance(d.agent.aepsAccountId)).toBe(180_000n);
    expect(await d.balances()).toMatchObject({
      'receivable:eko:aeps': -301_176n,
      'income:commission:eko:aeps': 1_200n,
      'tax:tds-receivable:eko': -24n,
    });
    expect((await d.balances())[`receivable:user:${d.agent.userId}`]).toBeUndefined();
    await expect(d.end(id, 'given_back')).rejects.toMatchObject({ code: 'DISPUTE_ENDED' });
    await clean();
  });

  it('needs two persons, and happens once: two proposals, two who approve at once, and again', async () => {
    const { id } = await d.record(await d.withdrawal());
    const { approvals } = d.staff.operations;
    const proposal = await d.propose(id, 'lost');
    await expect(approvals.approve(proposal.id, d.staff.asha)).rejects.toMatchObject({
      code: 'APPROVAL_NEEDS_ANOTHER',
    });
    await expect(d.propose(id, 'won')).rejects.toMatchObject({ code: 'APPROVAL_OPEN' });
    const both = await Promise.allSettled([
      approvals.approve(proposal.id, d.staff.ravi),
      approvals.approve(proposal.id, d.staff.admin),
    ]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(d.propose(id, 'lost')).rejects.toMatchObject({ code: 'DISPUTE_ENDED' });
    expect(await d.balances()).toEqual({});
  });

  it('is not written past the two persons, nor without its posting', async () => {
    const { id } = await d.record(await d.withdrawal());
    await expect(
      execute(d.w.knex, "update disputes set state = 'lost' where id = ?", [id]),
    ).rejects.toMatchObject({ constraint: 'disputes_end_by_rows' });
    const { id: approval } = await d.propose(id, 'lost');
    const journal = randomUUID(); // that is not in the ledger
    const write = (isApproved: boolean, taken: bigint): Promise<void> =>
      d.w.knex.transaction(async (trx) => {
        await execute(trx, "update disputes set state = 'lost' where id = ?", [id]);
        if (isApproved)
          await execute(trx, APPROVE, { approval, by: d.staff.ravi.userId, at: d.w.clock.now() });
        await execute(trx, END, { id, approval, taken, journal });
      });
    await expect(write(false, 300_000n)).rejects.toMatchObject({ constraint: 'dispute_endings_two_persons' });
    await expect(write(true, 299_999n)).rejects.toMatchObject({ constraint: 'dispute_endings_whole' });
    await expect(write(true, 300_000n)).rejects.toMatchObject({ constraint: 'dispute_endings_posted' });
    expect(await shown(id)).toMatchObject({ status: 'OPEN' });
  });

  it('a frozen wallet gives nothing: it is freed first', async () => {
    const { id } = await d.record(await d.withdrawal());
    const wallet = { userId: d.agent.userId, kind: 'aeps' as const, reason: 'as the police asked' };
    await d.staff.operations.walletControls.freeze(wallet, d.staff.asha);
    await expect(d.end(id, 'lost')).rejects.toMatchObject({ code: 'APPROVAL_OVERTAKEN' });
    expect(await shown(id)).toMatchObject({ status: 'OPEN', held: 300_000 });
  });

  it('a reversal that the provider tells after a lost claim takes nothing again: a person looks', async () => {
    const transaction = await d.withdrawal();
    await d.end((await d.record(transaction)).id, 'lost');
    d.w.connector.onInquire = () => ({
      kind: 'reversed',
      sent: true,
      rawStatus: '4',
      providerReference: 'tid_1',
    });
    await d.w.poll(transaction);
    expect((await transactionRow(d.w.knex, transaction)).state).toBe('succeeded');
    expect(await casesOf(d.w.knex, transaction)).toEqual(['reversed_after_dispute']);
    expect(await d.balances()).toEqual({});
  });
});

test('killed before the commit of an end, nothing has happened; then it happens once', async () => {
  const { id } = await d.record(await d.withdrawal());
  const proposal = await d.propose(id, 'lost');
  const { approvals } = d.staff.operations;
  const blocker = await d.w.knex.transaction();
  await blocker.raw('select from ledger_accounts for update');
  const stuck = approvals.approve(proposal.id, d.staff.ravi).then(
    () => 'done',
    () => 'broken off',
  );
  await until(() => waitingForLocks(d.w.knex)); // the end, for the accounts
  await rows<{ pid: number }>(d.w.knex, KILL, []);
  expect(await stuck).toBe('broken off');
  await blocker.rollback();
  expect(await shown(id)).toMatchObject({ status: 'OPEN', held: 300_000 });
  await approvals.approve(proposal.id, d.staff.ravi);
  expect(await d.balances()).toEqual({});
  await clean();
});

const APPROVE =
  "update approvals set state = 'approved', decided_by = :by, decided_at = :at where id = :approval";
const END = `
  insert into dispute_endings (dispute_id, turn, transaction_id, outcome, taken_paise, owed_paise, journal_id, approval_id,
    ended_at)
  select id, 1, transaction_id, 'lost', :taken, 0, :journal, :approval, now() from disputes where id = :id`;
const KILL = `
  select pid from (select pid, pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and pid <> pg_backend_pid()) as killed`;

test('verification is red for what does not fit, and names the dispute', async () => {
  const transaction = await d.withdrawal();
  const lost = await d.record(transaction, { amountPaise: 200_000n });
  await d.end(lost.id, 'lost');
  const open = await d.record(transaction, { amountPaise: 100_000n });
  const [a, b, t] = [`dispute ${lost.id}`, `dispute ${open.id}`, `transaction ${transaction}`];
  const ofLost = `where dispute_id = '${lost.id}'`;
  const journal = `(select journal_id from dispute_endings ${ofLost})`;
  const breaks = [
    [
      'dispute-ended',
      `update ledger_transfers set amount_paise = amount_paise - 1 where journal_id = ${journal}`,
      a,
    ],
    ['dispute-ended', `update dispute_endings set owed_paise = owed_paise + 1 ${ofLost}`, a],
    ['dispute-ended', `delete from dispute_endings ${ofLost}`, 'journal '],
    [
      'dispute-held',
      `update wallet_liens set released_at = now(), released_by = placed_by where dispute_id = '${open.id}'`,
      b,
    ],
    ['dispute-held', `update disputes set state = 'open' where id = '${lost.id}'`, a],
    ['dispute-claims', `update disputes set amount_paise = 100001 where id = '${open.id}'`, t],
    ['dispute-claims', `update transactions set state = 'reversed' where id = '${transaction}'`, t],
  ] as const;
  for (const [name, sql, offender] of breaks) {
    const { result } = found(await broken(d.w.knex, sql), name);
    expect([sql, result!.offenders.filter(({ id }) => id.startsWith(offender)).length]).toEqual([sql, 1]);
  }
  await clean();
  expect((await verifyInParts(d.w.knex, 10)).found).toEqual([]);
});
