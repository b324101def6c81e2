import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { derivedUuid, type Ids } from '../../platform/ids';
import type { Paise } from '../../platform/money';
import { insertAll, insertOne, table, text, uuid } from '../../platform/sql';
import type { Access } from '../access/access';
import type { Person } from '../approvals/approvals';
import { recordAudit } from '../audit/audit';
import { openCases } from '../cases/cases';
import { DomainError } from '../errors/errors';
import { bankJournalId } from '../funds/funds';
import type { AccountId, UserId } from '../ids/ids';
import { accountCode, openAccounts } from '../ledger/accounts';
import type { Journal, Transfer } from '../ledger/journal';
import { postIn } from '../ledger/post';
import { readAnswer, refused, type AnswerLine } from './layout';

/**
 * The answer of the bank to files of ours. What it says of a settlement is posted once: paid, with the journal of the
 * UTR, so that reconciliation finds the line of the statement by it; or failed or returned, all of it back in the
 * wallet. The same bytes, and the same lines in other bytes, change nothing. What contradicts what was said before moves
 * nothing, and is a case.
 */
export interface SettlementResponses {
  /** Throws DomainError SETTLEMENT_RESPONSE_REFUSED, with the line; then nothing is imported. */
  answer(bank: string, bytes: Buffer, by: Person): Promise<Answered>;
}

export interface Answered {
  /** These very bytes were imported before. */
  isKnownFile: boolean;
  paid: number;
  failed: number;
  returned: number;
  /** Lines that say what was known. */
  known: number;
  contradicted: number;
}

interface ResponseDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  access: Access;
}

type EndingKind = 'paid' | 'failed' | 'returned';

/** A settlement of a file that was written, and what is known of its end. */
interface Sent {
  id: string;
  userId: UserId;
  accountId: AccountId;
  amountPaise: Paise;
  feePaise: Paise;
  taxPaise: Paise;
  /** UTRs by kind of end. */
  ends: Partial<Record<EndingKind, string | null>>;
}

interface Ending {
  itemId: string;
  kind: EndingKind;
  utr: string | null;
  reason: string | null;
  journal: Journal;
}

export function createSettlementResponses(deps: ResponseDependencies): SettlementResponses {
  return {
    async answer(bank, bytes, by) {
      await deps.access.require(by, 'settlements.propose');
      const lines = readAnswer(bytes);
      const digest = createHash('sha256').update(bytes).digest();
      return deps.knex.transaction((trx) => importIn(trx, deps, { bank, lines, digest, by }));
    },
  };
}

const LOCK = 20261225010000n;

interface Answer {
  bank: string;
  lines: readonly AnswerLine[];
  digest: Buffer;
  by: Person;
}

async function importIn(
  trx: Knex.Transaction,
  deps: ResponseDependencies,
  answer: Answer,
): Promise<Answered> {
  const { bank, lines, digest, by } = answer;
  await execute(trx, 'select pg_advisory_xact_lock(?)', [LOCK]); // the same answer at once waits, and is known then
  const earlier = await rows<Omit<Answered, 'isKnownFile'>>(
    trx,
    'select paid, failed, returned, known, contradicted from settlement_responses where digest = ?',
    [digest],
  );
  if (earlier[0] !== undefined) return { isKnownFile: true, ...earlier[0] };
  const sent = await lockSent(trx, bank, lines);
  const at = deps.clock.now();
  const books = await booksOf(trx, bank, [...sent.values()]);
  const judged = judge({ lines, sent, books, used: await usedUtrs(trx, bank, lines) });
  await postAll(trx, deps, judged.endings, at);
  await openCases(
    trx,
    deps.ids,
    judged.contradictions.map(({ itemId, lineNo, why }) => ({
      kind: 'settlement_contradicted' as const,
      subject: `settlement:${itemId}`,
      summary: `The bank ${bank} says of a settlement: ${why}`,
      situation: why,
      evidence: { bank, line: lineNo },
    })),
    at,
  );
  const count = (kind: EndingKind): number => judged.endings.filter((one) => one.kind === kind).length;
  const counts = {
    ...{ paid: count('paid'), failed: count('failed'), returned: count('returned') },
    ...{ known: judged.known, contradicted: judged.contradictions.length },
  };
  const facts = { ...counts, digest, bank, line_count: lines.length };
  await insertOne(trx, 'settlement_responses', { ...facts, imported_by: by.userId, imported_at: at });
  await recordAudit(trx, {
    ...{ at, actor: by.userId, action: 'settlement.answer', subject: `bank:${bank}`, outcome: 'succeeded' },
    detail: { lines: String(lines.length), digest: digest.toString('hex') },
  });
  return { isKnownFile: false, ...counts };
}

