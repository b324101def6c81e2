import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import type { Paise } from '../../platform/money';
import { pageOf, type Page, type PageAfter } from '../../platform/page';
import { insertAll, insertOne, int4, int8, table, text, uuid } from '../../platform/sql';
import type { Access } from '../access/access';
import type { Person, Proposal } from '../approvals/approvals';
import { recordAudit } from '../audit/audit';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import { SETTLEMENT_ERRORS } from './errors';
import {
  countsOf,
  judgeAnswer,
  lockItems,
  requireWritten,
  totalsOf,
  type AnswerCounts,
  type EndingKind,
  type JudgedLine,
} from './judge-answer';
import { readAnswer, type AnswerLine } from './layout';

/**
 * Answers of the bank to files of ours. An answer is kept, line by line, and moves nothing: another person than who
 * brought it and who proposed it lets it take effect (answer-actions.ts). The same bytes are the same answer.
 */
export interface SettlementAnswers {
  /** Keeps it, or throws DomainError SETTLEMENT_RESPONSE_REFUSED, with the line, or SETTLEMENT_ANSWER_KNOWN. */
  keepAnswer(bank: string, bytes: Buffer, by: Person): Promise<AnswerShown>;
  /** The newest first; `after` is the id of the last one shown. */
  answers(page: PageAfter): Promise<Page<AnswerRow>>;
  /** Throws DomainError SETTLEMENT_ANSWER_NOT_FOUND. */
  answer(id: string): Promise<AnswerShown>;
  /** Its lines in their order, and what each would do now. Throws DomainError SETTLEMENT_ANSWER_NOT_FOUND. */
  answerLines(id: string, page: PageAfter): Promise<Page<AnswerLineShown>>;
  /** Throws DomainError SETTLEMENT_ANSWER_NOT_FOUND. */
  answerProposal(given: { id: string; reason: string; evidence: string }): Promise<Proposal>;
}

export const ANSWER_IMPORT = 'settlement.answer';
export const answerSubject = (id: string): string => `settlement_answer:${id}`;

/**
 * `refused`: a second person said no; it may be proposed again. `known`: its bytes took effect otherwise, before answers
 * were kept or as one of another bank account; it never does anything.
 */
export const ANSWER_STATES = ['kept', 'proposed', 'done', 'refused', 'known'] as const;
export type AnswerState = (typeof ANSWER_STATES)[number];

export interface AnswerRow {
  id: string;
  bank: string;
  lineCount: number;
  state: AnswerState;
  keptBy: UserId;
  keptAt: Date;
  /** Of its bytes. */
  digest: Buffer;
}

/** What it would do now; of one that is done, what it did. */
export interface AnswerShown extends AnswerRow {
  counts: AnswerCounts;
  /** From what is on its way to our account at the bank. */
  paidPaise: Paise;
  /** Back into wallets, fee and tax with it. */
  backPaise: Paise;
}

export interface AnswerLineShown {
  lineNo: number;
  itemId: string;
  userId: UserId;
  amountPaise: Paise;
  status: AnswerLine['status'];
  utr: string | null;
  /** None where it says what is known, and where it contradicts that. */
  ends: readonly EndingKind[];
  contradiction: string | null;
}

export interface AnswerDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  access: Access;
}

export function createSettlementAnswers(deps: AnswerDependencies): SettlementAnswers {
  const { knex, access } = deps;
  return {
    async keepAnswer(bank, bytes, by) {
      await access.require(by, 'settlements.propose');
      const lines = readAnswer(bytes);
      const digest = createHash('sha256').update(bytes).digest();
      const id = await knex.transaction((trx) => keep(trx, deps, { bank, lines, digest, by }));
      return shown(knex, id);
    },
    async answers({ limit, after }) {
      const found = await rows<AnswerRow>(
        knex,
        `select ${COLUMNS} from settlement_answers a where :after::uuid is null or a.id < :after::uuid
        order by a.id desc limit :limit`,
        { limit: limit + 1, after: after ?? null },
      );
      return pageOf(found, limit, ({ id }) => id);
    },
    answer: (id) => shown(knex, id),
    async answerLines(id, { limit, after }) {
      const judged = await judgeKept(knex, await findAnswer(knex, id));
      const from = judged.filter(({ line }) => after === undefined || line.lineNo > Number(after));
      return pageOf(from.slice(0, limit + 1).map(lineShown), limit, ({ lineNo }) => String(lineNo));
    },
    async answerProposal({ id, reason, evidence }) {
      const { bank, lineCount } = await findAnswer(knex, id);
      const detail = { answer: id, bank, lines: lineCount };
      return { action: ANSWER_IMPORT, subject: answerSubject(id), detail, reason, evidence };
    },
  };
}

const LOCK = 20261225010000n;

/** Answers wait for each other: the same one that comes twice at once is one, and none is judged beside another. */
export async function lockAnswers(trx: Knex.Transaction): Promise<void> {
  await execute(trx, 'select pg_advisory_xact_lock(?)', [LOCK]);
}

interface NewAnswer {
  bank: string;
  lines: readonly AnswerLine[];
  digest: Buffer;
  by: Person;
}

