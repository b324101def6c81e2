import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { publicId } from '../../platform/ids';
import { rupeesFromPaise } from '../../platform/decimal';
import type { Paise } from '../../platform/money';
import type { ApprovalAction, Proposal } from '../approvals/approvals';
import { createCalendar, type Calendar } from '../calendar/calendar';
import { addDays, type CalendarDays, type CalendarRail } from '../calendar/days';
import { DomainError } from '../errors/errors';
import { utrAsKept } from '../india/utr';
import { decisionOn, lockAnswers } from './answers';
import { postEndings } from './endings';
import { SETTLEMENT_ERRORS } from './errors';
import { judgeAnswer, lockItems, utrOf, type JudgedLine } from './judge-answer';
import type { AnswerLine, AnswerStatus } from './layout';

/**
 * A settlement of a file that the bank does not answer. After the days of `settlement_rules` two persons say what the bank
 * would have said of it, with what shows it. It is judged and posted as a line of an answer is. A late answer that says
 * the same is known; one that says something else moves nothing, and is a case.
 */
export interface SettlementEnds {
  /** Throws DomainError SETTLEMENT_NOT_FOUND. */
  endProposal(given: EndGiven): Promise<Proposal>;
}

export const SETTLEMENT_END = 'settlement.end';

export interface EndGiven {
  /** Of the settlement. */
  id: string;
  says: AnswerStatus;
  /** Of the payment, in capitals; null where it was rejected. */
  utr: string | null;
  /** Of what came back, where it has one of its own. */
  returnUtr: string | null;
  reason: string;
  evidence: string;
}

interface InFile {
  fileId: string;
  amountPaise: Paise;
  bank: string;
  number: bigint;
  writtenAt: Date;
  rail: CalendarRail;
  office: string;
  answerDays: number;
  /** An answer says something new of it, which nobody has let in or refused. */
  isAnswered: boolean;
}

export const createSettlementEnds = ({ knex }: { knex: Knex }): SettlementEnds => ({
  async endProposal({ id, says, utr, returnUtr, reason, evidence }) {
    const { bank, number, amountPaise } = await findInFile(knex, id);
    const facts = { settlement: id, bank, file: number.toString(), amount_paise: amountPaise.toString() };
    return {
      action: SETTLEMENT_END,
      subject: `settlement:${id}`,
      detail: { ...facts, says, utr: oneForm(utr), return_utr: oneForm(returnUtr) },
      ...{ reason, evidence },
    };
  },
});

/** A UTR is one however it is written. */
const oneForm = (utr: string | null): string | null => (utr === null ? null : utrAsKept(utr));

/** What the approval of such a proposal does. */
export function createEndActions(deps: {
  knex: Knex;
  clock: Clock;
}): Readonly<Record<string, ApprovalAction>> {
  const calendar = createCalendar(deps);
  return {
    [SETTLEMENT_END]: {
      async look({ detail }) {
        const { ends } = await judgeEnd(deps.knex, { ...deps, calendar }, detail);
        return { ends: ends.join(', ') };
      },
      async carryOut(trx, { id, detail }) {
        await lockAnswers(trx);
        await lockItems(trx, [String(detail.settlement)]);
        const { bank, item, line, ends } = await judgeEnd(trx, { ...deps, calendar }, detail);
        const endings = ends.map((kind) => ({ item, kind, utr: utrOf(kind, line), reason: null }));
        await postEndings(trx, deps, { bank, approvalId: id, endings });
        return { journalId: null, result: { settlement: item.id, ends: ends.join(', ') } };
      },
    },
  };
}

/** Throws DomainError SETTLEMENT_NOT_FOUND, SETTLEMENT_END_REFUSED, CALENDAR_YEAR_MISSING. */
async function judgeEnd(
  db: Knex | Knex.Transaction,
  { clock, calendar }: { clock: Clock; calendar: Calendar },
  detail: Proposal['detail'],
): Promise<JudgedLine & { bank: string }> {
  const id = String(detail.settlement);
  const found = await findInFile(db, id);
  if (detail.file !== found.number.toString()) throw refusedFor('it stands in another file now');
  const days = await calendar.days();
  const last = requireNoAnswerToCome(found, { clock, days });
  const line = lineOf(id, found.amountPaise, detail);
  if (line.status === 'REJECTED') {
    await requireNotDebited(db, found);
    await requireStatements(db, found, { days, last });
  }
  const [judged] = await judgeAnswer(db, { bank: found.bank, keptAt: null }, [line]);
  const { ends, contradiction } = judged!;
  if (contradiction !== undefined) throw refusedFor(contradiction);
  if (ends.length === 0) throw refusedFor('the bank has said so already');
  return { ...judged!, bank: found.bank };
}

function lineOf(itemId: string, amountPaise: Paise, detail: Proposal['detail']): AnswerLine {
  const { says, utr, return_utr: returnUtr } = detail;
  const status = String(says) as AnswerStatus;
  const textIn = (value: typeof utr | undefined): string | null =>
    value === null || value === undefined ? null : String(value);
  if (
    (status === 'REJECTED') !== (textIn(utr) === null) ||
    (status !== 'RETURNED' && textIn(returnUtr) !== null)
  )
    throw refusedFor(
      'what was paid has its UTR, what was rejected has none, and what came back may have two',
    );
  return {
    ...{ lineNo: 1, itemId, amountPaise, status, utr: textIn(utr), reason: null },
    returnUtr: textIn(returnUtr) === textIn(utr) ? null : textIn(returnUtr),
  };
}