/** The settlements that the lines name, locked in one order. Throws DomainError SETTLEMENT_RESPONSE_REFUSED. */
async function lockSent(
  trx: Knex.Transaction,
  bank: string,
  lines: readonly AnswerLine[],
): Promise<Map<string, Sent>> {
  const ids = [...new Set(lines.map(({ itemId }) => itemId))];
  await execute(trx, 'select from settlement_items where id = any(?::uuid[]) order by id for update', [ids]);
  const found = await rows<Sent>(
    trx,
    `select i.id, i.user_id as "userId", i.account_id as "accountId", i.amount_paise as "amountPaise",
      i.fee_paise as "feePaise", i.tax_paise as "taxPaise",
      (select coalesce(jsonb_object_agg(e.kind, e.utr), '{}') from settlement_endings e where e.item_id = i.id) as ends
    from settlement_file_items f join settlement_files l on l.id = f.file_id join settlement_items i on i.id = f.item_id
    where i.id = any(:ids::uuid[]) and f.counts and l.state = 'written' and l.bank = :bank`,
    { ids, bank },
  );
  const sent = new Map(found.map((item) => [item.id, item]));
  const stranger = lines.find(({ itemId }) => !sent.has(itemId));
  if (stranger !== undefined)
    throw refused(stranger.lineNo, `the reference is in no file that was written for ${bank}`);
  return sent;
}

/** UTRs of the lines that stand in the books of the bank already, or for a settlement. */
async function usedUtrs(
  trx: Knex.Transaction,
  bank: string,
  lines: readonly AnswerLine[],
): Promise<Set<string>> {
  const utrs = [...new Set(lines.flatMap(({ utr, returnUtr }) => [utr ?? [], returnUtr ?? []].flat()))];
  const found = await rows<{ utr: string }>(
    trx,
    `select n.utr from unnest(:utrs::text[], :journals::uuid[]) as n(utr, journal_id)
    where exists (select from ledger_transfers t where t.journal_id = n.journal_id)
      or exists (select from settlement_endings e where e.utr = n.utr)`,
    { utrs, journals: utrs.map((utr) => bankJournalId(bank, utr)) },
  );
  return new Set(found.map(({ utr }) => utr));
}

interface Judged {
  endings: Ending[];
  known: number;
  contradictions: { itemId: string; lineNo: number; why: string }[];
}

function judge(given: {
  lines: readonly AnswerLine[];
  sent: ReadonlyMap<string, Sent>;
  books: Books;
  used: Set<string>;
}): Judged {
  const { lines, sent, books, used } = given;
  const judged: Judged = { endings: [], known: 0, contradictions: [] };
  for (const line of lines) {
    const item = sent.get(line.itemId)!;
    const said = whatItSays(line, item, used);
    if (typeof said === 'string') {
      judged.contradictions.push({ itemId: item.id, lineNo: line.lineNo, why: said });
      continue;
    }
    if (said.length === 0) judged.known += 1;
    for (const kind of said) {
      const utr = { paid: line.utr, failed: null, returned: line.returnUtr }[kind];
      item.ends[kind] = utr;
      if (utr !== null) used.add(utr);
      const id = utr === null ? derivedUuid(item.id, kind) : bankJournalId(books.bank, utr);
      const journal = { id, transactionId: null, transfers: transfersOf(kind, item, books) };
      judged.endings.push({ itemId: item.id, kind, utr, reason: line.reason, journal });
    }
  }
  return judged;
}

