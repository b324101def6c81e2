import { accountId, type AccountId } from '../ids/ids';
import type { Knex } from 'knex';
import type { Cursors } from '../errors/cursor';
import { rows } from '../../platform/database';
import { DomainError } from '../errors/errors';
import { publicId } from '../../platform/ids';
import { paiseToJson } from '../../platform/money';
import type { Page } from '../transactions/read';
import { WalletModel } from './wallet.model';

/**
 * Balances, in paise: `balance` is what the ledger says, spendable money; `held` is what running transactions, and those in review before anything was posted,
 * have taken out of it already;
 * `available` is the balance less what is accepted and not held yet, so that a caller sees what a next request may count on.
 */
export interface WalletView {
  id: string;
  object: 'wallet';
  kind: string;
  currency: string;
  balance: number;
  held: number;
  available: number;
  created_at: string;
}
export interface StatementLineView {
  object: 'statement_line';
  id: string;
  at: string;
  code: string;
  direction: 'credit' | 'debit';
  amount: number;
  balance_after: number;
  transaction: string | null;
}

export interface WalletReader {
  list(userId: string): Promise<WalletView[]>;
  /** Newest first, with the running balance after each line. Throws DomainError WALLET_NOT_FOUND. */
  statement(
    userId: string,
    walletId: string,
    page: { limit: number; cursor?: string },
  ): Promise<Page<StatementLineView>>;
}

interface Line {
  id: bigint;
  journalId: string;
  line: number;
  at: Date;
  code: string;
  isCredit: boolean;
  amount: bigint;
  balanceAfter: bigint;
  transactionId: string | null;
}

export function createWalletReader(deps: { knex: Knex; cursors: Cursors }): WalletReader {
  return {
    async list(userId) {
      const found = await rows<{
        id: string;
        kind: string;
        currency: string;
        balance: bigint;
        held: bigint;
        accepted: bigint;
        createdAt: Date;
      }>(
        deps.knex,
        `
        select w.id, w.kind, a.currency, a.credits_paise - a.debits_paise as balance, w.created_at as "createdAt",
          coalesce((select sum(t.total_paise) from transactions t where t.wallet_id = w.id and (t.state in ('held', 'dispatched', 'refund_pending') or (t.state = 'in_review' and t.posted_count = 0))), 0)::int8 as held,
          coalesce((select sum(t.total_paise) from transactions t where t.wallet_id = w.id and t.state = 'accepted'), 0)::int8 as accepted
        from wallets w join ledger_accounts a on a.id = w.account_id where w.user_id = ? order by w.created_at, w.id`,
        [userId],
      );
      return found.map((w) => ({
        id: publicId('wallet', w.id),
        object: 'wallet',
        kind: w.kind,
        currency: w.currency,
        balance: paiseToJson(w.balance),
        held: paiseToJson(w.held),
        available: paiseToJson(w.balance > w.accepted ? w.balance - w.accepted : 0n),
        created_at: w.createdAt.toISOString(),
      }));
    },
    async statement(userId, walletId, page) {
      const wallet = await WalletModel.query(deps.knex).findOne({ id: walletId, user_id: userId });
      if (wallet === undefined) throw new DomainError('WALLET_NOT_FOUND');
      const scope = JSON.stringify(['statement', userId, walletId]);
      const before = page.cursor === undefined ? null : deps.cursors.decode(page.cursor, scope);
      const found = await statementLines(deps.knex, accountId(wallet.account_id), before, page.limit + 1);
      const shown = found.slice(0, page.limit);
      return {
        data: shown.map(lineView),
        nextCursor:
          found.length > page.limit ? deps.cursors.encode(shown.at(-1)!.id.toString(), scope) : null,
      };
    },
  };
}

/** Each side has an index of its own: the newest of both are merged. */
function statementLines(
  knex: Knex,
  accountId: AccountId,
  beforeId: string | null,
  limit: number,
): Promise<Line[]> {
  const side = (mine: 'debit' | 'credit'): string => `
    (select id, journal_id as "journalId", line, created_at as at, code, ${mine === 'credit'} as "isCredit", amount_paise as amount, ${mine}_balance_after as "balanceAfter", transaction_id as "transactionId"
    from ledger_transfers where ${mine}_account_id = ? and id < coalesce(?::int8, 9223372036854775807) order by id desc limit ?)`;
  return rows(knex, `${side('debit')} union all ${side('credit')} order by id desc limit ?`, [
    accountId,
    beforeId,
    limit,
    accountId,
    beforeId,
    limit,
    limit,
  ]);
}

function lineView(l: Line): StatementLineView {
  return {
    object: 'statement_line',
    id: `${publicId('transfer', l.journalId)}_${l.line}`,
    at: l.at.toISOString(),
    code: l.code,
    direction: l.isCredit ? 'credit' : 'debit',
    amount: paiseToJson(l.amount),
    balance_after: paiseToJson(l.balanceAfter),
    transaction: l.transactionId === null ? null : publicId('transaction', l.transactionId),
  };
}
