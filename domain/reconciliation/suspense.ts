import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { derivedUuid } from '../../platform/ids';
import { DomainError } from '../errors/errors';
import { accountCode, type AccountDirectory } from '../ledger/accounts';
import { postIn } from '../ledger/post';

export interface SuspenseDependencies {
  knex: Knex;
  clock: Clock;
  accounts: AccountDirectory;
}

/** An open break under its lock, with what its postings need. */
export interface LockedBreak {
  id: string;
  kind: string;
  state: 'open' | 'resolved';
  gapPaise: bigint;
  suspensePaise: bigint;
  /** So much of the gap is in our account already, and at a loss. */
  writtenOffPaise: bigint;
  postings: number;
  caseId: string | null;
  transactionId: string | null;
  /** Transactions that its row may be about. */
  candidates: string[];
  isCredit: boolean;
  sourceKind: 'report' | 'movements' | 'statement';
  provider: string | null;
  bank: string | null;
}

export async function lockBreak(trx: Knex.Transaction, id: string): Promise<LockedBreak | undefined> {
  const [found] = await rows<LockedBreak>(
    trx,
    `select b.id, b.kind, b.state, b.gap_paise as "gapPaise", b.suspense_paise as "suspensePaise",
      b.written_off_paise as "writtenOffPaise", b.postings,
      b.case_id as "caseId", b.transaction_id as "transactionId", b.candidates,
      coalesce(r.is_credit, t.flow = 'credit', false) as "isCredit", s.kind as "sourceKind", s.provider, s.bank
    from recon_breaks b join recon_sources s on s.id = b.source_id
      left join recon_rows r on r.source_id = b.source_id and r.row_key = b.row_key and r.seq = b.row_seq
      left join transactions t on t.id = b.transaction_id
    where b.id = ? for no key update of b`,
    [id],
  );
  return found;
}

/** Money that a provider or a bank has moved and we cannot place. */
const CARRIED: ReadonlySet<string> = new Set([
  'missing_with_us',
  'duplicate_at_provider',
  'amount_mismatch',
  'bank_credit_unmatched',
  'bank_debit_unmatched',
]);

/** What a report says of money that is not in our account there is owed by the provider, and is not posted on its word. */
export function isCarried({ kind, gapPaise, writtenOffPaise, sourceKind, isCredit }: LockedBreak): boolean {
  return CARRIED.has(kind) && gapPaise !== writtenOffPaise && (sourceKind !== 'report' || !isCredit);
}

type Against = 'suspense' | 'suspense_back' | 'loss';

/**
 * Posts for a break, in the database transaction that notes it: into suspense, so that our account says what the provider
 * or the bank says; back out of it; or out of it to a loss. Each posting of a break has a journal of its own.
 */
export async function postForBreak(
  trx: Knex.Transaction,
  { clock, accounts }: Omit<SuspenseDependencies, 'knex'>,
  found: LockedBreak,
  against: Against,
): Promise<string> {
  const ofProvider = found.provider === null ? undefined : found.provider;
  const [money, suspense] =
    ofProvider === undefined
      ? [accountCode.bank(found.bank!), accountCode.unidentified(found.bank!)]
      : [accountCode.float(ofProvider), accountCode.suspense(ofProvider)];
  const other = against === 'loss' ? accountCode.loss(ofProvider ?? found.bank!) : money;
  const carriedPaise = found.gapPaise - found.writtenOffPaise;
  const paise = against === 'suspense' ? carriedPaise : -found.suspensePaise;
  const [otherId, suspenseId] = await Promise.all([accounts.id(other), accounts.id(suspense)]);
  const isMore = paise > 0n;
  const id = derivedUuid(found.id, `break|${found.postings + 1}`);
  const transfer = {
    debitAccountId: isMore ? otherId : suspenseId,
    creditAccountId: isMore ? suspenseId : otherId,
    amountPaise: isMore ? paise : -paise,
    code: `break_${against}`,
  };
  const [result] = await postIn(trx, { clock }, [
    { journal: { id, transactionId: null, transfers: [transfer] } },
  ]);
  if (result?.status === 'refused') throw new DomainError(result.code);
  const isIn = against === 'suspense';
  await execute(
    trx,
    `update recon_breaks set postings = postings + 1, suspense_paise = :suspense::int8,
      written_off_paise = written_off_paise + :lost::int8,
      suspense_since = case when :suspense::int8 = 0 then null else :now::timestamptz end where id = :id`,
    {
      ...{ id: found.id, suspense: isIn ? carriedPaise : 0n, now: clock.now() },
      lost: against === 'loss' ? found.suspensePaise : 0n,
    },
  );
  return id;
}
