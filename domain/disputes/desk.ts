import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { errorOfConstraint } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { formatRupees, type Paise } from '../../platform/money';
import { pageOf, type Page, type PageAfter } from '../../platform/page';
import { insertOne } from '../../platform/sql';
import type { Access } from '../access/access';
import type { Person, Proposal } from '../approvals/approvals';
import { recordAudit } from '../audit/audit';
import { createCalendar, type Calendar } from '../calendar/calendar';
import type { CalendarDays, CalendarRail } from '../calendar/days';
import { DomainError } from '../errors/errors';
import type { TransactionId } from '../ids/ids';
import { lockTransactionsForUpdate } from '../lifecycle/moves';
import { requireAmount } from '../wallet-controls/controls';
import { endProposal, type EndGiven } from './endings';
import { DISPUTE_ERRORS } from './errors';
import { holdBack } from './holds';
import {
  CASE_REFERENCE,
  disputeRuleOn,
  findCase,
  findDispute,
  findDisputed,
  listAll,
  REASON_CODE,
  type DisputedTransaction,
  type DisputeKind,
  type DisputeRow,
  type DisputeState,
} from './rows';

/**
 * What staff do with disputes: they write down what a network claims, which holds the money back at once, and what its last
 * word was, which another person approves (endings.ts).
 */
export interface DisputeDesk {
  /**
   * A case of a network is recorded once: again, and twice at once, it is the first. Throws DomainError
   * TRANSACTION_NOT_FOUND, DISPUTE_TRANSACTION_NOT_SUCCEEDED, DISPUTE_NOT_TAKEN, DISPUTE_DATE_INVALID,
   * DISPUTE_OVER_AMOUNT, DISPUTE_CASE_KNOWN.
   */
  record(given: DisputeGiven, by: Person): Promise<DisputeRow>;
  /** Throws DomainError DISPUTE_NOT_FOUND. */
  get(id: string): Promise<DisputeRow>;
  /** The newest first; `after` is the id of the last one shown. */
  list(state: DisputeState | undefined, page: PageAfter): Promise<Page<DisputeRow>>;
  /** Throws DomainError DISPUTE_NOT_FOUND. */
  endProposal(given: EndGiven): Promise<Proposal>;
}

export interface DisputeGiven {
  kind: DisputeKind;
  transactionId: TransactionId;
  amountPaise: Paise;
  /** Of the network, 4 to 60 letters, digits and / _ . - */
  caseReference: string;
  reasonCode: string;
  /** When the provider or the acquirer told us, `YYYY-MM-DD`. */
  receivedOn: string;
}

export interface DeskDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  access: Access;
}

export function createDisputeDesk(deps: DeskDependencies): DisputeDesk {
  const { knex } = deps;
  const calendar = createCalendar(deps);
  return {
    record: (given, by) => record({ ...deps, calendar }, given, by),
    get: (id) => findDispute(knex, id),
    async list(state, { limit, after }) {
      const found = await listAll(knex, { state, after, limit: limit + 1 });
      return pageOf(found, limit, ({ id }) => id);
    },
    endProposal: (given) => endProposal(knex, given),
  };
}

type Recording = DeskDependencies & { calendar: Calendar };

async function record(deps: Recording, given: DisputeGiven, by: Person): Promise<DisputeRow> {
  const { knex, access } = deps;
  await access.require(by, 'disputes.write');
  requireForm(given);
  const { provider } = await findDisputed(knex, given.transactionId);
  const ofCase = { provider, caseReference: given.caseReference };
  const known = await findCase(knex, ofCase);
  if (known !== undefined) return requireSame(known, given);
  const id = deps.ids.uuid();
  const days = await deps.calendar.days(); // by a connection of its own: before the transaction takes one
  try {
    await knex.transaction((trx) => insert(trx, { ...deps, days }, { id, ...given }, by));
    return await findDispute(knex, id);
  } catch (error) {
    const first = isOfCase(error) ? await findCase(knex, ofCase) : undefined;
    if (first !== undefined) return requireSame(first, given);
    throw errorOfConstraint(error, {
      disputes_within_transaction: () => new DomainError(DISPUTE_ERRORS.DISPUTE_OVER_AMOUNT),
    });
  }
}

