import type { UserId } from '../ids/ids';
import type { Knex } from 'knex';
import { addMs } from '../../platform/clock';
import { rows } from '../../platform/database';
import { firstUuidAt } from '../../platform/ids';
import { compareTexts } from '../../platform/order';
import { FINAL_STATES, STATES, type PublicStatus, type State } from '../lifecycle/lifecycle';
import { nextActionSql, statesOfAction, type NextActionName } from './next-action';
import { ofProviderReference, ofUtr, utrForms, withoutBlanks } from './search';
import { REVIEWED_FROM, type ShownTransaction } from './shown';

/**
 * How a list finds the transactions of a page. Whatever the filter, the newest of a user are read from an
 * index that has them in the order of the list, so that a page costs the same however long the history is and
 * however few of it fit:
 * - no filter, or times alone: `transactions_of_user`;
 * - a status, a service, a next action: of what has ended, the newest of each service and state
 *   (`transactions_ended`); of what is under way, the newest that fit (`transactions_open`); of these the newest;
 * - a reference, a UTR, an id of the provider, cash to acknowledge: the few transactions that an index names.
 *
 * These two indexes are partial: a transaction leaves the first when it ends, and is written into the second once,
 * by then.
 */
export interface TransactionFilter {
  status?: PublicStatus;
  reference?: string;
  /** UTR or RRN, as people write it (`utrForms`). */
  utr?: string;
  /** The id that the provider gave it. */
  providerReference?: string;
  service?: string;
  createdFrom?: Date;
  createdBefore?: Date;
  nextAction?: NextActionName;
}

export interface ListQuestion {
  userId: UserId;
  filter: TransactionFilter;
  /** Lines that are shown; one more is read where there is one. */
  limit: number;
  /** The id of the last line of the page before. */
  after: string | undefined;
  now: Date;
}

/** What the SQL of a list is made of, beside the question. */
export interface ListParts {
  /** Columns of a `ShownTransaction`. */
  shown: string;
  /** What the caller still has to do after a success. */
  owed: string;
  /** The transactions of `:userId` of which something may have to be done after a success, by what. */
  candidates: Readonly<Partial<Record<NextActionName, string>>>;
  consentServices: readonly string[];
}

export const STATES_OF: Readonly<Record<PublicStatus, readonly State[]>> = {
  PENDING: ['accepted', 'held', 'dispatched', 'refund_pending'],
  SUCCESS: ['succeeded'],
  FAILED: ['failed'],
  REVERSED: ['reversed'],
  REFUNDED: ['refunded'],
};
/** The states of the index `transactions_open`, where `ended_as` is null, and those of `transactions_ended`. */
export const OPEN: readonly State[] = STATES.filter((state) => !FINAL_STATES.has(state));
export const ENDED: readonly State[] = STATES.filter((state) => FINAL_STATES.has(state));

/** The newest first, up to `limit + 1`. */
export async function listTransactions(
  knex: Knex,
  parts: ListParts,
  question: ListQuestion,
): Promise<ShownTransaction[]> {
  const states = statesOf(question.filter);
  if (states.length === 0) return [];
  const { filter, userId, limit } = question;
  const text = `with found as materialized (${foundSql(parts, filter, { states, most: readAtMost(limit) })})
    select ${parts.shown} from found join transactions on transactions.id = found.id`;
  const found = await rows<ShownTransaction>(
    knex,
    text,
    namedIn(text, { ...valuesOf(question, states), userId, consentServices: [...parts.consentServices] }),
  );
  // sorted here: asked for the order, the planner reads all there are in that order, looking for these
  return found.toSorted((a, b) => compareTexts(b.id, a.id)).slice(0, limit + 1);
}

/** Few sizes, so that few texts are prepared: the usual page and the longest, each with the line behind it. */
function readAtMost(limit: number): number {
  return limit <= 20 ? 21 : Math.max(101, limit + 1);
}

/** The states that may fit; one in review may, whatever it came from. */
function statesOf({ status, nextAction }: TransactionFilter): State[] {
  const byStatus: readonly State[] = status === undefined ? STATES : [...STATES_OF[status], 'in_review'];
  const byAction = nextAction === undefined ? STATES : statesOfAction(nextAction);
  return byAction.filter((state) => byStatus.includes(state));
}

interface Wanted {
  states: readonly State[];
  most: number;
}

/** The ids of a page, by the index that serves the filter; each way names the user. */
function foundSql(parts: ListParts, filter: TransactionFilter, { states, most }: Wanted): string {
  const where = conditionsOf(parts, filter);
  const [first, ...others] = namedSources(parts, filter);
  if (first !== undefined)
    return `select named.id from (${first} offset 0) named(id)
      cross join lateral (select from transactions where transactions.id = named.id
        and ${[OF_USER, STATE_FITS, SERVICE_FITS, ...where, ...others.map(isAmong)].join(' and ')} offset 0) fits
      order by named.id desc limit ${most}`;
  if (filter.status === undefined && filter.service === undefined && filter.nextAction === undefined)
    return newestOf({ user_id: ':userId' }, where, most);
  const arms = [
    ...(OPEN.some((state) => states.includes(state)) ? [openArms(where, most)] : []),
    ...(ENDED.some((state) => states.includes(state)) ? [endedArms(where, most)] : []),
  ];
  return `select arm.id from (${arms.join(' union all ')}) arm order by arm.id desc limit ${most}`;
}