async function keep(
  trx: Knex.Transaction,
  { clock, ids }: AnswerDependencies,
  { bank, lines, digest, by }: NewAnswer,
): Promise<string> {
  await lockAnswers(trx);
  const [known] = await rows<{ id: string }>(
    trx,
    'select id from settlement_answers where bank = :bank and digest = :digest',
    { bank, digest },
  );
  if (known !== undefined) return known.id;
  const imported = await rows<{ bank: string }>(
    trx,
    'select bank from settlement_responses where digest = ?',
    [digest],
  );
  if (imported.length > 0) throw new DomainError(SETTLEMENT_ERRORS.SETTLEMENT_ANSWER_KNOWN);
  // who cancels a file holds its settlements too
  await lockItems(
    trx,
    lines.map(({ itemId }) => itemId),
  );
  const at = clock.now();
  await requireWritten(trx, { bank, keptAt: at }, lines);
  const id = ids.uuid();
  const facts = { id, bank, digest, line_count: lines.length, kept_by: by.userId, kept_at: at };
  await insertOne(trx, 'settlement_answers', facts);
  await insertAll(trx, LINES, lines, { answer_id: id });
  await recordAudit(trx, {
    ...{
      at,
      actor: by.userId,
      action: 'settlement.keep_answer',
      subject: `bank:${bank}`,
      outcome: 'succeeded',
    },
    detail: { lines: String(lines.length), digest: digest.toString('hex') },
  });
  return id;
}

const LINES = table<AnswerLine>('settlement_answer_lines', {
  line_no: int4((l) => l.lineNo),
  item_id: uuid((l) => l.itemId),
  amount_paise: int8((l) => l.amountPaise),
  status: text((l) => l.status),
  utr: text((l) => l.utr),
  return_utr: text((l) => l.returnUtr),
  reason: text((l) => l.reason),
});

/** SQL: the state of what was proposed last about an answer; null where nothing was. */
export function decisionOn(answerId: string): string {
  return `(select p.state from approvals p where p.action = '${ANSWER_IMPORT}'
    and p.subject = '${answerSubject('')}' || ${answerId} order by p.proposed_at desc, p.id desc limit 1)`;
}

const COLUMNS = `
  a.id, a.bank, a.line_count as "lineCount", a.kept_by as "keptBy", a.kept_at as "keptAt", a.digest,
  case when exists (select from settlement_responses r where r.answer_id = a.id) then 'done'
    when exists (select from settlement_responses r where r.digest = a.digest) then 'known'
    else case ${decisionOn('a.id')} when 'proposed' then 'proposed' when 'rejected' then 'refused' else 'kept' end
    end as state`;

/** Throws DomainError SETTLEMENT_ANSWER_NOT_FOUND. */
export async function findAnswer(db: Knex | Knex.Transaction, id: string): Promise<AnswerRow> {
  const [found] = await rows<AnswerRow>(
    db,
    `select ${COLUMNS} from settlement_answers a where a.id = ?::uuid`,
    [id],
  );
  if (found === undefined) throw new DomainError(SETTLEMENT_ERRORS.SETTLEMENT_ANSWER_NOT_FOUND);
  return found;
}

/** The lines of a kept answer, judged beside what is known now, in their order. */
export async function judgeKept(
  db: Knex | Knex.Transaction,
  answer: Pick<AnswerRow, 'id' | 'bank' | 'keptAt'>,
): Promise<JudgedLine[]> {
  return judgeAnswer(db, answer, await keptLines(db, answer.id));
}

export function keptLines(db: Knex | Knex.Transaction, id: string): Promise<AnswerLine[]> {
  return rows<AnswerLine>(
    db,
    `select line_no as "lineNo", item_id as "itemId", amount_paise as "amountPaise", status, utr,
      return_utr as "returnUtr", reason
    from settlement_answer_lines where answer_id = ?::uuid order by line_no`,
    [id],
  );
}

async function shown(knex: Knex, id: string): Promise<AnswerShown> {
  const found = await findAnswer(knex, id);
  if (found.state === 'done') return { ...found, ...(await whatItDid(knex, id)) };
  const judged = await judgeKept(knex, found);
  return { ...found, counts: countsOf(judged), ...totalsOf(judged) };
}

async function whatItDid(
  knex: Knex,
  id: string,
): Promise<Pick<AnswerShown, 'counts' | 'paidPaise' | 'backPaise'>> {
  const [found] = await rows<AnswerCounts & { paidPaise: Paise; backPaise: Paise }>(
    knex,
    `select r.paid, r.failed, r.returned, r.known, r.contradicted, e.paid as "paidPaise", e.back as "backPaise"
    from settlement_responses r cross join lateral (
      select coalesce(sum(i.amount_paise) filter (where n.kind = 'paid'), 0)::int8 as paid,
        coalesce(sum(i.total_paise) filter (where n.kind <> 'paid'), 0)::int8 as back
      from settlement_endings n join settlement_items i on i.id = n.item_id where n.approval_id = r.approval_id) e
    where r.answer_id = ?::uuid`,
    [id],
  );
  const { paidPaise, backPaise, ...counts } = found!;
  return { counts, paidPaise, backPaise };
}

const lineShown = ({ line, item, ends, contradiction }: JudgedLine): AnswerLineShown => ({
  ...{ lineNo: line.lineNo, itemId: item.id, userId: item.userId, amountPaise: line.amountPaise },
  ...{ status: line.status, utr: line.utr, ends },
  contradiction: contradiction ?? null,
});
