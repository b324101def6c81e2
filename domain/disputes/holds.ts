import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { derivedUuid, publicId } from '../../platform/ids';
import { least, type Paise } from '../../platform/money';
import { insertOne } from '../../platform/sql';
import { DomainError } from '../errors/errors';
import type { AccountId, UserId } from '../ids/ids';
import type { WalletKind } from '../ledger/accounts';
import { FROZEN_PAISE } from '../ledger/apply';
import { lockAccountsForUpdate } from '../ledger/rows';
import { releaseLien } from '../wallet-controls/control-rows';

/**
 * What a dispute holds back. Its money is looked for in the wallet that the transaction credited, then in the main one;
 * what is in neither is held in the first as it comes in. A line of credit is not counted as money that is there. It can
 * still be used, as far as it reaches: what is spent of the held money so is owed when the dispute is lost.
 */

interface WalletOfUser {
  walletId: string;
  accountId: AccountId;
  kind: WalletKind;
}

/** The one that was credited first. */
export async function walletsOf(
  db: Knex.Transaction,
  { userId, accountId }: { userId: UserId; accountId: AccountId },
): Promise<WalletOfUser[]> {
  return rows<WalletOfUser>(
    db,
    `select id as "walletId", account_id as "accountId", kind from wallets
    where user_id = :userId and (account_id = :accountId or kind = 'main') order by account_id <> :accountId`,
    { userId, accountId },
  );
}

/** Places the liens, under the locks of the accounts; what they come to is the amount. */
export async function holdBack(
  trx: Knex.Transaction,
  dispute: { id: string; userId: UserId; accountId: AccountId; amountPaise: Paise },
  by: { userId: UserId; at: Date },
): Promise<void> {
  const wallets = await walletsOf(trx, dispute);
  const there = await freeIn(trx, wallets);
  let left = dispute.amountPaise;
  const held = wallets.map(({ walletId }) => {
    const part = least(left, there.get(walletId)!);
    left -= part;
    return { walletId, part };
  });
  held[0]!.part += left; // what is not there yet
  for (const { walletId, part } of held) {
    if (part === 0n) continue;
    await insertOne(trx, 'wallet_liens', {
      id: derivedUuid(dispute.id, `lien|${walletId}`),
      wallet_id: walletId,
      amount_paise: part,
      reference: publicId('dispute', dispute.id),
      reason: 'a dispute',
      placed_by: by.userId,
      placed_at: by.at,
      ends_at: null,
      dispute_id: dispute.id,
    });
  }
}

/** After the dispute has its end. */
export async function letGo(
  trx: Knex.Transaction,
  disputeId: string,
  { userId: by, at }: { userId: UserId; at: Date },
): Promise<void> {
  const held = await rows<{ id: string; accountId: AccountId }>(
    trx,
    `select l.id, w.account_id as "accountId" from wallet_liens l join wallets w on w.id = l.wallet_id
    where l.dispute_id = ?::uuid and l.released_at is null`,
    [disputeId],
  );
  // all of them, in the order of the ledger, before the first is changed
  await lockAccountsForUpdate(
    trx,
    held.map(({ accountId }) => accountId),
  );
  for (const { id } of held) await releaseLien(trx, { id, by, at });
}

export interface Taken {
  accountId: AccountId;
  amountPaise: Paise;
}

/**
 * What can be taken of an amount, never below zero nor into what other liens hold, newer ones too; the rest is owed. The
 * accounts stay locked.
 * Throws DomainError WALLET_FROZEN: whoever froze it lifts that first.
 */
export async function takeFrom(
  trx: Knex.Transaction,
  dispute: { userId: UserId; accountId: AccountId; amountPaise: Paise },
): Promise<{ taken: Taken[]; owedPaise: Paise }> {
  const wallets = await walletsOf(trx, dispute);
  const there = await freeIn(trx, wallets, 'unfrozen');
  let owedPaise = dispute.amountPaise;
  const taken: Taken[] = [];
  for (const { walletId, accountId } of wallets) {
    const amountPaise = least(owedPaise, there.get(walletId)!);
    if (amountPaise === 0n) continue;
    taken.push({ accountId, amountPaise });
    owedPaise -= amountPaise;
  }
  return { taken, owedPaise };
}

/** What no lien holds, by wallet, locked in the order of the ledger; the liens, older and newer ones, are read after the locks. */
async function freeIn(
  trx: Knex.Transaction,
  wallets: readonly WalletOfUser[],
  only: 'any' | 'unfrozen' = 'any',
): Promise<Map<string, Paise>> {
  const accounts = await lockAccountsForUpdate(
    trx,
    wallets.map(({ accountId }) => accountId),
  );
  const liens = await rows<{ walletId: string; paise: Paise }>(
    trx,
    `select wallet_id as "walletId", sum(amount_paise)::int8 as paise from wallet_liens
    where wallet_id = any(?::uuid[]) and released_at is null group by wallet_id`,
    [wallets.map(({ walletId }) => walletId)],
  );
  const heldIn = new Map(liens.map(({ walletId, paise }) => [walletId, paise]));
  return new Map(
    wallets.map(({ walletId, accountId }) => {
      const { creditsPaise, debitsPaise, spendFloorPaise } = accounts.get(accountId)!;
      const free = creditsPaise - debitsPaise - (heldIn.get(walletId) ?? 0n);
      const isThere = free > 0n;
      if (isThere && only === 'unfrozen' && spendFloorPaise === FROZEN_PAISE)
        throw new DomainError('WALLET_FROZEN');
      return [walletId, isThere ? free : 0n];
    }),
  );
}
