import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import type { Paise } from '../../platform/money';
import { bankJournalIds } from '../funds/funds';
import type { AccountId, UserId } from '../ids/ids';
import { KEPT_FORM, utrAsKept, utrAsKeptSql } from '../india/utr';
import { refused, type AnswerLine } from './layout';

/** What an answer of the bank would do, judged beside what is known of each settlement. Nothing is written here. */

export type EndingKind = 'paid' | 'failed' | 'returned';

/** A settlement of a file, and what is known of its end. */
export interface Sent {
  id: string;
  userId: UserId;
  accountId: AccountId;
  amountPaise: Paise;
  feePaise: Paise;
  taxPaise: Paise;
  /** It stands in a file of this bank that counts and was written before it was said. */
  isWritten: boolean;
  /** It was in another file before, which was written and then cancelled. */
  wasInAnother: boolean;
  /** UTRs by kind of end. */
  ends: Partial<Record<EndingKind, string | null>>;
}

/** A line, and what it adds to what is known: nothing, ends in their order, or that it cannot be. */
export interface JudgedLine {
  line: AnswerLine;
  item: Sent;
  ends: readonly EndingKind[];
  /** Why it contradicts what is known; undefined where it does not. */
  contradiction: string | undefined;
}

/** How many settlements an answer ends, and in which way. */
export interface AnswerCounts {
  paid: number;
  failed: number;
  returned: number;
  /** Lines that say what was known. */
  known: number;
  contradicted: number;
}

/** Who says it. */
export interface SaidBy {
  bank: string;
  /** When the answer was kept: it says nothing of files that were written later. Null where persons of ours say it now. */
  keptAt: Date | null;
}

/** Of lines whose settlements are known. */
export async function judgeAnswer(
  db: Knex | Knex.Transaction,
  by: SaidBy,
  lines: readonly AnswerLine[],
): Promise<JudgedLine[]> {
  const sent = await sentOf(db, by, lines);
  const used = await usedUtrs(db, by.bank, lines);
  return lines.map((line) => {
    const item = sent.get(line.itemId)!;
    const said =
      line.status === 'REJECTED' && by.keptAt !== null && item.wasInAnother && item.ends.failed === undefined
        ? 'it failed, which may be of a file before that was cancelled'
        : whatItSays(line, item, used);
    if (typeof said === 'string') return { line, item, ends: [], contradiction: said };
    for (const kind of said) {
      const utr = utrOf(kind, line);
      item.ends[kind] = utr;
      if (utr !== null) used.add(utrAsKept(utr));
    }
    return { line, item, ends: said, contradiction: undefined };
  });
}

export const utrOf = (kind: EndingKind, { utr, returnUtr }: AnswerLine): string | null =>
  ({ paid: utr, failed: null, returned: returnUtr })[kind];

export function countsOf(judged: readonly JudgedLine[]): AnswerCounts {
  const count = (kind: EndingKind): number => judged.filter(({ ends }) => ends.includes(kind)).length;
  return {
    ...{ paid: count('paid'), failed: count('failed'), returned: count('returned') },
    known: judged.filter(({ ends, contradiction }) => ends.length === 0 && contradiction === undefined)
      .length,
    contradicted: judged.filter(({ contradiction }) => contradiction !== undefined).length,
  };
}

/** What goes to the bank's account, and what comes back into wallets, fee and tax with it. */
export function totalsOf(judged: readonly JudgedLine[]): { paidPaise: Paise; backPaise: Paise } {
  const totals = { paidPaise: 0n, backPaise: 0n };
  for (const { item, ends } of judged)
    for (const kind of ends) {
      if (kind === 'paid') totals.paidPaise += item.amountPaise;
      else totals.backPaise += item.amountPaise + item.feePaise + item.taxPaise;
    }
  return totals;
}

/** Locks the settlements that the lines name, in one order. */
export async function lockItems(trx: Knex.Transaction, itemIds: readonly string[]): Promise<void> {
  await execute(trx, 'select from settlement_items where id = any(?::uuid[]) order by id for update', [
    [...new Set(itemIds)],
  ]);
}

