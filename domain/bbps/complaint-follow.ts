import type { TransactionId } from '../ids/ids';
import type { OffersBills } from './port';
import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import type { FieldCipher } from '../../platform/encryption';
import type { Ids } from '../../platform/ids';
import { closeCases, openCases, type NewCase } from '../cases/cases';
import { orUnknown } from '../provider/answers';
import { bringInquiryForward } from '../lifecycle/inquiries';
import type { ProviderRegistry } from '../provider/provider';
import {
  noteStatus,
  readComplaints,
  readReferenceOfPayment,
  writeAnswer,
  type ComplaintRow,
} from './complaint-rows';
import type { BbpsPolicies } from './policies';
import type { Complaint } from './port';

/**
 * What becomes of a complaint once its row stands; who reads it and the loop that follows it
 * (complaint-keeper.ts) do the same.
 */
export interface FollowDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  cipher: FieldCipher;
  providers: ProviderRegistry<OffersBills>;
  bbpsPolicies: BbpsPolicies;
}

/** Statuses of a ticket that is closed (Setu's enum). Any other word leaves it open. */
const CLOSED: ReadonlySet<string> = new Set([
  'RESOLVED',
  'REJECTED',
  'DEFAULT_RESOLVED',
  'REFUNDED',
  'FAILED',
  'UNRESOLVED',
]);
/** The money comes back as an adjustment of the payment: the provider is asked about it until it has come. */
const MONEY_BACK: ReadonlySet<string> = new Set(['REFUNDED', 'DEFAULT_RESOLVED']);
export const SENDING = '<sending>';
export const UNCONFIRMED = '<unconfirmed>';
const ABSENT = '<not at provider>';
export const MIN_GAP_MS = 1_000;
export const SENDING_AT_MOST_MS = 120_000; // a process that died while it told the provider
const DATE = /^2\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d)$/; // the last days of a month are left to ours

/**
 * Asks the provider how one stands that has its reference. What it does not say leaves everything as it is.
 */
export async function askHowItStands(deps: FollowDependencies, row: ComplaintRow): Promise<void> {
  const calls = deps.providers.get(row.provider).bbps;
  if (calls?.complaint === undefined || row.providerReference === null) return;
  const reference = row.providerReference;
  const answer = await orUnknown(() => calls.complaint!(reference, { transactionId: row.transactionId }));
  if (answer.ok) await writeComplaint(deps, row.id, row.transactionId, answer.value);
}

/** Whether its provider may be asked about complaints at this moment. */
export function mayAsk(deps: FollowDependencies, row: ComplaintRow): boolean {
  if (!deps.providers.has(row.provider)) return false;
  const connector = deps.providers.get(row.provider);
  return connector.bbps?.complaint !== undefined && connector.available('bbps');
}

async function writeComplaint(
  deps: FollowDependencies,
  id: string,
  transactionId: TransactionId,
  c: Complaint,
  nextInMs = deps.bbpsPolicies.timings().complaintRoundMs,
): Promise<void> {
  const now = deps.clock.now();
  const answer = {
    ...c,
    status: c.status.slice(0, 60),
    assignedTo: c.assignedTo?.slice(0, 100) ?? null,
    dueOn: c.dueOn !== null && DATE.test(c.dueOn) ? c.dueOn : null,
  };
  const isMoneyBack = MONEY_BACK.has(c.status);
  const refundAskAt = isMoneyBack ? addMs(now, deps.bbpsPolicies.timings().complaintAskGapMs) : null;
  const isWritten = await writeAnswer(deps.knex, deps.cipher, id, answer, {
    isClosed: CLOSED.has(c.status),
    now,
    nextAskAt: addMs(now, nextInMs),
    refundAskAt,
  });
  // A process that dies before it leaves that to the loop
  if (isWritten && isMoneyBack) await bringInquiryForward(deps.knex, [transactionId], now);
}

/**
 * The provider has it. The case goes first: a process that dies before the answer is written leaves the
 * complaint to the loop.
 */
export async function confirm(
  deps: FollowDependencies,
  id: string,
  transactionId: TransactionId,
  c: Complaint,
  nextInMs?: number,
): Promise<void> {
  await closeCases(deps.knex, [unconfirmedCase(id, transactionId)], {
    by: 'complaint-keeper',
    note: 'the provider has the complaint',
    at: deps.clock.now(),
  });
  await writeComplaint(deps, id, transactionId, c, nextInMs);
}

/** One for each complaint: several about a payment may be lost. */
function unconfirmedCase(id: string, transactionId: TransactionId): NewCase {
  return {
    kind: 'complaint_unconfirmed',
    subject: `complaint:${id}`,
    transactionId,
    summary:
      'the provider did not say whether it has the complaint: it is looked up there, and closed when it is certainly not',
  };
}

/**
 * Nobody knows whether the provider has it. It is not sent again on a guess: two tickets about one matter are
 * refused by the network.
 */
export async function markUnconfirmed(
  deps: FollowDependencies,
  id: string,
  transactionId: TransactionId,
): Promise<void> {
  const now = deps.clock.now();
  await deps.knex.transaction(async (trx) => {
    if (!(await noteStatus(trx, id, SENDING, UNCONFIRMED, { isClosed: false, now, nextAskAt: now }))) return;
    await openCases(trx, deps.ids, [unconfirmedCase(id, transactionId)], now);
  });
}

/**
 * Looks one up that nobody knows of. A ticket of its disposition that no other complaint of ours has is it. A
 * list without it, asked long enough after it was raised, proves that it is not there: it is closed and may
 * be raised again. A ticket that does not say its disposition may be it: people decide.
 */
export async function lookUp(deps: FollowDependencies, row: ComplaintRow): Promise<void> {
  const [calls, ourReference] = [
    deps.providers.get(row.provider).bbps,
    await readReferenceOfPayment(deps.knex, row.transactionId),
  ];
  if (calls?.complaintsAbout === undefined || ourReference === undefined) return;
  const askedAt = deps.clock.now();
  const answer = await orUnknown(() =>
    calls.complaintsAbout!(ourReference, { transactionId: row.transactionId }),
  );
  if (!answer.ok) return;
  const known = new Set(
    (await readComplaints(deps.knex, row.transactionId)).map((other) => other.providerReference),
  );
  const others = answer.value.filter((ticket) => !known.has(ticket.refId));
  const found = others.findLast((ticket) => ticket.npciCode === row.npciCode);
  if (found !== undefined) await confirm(deps, row.id, row.transactionId, found);
  else if (
    others.every((ticket) => ticket.npciCode !== null) &&
    askedAt >= addMs(row.createdAt, deps.bbpsPolicies.timings().complaintAbsentMs)
  ) {
    await deps.knex.transaction(async (trx) => {
      if (!(await noteStatus(trx, row.id, UNCONFIRMED, ABSENT, { isClosed: true, now: deps.clock.now() })))
        return;
      await closeCases(trx, [unconfirmedCase(row.id, row.transactionId)], {
        by: 'complaint-keeper',
        note: 'the provider does not have the complaint; it may be raised again',
        at: deps.clock.now(),
      });
    });
  }
}
