import type { Knex } from 'knex';
import type { Client } from 'pg';
import { createCursors } from '../../domain/errors/cursor';
import { CONSENT_REFUND_SERVICES, RECEIPTS } from '../../domain/services/services';
import { createTransactionFinder, type TransactionFinder } from '../../domain/services/find';
import type { TransactionFilter } from '../../domain/transactions/list';
import { createTransactionReader, listScope, type TransactionReader } from '../../domain/transactions/read';
import { createWalletReader, statementScope, type WalletReader } from '../../domain/wallets/read';
import { systemClock } from '../../platform/clock';
import { createKeyedDigest } from '../../platform/encryption';
import type { Value } from './plans';
import {
  pickRows,
  SECONDS_APART,
  type HistoryRow,
  type HistoryUser,
  type PlatformHistory,
} from './platform-history';

/** A list or a search; `n` varies what is asked for, where it can. */
export interface Question {
  name: string;
  ask: (n: number) => Promise<unknown>;
}

export interface ListReaders {
  transactions: TransactionReader;
  wallets: WalletReader;
  finder: TransactionFinder;
  cursors: ReturnType<typeof createCursors>;
}

/** The readers of the product on one pool. */
export function listReaders(knex: Knex, key: Buffer): ListReaders {
  const cursors = createCursors(key);
  const shared = { knex, lists: knex, cursors };
  return {
    cursors,
    transactions: createTransactionReader({
      ...shared,
      clock: systemClock,
      receipts: RECEIPTS,
      consentServices: CONSENT_REFUND_SERVICES,
      reasonsOf: () => undefined,
    }),
    wallets: createWalletReader(shared),
    finder: createTransactionFinder({ lists: knex, digest: createKeyedDigest(key) }),
  };
}

const PICKS = 40;
const PAGE = 20;
const DAY_MS = 86_400_000;

/** Every filter of the API with a common and with a rare value, pages far behind, statements and searches. */
export async function listQuestions(
  db: Client,
  history: PlatformHistory,
  readers: ListReaders,
): Promise<Question[]> {
  const picks = await pickRows(db, history, history.large, PICKS);
  const theirs = await pickRows(db, history, history.small, PICKS);
  const { large, small } = history;
  const of = (user: HistoryUser, name: string, filter: TransactionFilter): Question[] => [
    { name, ask: () => readers.transactions.list(user.userId, filter, { limit: PAGE }) },
    {
      name: `${name}, far behind`,
      ask: (n) => {
        const after = at(user === large ? picks : theirs, n).id;
        const cursor = readers.cursors.of(listScope(user.userId, filter)).encode(after);
        return readers.transactions.list(user.userId, filter, { limit: PAGE, cursor });
      },
    },
  ];
  const first = (name: string, filter: TransactionFilter, limit = PAGE): Question => ({
    name,
    ask: () => readers.transactions.list(large.userId, filter, { limit }),
  });
  const found = (name: string, filter: (row: HistoryRow) => TransactionFilter): Question => ({
    name,
    ask: (n) => readers.transactions.list(large.userId, filter(at(picks, n)), { limit: PAGE }),
  });
  const middle = new Date(Date.now() - (history.rows * SECONDS_APART * 1_000) / 2);
  const day = { createdFrom: middle, createdBefore: new Date(middle.getTime() + DAY_MS) };
  return [
    ...of(large, 'newest', {}),
    ...of(small, 'newest of a small user', {}),
    first('100 lines', {}, 100),
    ...of(large, 'SUCCESS', { status: 'SUCCESS' }),
    ...of(large, 'FAILED', { status: 'FAILED' }),
    ...of(large, 'REVERSED (none)', { status: 'REVERSED' }),
    ...of(small, 'REVERSED of a small user', { status: 'REVERSED' }),
    ...of(large, 'PENDING', { status: 'PENDING' }),
    ...of(large, 'payouts', { service: 'payout' }),
    first('dmt (none)', { service: 'dmt' }),
    ...of(large, 'recharges, FAILED', { service: 'recharge', status: 'FAILED' }),
    first('a day', day),
    first('a day, SUCCESS', { ...day, status: 'SUCCESS' }),
    first('a day, REVERSED (none)', { ...day, status: 'REVERSED' }),
    first('a day, payouts, FAILED', { ...day, service: 'payout', status: 'FAILED' }),
    first('confirm', { nextAction: 'confirm' }),
    first('chase', { nextAction: 'chase' }),
    first('consent_to_refund (none)', { nextAction: 'consent_to_refund' }),
    first('acknowledge_cash (none)', { nextAction: 'acknowledge_cash' }),
    found('reference', ({ reference }) => ({ reference })),
    found('reference, SUCCESS', ({ reference }) => ({ reference, status: 'SUCCESS' })),
    found('utr', ({ utr }) => ({ utr })),
    found('id of the provider', ({ providerReference }) => ({ providerReference })),
    ...statements(readers, large, picks.length, db),
    { name: 'ops: utr', ask: (n) => readers.finder.find(at(picks, n).utr) },
    { name: 'ops: reference', ask: (n) => readers.finder.find(at(picks, n).reference) },
    { name: 'ops: id of the provider', ask: (n) => readers.finder.find(at(picks, n).providerReference) },
    { name: 'ops: a mobile number', ask: () => readers.finder.find('9876543210') },
  ];
}

function statements(
  { wallets, cursors }: ListReaders,
  user: HistoryUser,
  count: number,
  db: Client,
): Question[] {
  let spread: Promise<string[]> | undefined;
  return [
    { name: 'statement', ask: () => wallets.statement(user.userId, user.walletId, { limit: PAGE }) },
    {
      name: 'statement, far behind',
      ask: async (n) => {
        spread ??= placesOf(db, count);
        const cursor = cursors.of(statementScope(user.userId, user.walletId)).encode(at(await spread, n));
        return wallets.statement(user.userId, user.walletId, { limit: PAGE, cursor });
      },
    },
  ];
}

/** Ids of transfers, spread evenly. */
async function placesOf(db: Client, count: number): Promise<string[]> {
  const { rows } = await db.query<{ last: string }>('select max(id)::text as last from ledger_transfers');
  const last = Number(rows[0]!.last);
  return Array.from({ length: count }, (_none, i) => String(Math.round((last * (i + 1)) / count)));
}

function at<T>(list: readonly T[], n: number): T {
  return list[n % list.length]!;
}

interface Statement {
  sql: string;
  bindings: Value[];
}

/** What a pool sends to the database. */
export function watchStatements(knex: Knex): { during(work: () => Promise<unknown>): Promise<Statement[]> } {
  let heard: Statement[] = [];
  knex.on('query', ({ sql, bindings }: Statement) => heard.push({ sql, bindings }));
  return {
    async during(work) {
      heard = [];
      await work();
      return heard;
    },
  };
}
