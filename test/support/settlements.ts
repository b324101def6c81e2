/** Users with something in a wallet and a bank account that was verified. */
import { insertBeneficiaries } from '../../domain/beneficiaries/beneficiaries';
import type { AccountId } from '../../domain/ids/ids';
import { accountCode, openAccounts, type WalletKind } from '../../domain/ledger/accounts';
import type { AppUser } from '../../domain/users/users';
import { execute } from '../../platform/database';
import { systemIds } from '../../platform/ids';
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
    await insertBeneficiaries(trx, [{ userId: user.userId, sealed }]);
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
