/** Users with something in a wallet and a bank account that was verified. */
import { insertBeneficiaries } from '../../domain/beneficiaries/beneficiaries';
import { Readable } from 'node:stream';
import type { Knex } from 'knex';
import type { AccountId, UserId } from '../../domain/ids/ids';
import { accountCode, openAccounts, type WalletKind } from '../../domain/ledger/accounts';
import type { AppUser } from '../../domain/users/users';
import { execute, rows } from '../../platform/database';
import { systemIds } from '../../platform/ids';
import type { Staff } from './operations';
import { createFundedUser, fund, type World } from './world';

export interface Earner extends AppUser {
  /** Of the wallet that is settled. */
  earned: AccountId;
}

let made = 0;

/** A user whose wallet of this kind holds so much. */
export async function earner(world: World, kind: WalletKind, paise: bigint): Promise<Earner> {
  const user = await createFundedUser(world.first, 0n);
  const code = accountCode.wallet(user.userId, kind);
  const earned = (await openAccounts(world.knex, [code])).get(code)!;
  await execute(
    world.knex,
    'insert into wallets (id, user_id, kind, account_id) values (:id, :user, :kind, :earned)',
    { id: systemIds.uuid(), user: user.userId, kind, earned },
  );
  if (paise > 0n) await fund(world.first, earned, paise);
  return { ...user, earned };
}

/** A batch with one settlement of the user's AEPS wallet, as if a cut-off had just passed. */
export async function plantSettlement(knex: Knex, userId: UserId): Promise<void> {
  await knex.transaction(async (trx) => {
    await execute(trx, 'set local session_replication_role = replica');
    const batch = systemIds.uuid();
    await execute(
      trx,
      `insert into settlement_batches (id, wallet_kind, business_date, cutoff_at, pays_by, opened_at)
       values (:batch, 'aeps', (now() at time zone 'Asia/Kolkata')::date, now(), 'payout', now())`,
      { batch },
    );
    await execute(
      trx,
      `insert into settlement_items (id, batch_id, pays_by, wallet_id, user_id, account_id, beneficiary_id, amount_paise,
         fee_paise, tax_paise, made_at)
       select :id, :batch, 'payout', w.id, w.user_id, w.account_id, b.id, 10000, 500, 90, now()
       from wallets w join beneficiaries b on b.user_id = w.user_id and b.kind = 'bank'
       where w.user_id = :userId and w.kind = 'aeps' limit 1`,
      { id: systemIds.uuid(), batch, userId },
    );
  });
}

/** As if their papers were approved, with an account that the bank has confirmed. */
export async function withBankAccount(world: World, user: AppUser): Promise<void> {
  made += 1;
  const { beneficiaries, cipher } = world.first;
  const details = {
    name: 'Test Trader',
    account: { kind: 'bank', accountNumber: `0099887766${10_000 + made}`, ifsc: 'HDFC0000053' },
  } as const;
  const sealed = beneficiaries.seal(user.userId, details, beneficiaries.fingerprints(details));
  await world.knex.transaction(async (trx) => {
    await insertBeneficiaries(trx, [{ userId: user.userId, sealed, madeBy: 'kyc', at: world.clock.now() }]);
    await execute(trx, 'set local session_replication_role = replica');
    await execute(
      trx,
      `insert into kyc_records (id, user_id, tier, holder, state, saved_by, name_sealed, beneficiary_id, pan_sealed,
        pan_fingerprint, pan_hint, made_at, submitted_at, decided_at, approval_id, risk, due_on, lapses_at, after_tier)
      values (:id, :user, 'full', 'individual', 'approved', :user, :sealed, :beneficiary, :sealed, sha256(:id::text::bytea),
        'XXXXX0000X', now(), now(), now(), :id, 'low', '2030-01-01', '2030-01-01', 'small')`,
      {
        ...{ id: systemIds.uuid(), user: user.userId, beneficiary: sealed.id },
        sealed: cipher.seal('nobody', 'kyc of a test'),
      },
    );
    await execute(
      trx,
      `insert into account_validations (id, beneficiary_id, provider, method, our_reference, state, begun_at, send_before,
        sent_at, sends, ended_at)
      values (:id, :beneficiary, 'testpay', 'penny_drop', :id::text, 'valid', now(), now() + interval '1 hour', now(), 1, now())`,
      { id: systemIds.uuid(), beneficiary: sealed.id },
    );
  });
}

interface StatementLine {
  utr: string;
  /** In rupees. */
  debit?: string;
  credit?: string;
}

/** What reconciliation makes of one line of our bank's statement. */
export async function statementState(
  world: Pick<World, 'knex'>,
  { operations }: Pick<Staff, 'operations'>,
  line: StatementLine,
): Promise<string> {
  await importStatement({ operations }, '2026-11-02', line);
  await operations.reconciliation.run({ source: 'escrow', businessDate: '2026-11-02' });
  const [row] = await rows<{ state: string }>(world.knex, 'select state from recon_rows');
  return row!.state;
}

/** Of a day, with one line. */
export async function importStatement(
  { operations: { reconciliation } }: Pick<Staff, 'operations'>,
  businessDate: string,
  { utr, debit = '0.00', credit = '0.00' }: StatementLine,
): Promise<void> {
  const known = await reconciliation.sources();
  if (!known.some(({ name }) => name === 'escrow'))
    await reconciliation.addSource({ name: 'escrow', bank: 'escrow', format: 'hdfc' });
  const [year, month, date] = businessDate.split('-') as [string, string, string];
  const day = `${date}/${month}/${year.slice(2)}`;
  const text = [
    'Date,Narration,Value Dat,Debit Amount,Credit Amount,Chq/Ref Number,Closing Balance',
    `${day},NEFT ${utr},${day},${debit},${credit},${utr},10000.00`,
  ].join('\n');
  await reconciliation.importFile({
    ...{ source: 'escrow', businessDate, name: 'statement.csv' },
    open: () => Readable.from([Buffer.from(`${text}\n`)]) as AsyncIterable<Buffer>,
  });
}

/** Statements of these days of November, in which the bank has paid nothing. */
export async function importQuietStatements(staff: Pick<Staff, 'operations'>, days: string[]): Promise<void> {
  for (const day of days)
    await importStatement(staff, `2026-11-${day}`, { credit: '1.00', utr: `SBINN520261${day}00001` });
}