/** The bank may still answer, or has. Returns the last day on which it may. */
function requireNoAnswerToCome(
  { isAnswered, writtenAt, rail, office, answerDays }: InFile,
  { clock, days }: { clock: Clock; days: CalendarDays },
): string {
  if (isAnswered) throw refusedFor('an answer names it, which waits for a second person');
  const last = days.plus({ rail, office }, businessDate(writtenAt), answerDays);
  if (businessDate(clock.now()) <= last) throw refusedFor(`the bank may answer until the end of ${last}`);
  return last;
}

/** So many days after a file was written the bank may debit one sum for it. */
const SUM_DAYS = 7;

/**
 * A debit that nothing explains may be this payment: it would be paid twice. It is of its amount, or one sum for the file:
 * of all its lines, or of those that have not failed.
 */
async function requireNotDebited(
  db: Knex | Knex.Transaction,
  { fileId, bank, amountPaise, writtenAt }: InFile,
): Promise<void> {
  const from = businessDate(writtenAt);
  const [found] = await rows<{ paise: Paise | null }>(
    db,
    `select min(r.amount_paise)::int8 as paise from recon_rows r join recon_sources s on s.id = r.source_id
    where s.kind = 'statement' and s.bank = :bank and r.state = 'open' and r.part = 'debit'
      and r.happened_on >= :from::date and (r.amount_paise = :amount or (r.happened_on <= :until::date
        and r.amount_paise in (select f.total_paise from settlement_files f where f.id = :file::uuid union all
          select sum(i.amount_paise) from settlement_file_items c join settlement_items i on i.id = c.item_id
          where c.file_id = :file::uuid and not exists (select from settlement_endings e
            where e.item_id = i.id and e.kind = 'failed'))))`,
    { bank, amount: amountPaise, from, until: addDays(from, SUM_DAYS), file: fileId },
  );
  if (found!.paise !== null)
    throw refusedFor(
      `the statement of ${bank} has a debit of ${rupeesFromPaise(found!.paise)} rupees that nothing explains: look at it first`,
    );
}

/** Without the statement of each day on which the bank may have paid it, that it did not is unknown. */
async function requireStatements(
  db: Knex | Knex.Transaction,
  { bank, office, writtenAt }: InFile,
  { days, last }: { days: CalendarDays; last: string },
): Promise<void> {
  const first = businessDate(writtenAt);
  const found = await rows<{ day: string }>(
    db,
    `select distinct f.business_date::text as day from recon_files f join recon_sources s on s.id = f.source_id
    where s.kind = 'statement' and s.bank = :bank and f.business_date >= :first::date`,
    { bank, first },
  );
  const read = new Set(found.map(({ day }) => day));
  for (let day = first; day <= last; day = addDays(day, 1))
    if (days.isBankingDay(office, day) && !read.has(day)) throw notRead(bank, day);
  // what a day without banks brings stands in the next statement
  if (!found.some(({ day }) => day >= last)) throw notRead(bank, last);
}

const notRead = (bank: string, day: string): DomainError =>
  refusedFor(`the statement of ${bank} of ${day} was not imported: the bank may have paid it`);

const refusedFor = (detail: string): DomainError =>
  new DomainError(SETTLEMENT_ERRORS.SETTLEMENT_END_REFUSED, { detail });

/** In the file that counts. */
async function findInFile(db: Knex | Knex.Transaction, id: string): Promise<InFile> {
  const [found] = await rows<InFile>(
    db,
    `select f.id as "fileId", i.amount_paise as "amountPaise", f.bank, f.number, f.written_at as "writtenAt", r.rail, r.office,
      r.answer_days as "answerDays",
      exists (select from settlement_answer_lines l where l.item_id = i.id
        and not exists (select from settlement_endings e where e.item_id = i.id and e.kind = case l.status
          when 'PAID' then 'paid' when 'REJECTED' then 'failed' else 'returned' end)
        and not exists (select from settlement_answers k join settlement_responses e on e.digest = k.digest
          where k.id = l.answer_id)
        and ${decisionOn('l.answer_id')} is distinct from 'rejected') as "isAnswered"
    from settlement_items i join settlement_batches b on b.id = i.batch_id
      join settlement_file_items c on c.item_id = i.id and c.counts
      join settlement_files f on f.id = c.file_id and f.state = 'written'
      cross join lateral (select rail, office, answer_days from settlement_rules
        where wallet_kind = b.wallet_kind and in_force_from <= b.business_date
        order by in_force_from desc limit 1) r
    where i.id = ?::uuid`,
    [id],
  );
  if (found === undefined)
    throw new DomainError(SETTLEMENT_ERRORS.SETTLEMENT_NOT_FOUND, {
      detail: `${publicId('settlementItem', id)} stands in no file that was written`,
    });
  return found;
}
