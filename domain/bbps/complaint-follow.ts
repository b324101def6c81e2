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
 * Follows a complaint once its row is stored. Reads and the complaint loop (complaint-keeper.ts) share this
 * code.
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
/**
 * Statuses after which the money comes back as an adjustment of the payment; the provider is asked until it
 * has come.
 */
const MONEY_BACK: ReadonlySet<string> = new Set(['REFUNDED', 'DEFAULT_RESOLVED']);
export const SENDING = '<sending>';
export const UNCONFIRMED = '<unconfirmed>';
const ABSENT = '<not at provider>';
export const MIN_GAP_MS = 1_000;
export const SENDING_AT_MOST_MS = 120_000; // a process that died while it told the provider
const DATE = /^2\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d)$/; // the last days of a month are left to ours

/**
 * Asks for the status of a complaint whose provider reference is known. Anything the provider leaves out
 * stays as it is.
 */
export async function askHowItStands(deps: FollowDependencies, row: ComplaintRow): Promise<void> {
  const calls = deps.providers.get(row.provider).bbps;
  if (calls?.complaint === undefined || row.providerReference === null) return;
  const reference = row.providerReference;
  const answer = await orUnknown(() => calls.complaint!(reference, { transactionId: row.transactionId }));
  if (answer.ok) await writeComplaint(deps, row, answer.value);
}

/** True if its provider may be asked about complaints now. */
export function mayAsk(deps: FollowDependencies, row: ComplaintRow): boolean {
  if (!deps.providers.has(row.provider)) return false;
  const connector = deps.providers.get(row.provider);
  return connector.bbps?.complaint !== undefined && connector.available('bbps');
}

/** One of ours, and the payment that it is about. */
type Raised = Pick<ComplaintRow, 'id' | 'transactionId'>;

async function writeComplaint(
  deps: FollowDependencies,
  { id, transactionId }: Raised,
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
  const isWritten = await writeAnswer(deps, id, answer, {
    isClosed: CLOSED.has(c.status),
    now,
    nextAskAt: addMs(now, nextInMs),
    refundAskAt,
  });
  // A process that dies before it leaves that to the loop
  if (isWritten && isMoneyBack) await bringInquiryForward(deps.knex, [transactionId], now);
}

/**
 * The provider has the complaint. The case is closed first: if the process dies before the answer is written,
 * the loop takes over.
 */
export async function confirm(
  deps: FollowDependencies,
  { id, transactionId }: Raised,
  c: Complaint,
  nextInMs?: number,
): Promise<void> {
  await closeCases(deps.knex, [unconfirmedCase(id, transactionId)], {
    by: 'complaint-keeper',
    note: 'the provider has the complaint',
    at: deps.clock.now(),
  });
  await writeComplaint(deps, { id, transactionId }, c, nextInMs);
}

/** One case for each complaint, because several about one payment may be lost. */
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
 * It is unknown whether the provider has the complaint. It is not sent again on a guess: the network refuses
 * two tickets about one matter.
 */
export async function markUnconfirmed(
  deps: FollowDependencies,
  id: string,
  transactionId: TransactionId,
): Promise<void> {
  const now = deps.clock.now();
  await deps.knex.transaction(async (trx) => {
    if (
      !(await noteStatus(
        trx,
        id,
        { from: SENDING, to: UNCONFIRMED },
        { isClosed: false, now, nextAskAt: now },
      ))
    )
      return;
    await openCases(trx, deps.ids, [unconfirmedCase(id, transactionId)], now);
  });
}

/**
 * Looks up a complaint whose submission was not confirmed. A ticket with its disposition that no other
 * complaint of ours has claimed is taken to be it. If the list, read long enough after the complaint was
 * raised, has no such ticket, the complaint never arrived: it is closed and may be raised again. If a ticket
 * without a disposition might be it, a person decides.
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
  if (found !== undefined) await confirm(deps, row, found);
  else if (
    others.every((ticket) => ticket.npciCode !== null) &&
    askedAt >= addMs(row.createdAt, deps.bbpsPolicies.timings().complaintAbsentMs)
  ) {
    await deps.knex.transaction(async (trx) => {
      if (
        !(await noteStatus(
          trx,
          row.id,
          { from: UNCONFIRMED, to: ABSENT },
          { isClosed: true, now: deps.clock.now() },
        ))
      )
        return;
      await closeCases(trx, [unconfirmedCase(row.id, row.transactionId)], {
        by: 'complaint-keeper',
        note: 'the provider does not have the complaint; it may be raised again',
        at: deps.clock.now(),
      });
    });
  }
}