const OF_USER =
  'transactions.user_id = :userId and transactions.id >= :lowest::uuid and transactions.id < :beneath::uuid';
const STATE_FITS = 'transactions.state = any(:states::text[])';
const SERVICE_FITS = '(:service::text is null or transactions.service = :service::text)';
const SERVICES = '(select name from services where :service::text is null or name = :service::text) s';
const isAmong = (ids: string): string => `transactions.id in (${ids})`;

/**
 * The newest with these values, between two ids, from the index that begins with these columns and ends with the
 * id. Bounds and order are of the whole rows of the index: no other index has that order, whatever the planner
 * thinks of how many rows a user has. By id alone it would read the history of all users, where it takes a user
 * for a large one.
 */
function newestOf(values: Readonly<Record<string, string>>, where: readonly string[], most: number): string {
  const columns = [...Object.keys(values), 'id'].map((name) => `transactions.${name}`);
  const row = `(${columns.join(', ')})`;
  const bound = (id: string): string => `(${[...Object.values(values), id].join(', ')})`;
  return `select transactions.id from transactions
    where ${row} >= ${bound(':lowest::uuid')} and ${row} < ${bound(':beneath::uuid')}${where.map((c) => ` and ${c}`).join('')}
    order by ${columns.map((column) => `${column} desc`).join(', ')} limit ${most}`;
}

/** What a user has under way is short. */
function openArms(where: readonly string[], most: number): string {
  const all = [
    'transactions.ended_as is null',
    'transactions.state = any(:open::text[])',
    SERVICE_FITS,
    ...where,
  ];
  return `
    select t.id from (select id from wallets where user_id = :userId) w
    cross join lateral (${newestOf({ wallet_id: 'w.id' }, ['transactions.user_id = :userId', ...all], most)}) t`;
}

function endedArms(where: readonly string[], most: number): string {
  const of = { user_id: ':userId', service: 's.name', ended_as: 'is_in.state' };
  return `
    select t.id from ${SERVICES} cross join unnest(:ended::text[]) as is_in(state)
    cross join lateral (${newestOf(of, ['transactions.ended_as is not null', ...where], most)}) t`;
}

/** What holds for every line beside whose it is. Of times, the bounds of the id have read what is near. */
function conditionsOf(
  parts: ListParts,
  { status, createdFrom, createdBefore, nextAction }: TransactionFilter,
): string[] {
  return [
    ...(createdFrom === undefined ? [] : ['transactions.created_at >= :createdFrom']),
    ...(createdBefore === undefined ? [] : ['transactions.created_at < :createdBefore']),
    ...(status === undefined
      ? []
      : [`(transactions.state <> 'in_review' or ${REVIEWED_FROM} = any(:reviewedFrom::text[]))`]),
    ...(nextAction === undefined ? [] : [nextActionSql(nextAction, parts.owed)]),
  ];
}

/** A reference names a request: its only transaction, or its parts. */
const OF_REFERENCE = `
  select p.id from requests r
  join lateral (
    select r.id union all select t.id from transactions t where t.request_id = r.id and t.request_id <> t.id
  ) p on true
  where r.user_id = :userId and r.reference = :reference`;
/** Where the filter names its few transactions: the queries that give their ids. */
function namedSources(parts: ListParts, filter: TransactionFilter): string[] {
  const byAction = filter.nextAction === undefined ? undefined : parts.candidates[filter.nextAction];
  return [
    ...(filter.reference === undefined ? [] : [OF_REFERENCE]),
    ...(filter.providerReference === undefined ? [] : [ofProviderReference(':providerReference')]),
    ...(filter.utr === undefined ? [] : [ofUtr(':utrs')]),
    ...(byAction === undefined ? [] : [byAction]),
  ];
}

const LOWEST = '00000000-0000-0000-0000-000000000000';
const HIGHEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
/** Ids are made with the time of acceptance; the time itself decides, and this leaves it room. */
const ID_SLACK_MS = 10_000;

function valuesOf({ filter, after, now }: ListQuestion, states: readonly State[]): Record<string, unknown> {
  const { createdFrom, createdBefore, status, utr, providerReference, reference } = filter;
  const latest = createdBefore === undefined ? HIGHEST : firstUuidAt(addMs(createdBefore, ID_SLACK_MS));
  return {
    now,
    states: [...states],
    open: OPEN.filter((state) => states.includes(state)),
    ended: ENDED.filter((state) => states.includes(state)),
    reviewedFrom: status === undefined ? undefined : [...STATES_OF[status]],
    service: filter.service ?? null,
    lowest: createdFrom === undefined ? LOWEST : firstUuidAt(addMs(createdFrom, -ID_SLACK_MS)),
    beneath: after !== undefined && after < latest ? after : latest,
    createdFrom,
    createdBefore,
    reference: reference === undefined ? undefined : withoutBlanks(reference),
    providerReference: providerReference === undefined ? undefined : withoutBlanks(providerReference),
    utrs: utr === undefined ? undefined : utrForms(utr),
  };
}

/** Those of the values whose names the text has. */
function namedIn(text: string, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const names = new Set([...text.matchAll(/(?<!:):([a-z]\w*)/gi)].map(([, name]) => name));
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name)));
}