/** The ends that a line adds to what is known: none where it says nothing new; a text where it cannot be. */
function whatItSays(
  line: AnswerLine,
  { amountPaise, ends }: Sent,
  used: ReadonlySet<string>,
): EndingKind[] | string {
  if (line.amountPaise !== amountPaise) return 'another amount than that of the file';
  const isPaid = ends.paid !== undefined;
  const isFree = (utr: string | null): boolean => utr === null || !used.has(utr);
  if (line.status === 'REJECTED') {
    if (ends.failed !== undefined) return [];
    return isPaid ? 'it failed, after it was paid' : ['failed'];
  }
  if (ends.failed !== undefined) return 'it was paid, after it had failed';
  if (isPaid && ends.paid !== line.utr) return 'it was paid, under another UTR than before';
  if (!isPaid && !isFree(line.utr)) return 'it was paid, under a UTR that stands for other money';
  if (line.status === 'PAID') return isPaid ? [] : ['paid'];
  if (ends.returned !== undefined) return [];
  if (!isFree(line.returnUtr)) return 'it came back, under a UTR that stands for other money';
  return isPaid ? ['returned'] : ['paid', 'returned'];
}

interface Books {
  bank: string;
  accounts: ReadonlyMap<string, AccountId>;
}

async function booksOf(trx: Knex.Transaction, bank: string, items: readonly Sent[]): Promise<Books> {
  const accounts = await openAccounts(trx, [
    ...[accountCode.bank(bank), accountCode.feeIncome('settlement'), accountCode.gstPayable()],
    ...items.map(({ userId }) => accountCode.settlementPayable(userId)),
  ]);
  return { bank, accounts };
}

/**
 * Paid: on its way -> bank. Failed: on its way -> wallet; returned: bank -> wallet; and of both fee and tax -> wallet.
 */
function transfersOf(kind: EndingKind, item: Sent, { bank, accounts }: Books): Transfer[] {
  const at = (code: string): AccountId => accounts.get(code)!;
  const onItsWay = at(accountCode.settlementPayable(item.userId));
  const bankId = at(accountCode.bank(bank));
  if (kind === 'paid') return line(onItsWay, bankId, item.amountPaise, 'settlement_paid');
  return [
    ...line(kind === 'failed' ? onItsWay : bankId, item.accountId, item.amountPaise, 'settlement_back'),
    ...line(at(accountCode.feeIncome('settlement')), item.accountId, item.feePaise, 'settlement_fee_back'),
    ...line(at(accountCode.gstPayable()), item.accountId, item.taxPaise, 'settlement_gst_back'),
  ];
}

const line = (
  debitAccountId: AccountId,
  creditAccountId: AccountId,
  amountPaise: Paise,
  code: string,
): Transfer[] => (amountPaise === 0n ? [] : [{ debitAccountId, creditAccountId, amountPaise, code }]);

const ENDINGS = table<Ending>('settlement_endings', {
  item_id: uuid((e) => e.itemId),
  kind: text((e) => e.kind),
  utr: text((e) => e.utr),
  reason: text((e) => e.reason),
  journal_id: uuid((e) => e.journal.id),
});

async function postAll(
  trx: Knex.Transaction,
  deps: ResponseDependencies,
  endings: readonly Ending[],
  at: Date,
): Promise<void> {
  if (endings.length === 0) return;
  const results = await postIn(
    trx,
    deps,
    endings.map(({ journal }) => ({ journal })),
  );
  if (results.some(({ status }) => status !== 'posted'))
    throw new DomainError('INTERNAL_ERROR', { detail: 'the ledger refused the end of a settlement' });
  await insertAll(trx, ENDINGS, endings, { ended_at: at });
}