/** Throws DomainError SETTLEMENT_RESPONSE_REFUSED for a line of what is in no written file of this bank. */
export async function requireWritten(
  db: Knex | Knex.Transaction,
  by: SaidBy,
  lines: readonly AnswerLine[],
): Promise<void> {
  const sent = await sentOf(db, by, lines);
  const stranger = lines.find(({ itemId }) => sent.get(itemId)?.isWritten !== true);
  if (stranger !== undefined)
    throw refused(stranger.lineNo, `the reference is in no file that was written for ${by.bank}`);
}

async function sentOf(
  db: Knex | Knex.Transaction,
  { bank, keptAt }: SaidBy,
  lines: readonly AnswerLine[],
): Promise<Map<string, Sent>> {
  const ids = [...new Set(lines.map(({ itemId }) => itemId))];
  const found = await rows<Sent>(
    db,
    `select i.id, i.user_id as "userId", i.account_id as "accountId", i.amount_paise as "amountPaise",
      i.fee_paise as "feePaise", i.tax_paise as "taxPaise",
      exists (select from settlement_file_items f join settlement_files l on l.id = f.file_id
        where f.item_id = i.id and f.counts and l.state = 'written' and l.bank = :bank
          and (:keptAt::timestamptz is null or l.written_at <= :keptAt::timestamptz)) as "isWritten",
      exists (select from settlement_file_items f join settlement_files l on l.id = f.file_id
        where f.item_id = i.id and l.state = 'cancelled' and l.written_at is not null) as "wasInAnother",
      (select coalesce(jsonb_object_agg(e.kind, e.utr), '{}') from settlement_endings e where e.item_id = i.id) as ends
    from settlement_items i where i.id = any(:ids::uuid[])`,
    { ids, bank, keptAt },
  );
  return new Map(found.map((item) => [item.id, item]));
}

/** UTRs of the lines, in the one form, that stand in the books of the bank already, or for a settlement. */
async function usedUtrs(
  db: Knex | Knex.Transaction,
  bank: string,
  lines: readonly AnswerLine[],
): Promise<Set<string>> {
  const written = [...new Set(lines.flatMap(({ utr, returnUtr }) => [utr ?? [], returnUtr ?? []].flat()))];
  const asked = written.flatMap((utr) =>
    bankJournalIds(bank, utr).map((journal) => ({ utr: utrAsKept(utr), journal })),
  );
  const found = await rows<{ utr: string }>(
    db,
    `with before as materialized (
      select ${utrAsKeptSql('e.utr')} as utr from settlement_endings e where e.utr !~ '${KEPT_FORM}')
    select distinct n.utr from unnest(:utrs::text[], :journals::uuid[]) as n(utr, journal_id)
    where exists (select from ledger_transfers t where t.journal_id = n.journal_id)
      or exists (select from settlement_endings e where e.utr = n.utr) or n.utr in (select utr from before)`,
    { utrs: asked.map(({ utr }) => utr), journals: asked.map(({ journal }) => journal) },
  );
  return new Set(found.map(({ utr }) => utr));
}

/** The ends that a line adds to what is known: none where it says nothing new; a text where it cannot be. */
function whatItSays(
  line: AnswerLine,
  { amountPaise, isWritten, ends }: Sent,
  used: ReadonlySet<string>,
): EndingKind[] | string {
  if (!isWritten) return 'it stands in no file that counts and was written before';
  if (line.amountPaise !== amountPaise) return 'another amount than that of the file';
  const isPaid = ends.paid !== undefined;
  const isFree = (utr: string | null): boolean => utr === null || !used.has(utrAsKept(utr));
  if (line.status === 'REJECTED') {
    if (ends.failed !== undefined) return [];
    return isPaid ? 'it failed, after it was paid' : ['failed'];
  }
  if (ends.failed !== undefined) return 'it was paid, after it had failed';
  if (isPaid && !isSameUtr(ends.paid, line.utr)) return 'it was paid, under another UTR than before';
  if (!isPaid && !isFree(line.utr)) return 'it was paid, under a UTR that stands for other money';
  if (line.status === 'PAID') return isPaid ? [] : ['paid'];
  if (ends.returned !== undefined) return [];
  if (!isFree(line.returnUtr)) return 'it came back, under a UTR that stands for other money';
  return isPaid ? ['returned'] : ['paid', 'returned'];
}

/** One of them may have been kept before UTRs had one form. */
const isSameUtr = (one: string | null | undefined, other: string | null): boolean =>
  one === other || (typeof one === 'string' && other !== null && utrAsKept(one) === utrAsKept(other));
