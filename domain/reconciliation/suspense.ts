import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { derivedUuid } from '../../platform/ids';
import { DomainError } from '../errors/errors';
import { accountCode, type AccountDirectory } from '../ledger/accounts';
import { postIn } from '../ledger/post';
import type { Source } from './sources';

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

/** Money that a provider or a bank has moved and we cannot place. The gap of any other kind is in nobody's account of ours. */
export const CARRIED: ReadonlySet<string> = new Set([
  'missing_with_us',
  'duplicate_at_provider',
  'amount_mismatch',
  'bank_credit_unmatched',
  'bank_debit_unmatched',
]);

/**
 * So much of a break is to be in our account, by suspense or by a loss: all of its gap, or nothing of it. What a report
 * says of money that is not in our account there is owed by the provider, and is not posted on its word.
 */
export function carriedPaise({
  kind,
  gapPaise,
  sourceKind,
  isCredit,
}: Pick<LockedBreak, 'kind' | 'gapPaise' | 'sourceKind' | 'isCredit'>): bigint {
  return CARRIED.has(kind) && (sourceKind !== 'report' || !isCredit) ? gapPaise : 0n;
}

/** The same of a row `of` that has the columns of a break, in SQL. */
export function carriedSql({ kind }: Pick<Source, 'kind'>, of: string): string {
  const isCredit = `coalesce((select r.is_credit from recon_rows r where r.source_id = ${of}.source_id
      and r.row_key = ${of}.row_key and r.seq = ${of}.row_seq),
    (select t.flow = 'credit' from transactions t where t.id = ${of}.transaction_id), false)`;
  const kinds = [...CARRIED].map((one) => `'${one}'`).join(', ');
  return `case when ${of}.kind in (${kinds}) ${kind === 'report' ? `and not ${isCredit}` : ''}
    then ${of}.gap_paise else 0 end`;
}

/**
 * What is to stand in suspense for a break: what it carries, less what is at a loss already. Of a kind that carries nothing
 * that is the whole of the loss, the other way: what was written off is no difference any more.
 */
export function toSuspense(found: LockedBreak): bigint {
  return carriedPaise(found) - found.writtenOffPaise;
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
  const isIn = against === 'suspense';
  const paise = isIn ? toSuspense(found) : -found.suspensePaise;
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
  await execute(
    trx,
    `update recon_breaks set postings = postings + 1, suspense_paise = :suspense::int8,
      written_off_paise = written_off_paise + :lost::int8,
      suspense_since = case when :suspense::int8 = 0 then null else :now::timestamptz end where id = :id`,
    {
      ...{ id: found.id, suspense: isIn ? paise : 0n, now: clock.now() },
      lost: against === 'loss' ? found.suspensePaise : 0n,
    },
  );
  return id;
}