const isOfCase = (error: unknown): boolean =>
  (error as { constraint?: unknown }).constraint === 'disputes_case_unique';

function requireForm({ caseReference, reasonCode, amountPaise }: DisputeGiven): void {
  requireAmount(amountPaise);
  if (!CASE_REFERENCE.test(caseReference))
    throw invalid('the case of the network has 4 to 60 letters, digits and / _ . -');
  if (!REASON_CODE.test(reasonCode)) throw invalid('the reason is a code: 1 to 30 letters, digits and _ . -');
}

const invalid = (detail: string): DomainError => new DomainError('REQUEST_FIELD_INVALID', { detail });

/** A case that comes again must say what it said. Throws DomainError DISPUTE_CASE_KNOWN. */
function requireSame(known: DisputeRow, given: DisputeGiven): DisputeRow {
  const isSame =
    known.transactionId === given.transactionId &&
    known.amountPaise === given.amountPaise &&
    known.kind === given.kind &&
    known.reasonCode === given.reasonCode &&
    known.receivedOn === given.receivedOn;
  if (!isSame) throw new DomainError(DISPUTE_ERRORS.DISPUTE_CASE_KNOWN);
  return known;
}

type Inserting = DeskDependencies & { days: CalendarDays };

async function insert(
  trx: Knex.Transaction,
  deps: Inserting,
  given: DisputeGiven & { id: string },
  by: Person,
): Promise<void> {
  // Claims on one transaction wait for each other, and for what its provider says of it.
  await lockTransactionsForUpdate(trx, [given.transactionId]);
  const disputed = await findDisputed(trx, given.transactionId);
  if (!disputed.isSettled) throw new DomainError(DISPUTE_ERRORS.DISPUTE_TRANSACTION_NOT_SUCCEEDED);
  const at = deps.clock.now();
  const answerBy = await lastDayOf(trx, deps, disputed, given);
  const { id, kind, amountPaise, caseReference, reasonCode, receivedOn } = given;
  const { userId, walletId, accountId, provider, service } = disputed;
  await insertOne(trx, 'disputes', {
    ...{ id, kind, transaction_id: disputed.id, service, provider },
    ...{ case_reference: caseReference, reason_code: reasonCode, amount_paise: amountPaise },
    ...{ user_id: userId, wallet_id: walletId, account_id: accountId },
    ...{ received_on: receivedOn, answer_by: answerBy, recorded_by: by.userId, recorded_at: at },
  });
  await holdBack(trx, { id, userId, accountId, amountPaise }, { userId: by.userId, at });
  await recordAudit(trx, {
    ...{ at, actor: by.userId, action: 'dispute.record', subject: `dispute:${id}`, outcome: 'succeeded' },
    detail: { case: caseReference, kind, amount: formatRupees(amountPaise), provider },
  });
}

/** Counted from the day on which we heard of it. Throws DomainError DISPUTE_DATE_INVALID, DISPUTE_NOT_TAKEN. */
async function lastDayOf(
  trx: Knex.Transaction,
  { clock, days }: Inserting,
  { service, createdAt }: DisputedTransaction,
  { kind, receivedOn }: DisputeGiven,
): Promise<string> {
  if (receivedOn > businessDate(clock.now()) || receivedOn < businessDate(createdAt))
    throw new DomainError(DISPUTE_ERRORS.DISPUTE_DATE_INVALID);
  const rule = await disputeRuleOn(trx, { service, kind, date: receivedOn });
  if (rule === undefined) throw new DomainError(DISPUTE_ERRORS.DISPUTE_NOT_TAKEN);
  const { rail, office, evidenceDays } = rule;
  return days.plus({ rail: rail as CalendarRail, office }, receivedOn, evidenceDays);
}
