import { addMs } from '../../platform/clock';
import { closeCases, openCases, transactionCase } from '../cases/cases';
import { bringInquiryForward } from '../lifecycle/inquiries';
import {
  askHowItStands,
  lookUp,
  markUnconfirmed,
  mayAsk,
  SENDING,
  type FollowDependencies,
} from './complaint-follow';
import {
  claimDueComplaints,
  claimRefunds,
  markRefundsMissed,
  type ComplaintRow,
  type ExpectedRefund,
} from './complaint-rows';

/**
 * The rounds of the complaint loop. Every open complaint and every refund promised by a ticket is a row with
 * a due time. A claim moves that time on before anything is asked (SKIP LOCKED), so several processes may run
 * the loop, and one that dies loses nothing.
 */
export interface ComplaintKeeper {
  /** Follows complaints that are due, whether or not anybody reads them. */
  follow(limit: number): Promise<{ claimed: number; errors: Error[] }>;
  /**
   * Checks whether money promised by tickets has come back. Until it has, the provider is asked about the
   * payment; if it is late, a case is opened, which the money closes.
   */
  followRefunds(limit: number): Promise<{ claimed: number }>;
}

const DAY_MS = 86_400_000;
/** After this long, a refund is followed only through its case. */
const REFUND_ASKED_FOR_MS = 30 * DAY_MS;
const MISSING = 'complaint_refund_missing';

export function createComplaintKeeper(deps: FollowDependencies): ComplaintKeeper {
  return {
    async follow(limit) {
      const claimed = await claimDueComplaints(
        deps.knex,
        deps.clock.now(),
        deps.bbpsPolicies.timings().complaintAskGapMs,
        limit,
      );
      const errors: Error[] = [];
      await Promise.all(
        claimed.map(async (row) => {
          try {
            await followOne(deps, row);
          } catch (error) {
            errors.push(
              error instanceof Error
                ? error
                : new Error('a complaint could not be followed', { cause: error }),
            );
          }
        }),
      );
      return { claimed: claimed.length, errors };
    },
    async followRefunds(limit) {
      const claimed = await claimExpected(deps, limit);
      await bringInquiryForward(
        deps.knex,
        claimed.filter((r) => !r.isBack).map((r) => r.transactionId),
        deps.clock.now(),
      );
      return { claimed: claimed.length };
    },
  };
}

async function followOne(deps: FollowDependencies, row: ComplaintRow): Promise<void> {
  if (row.providerReference !== null) {
    if (mayAsk(deps, row)) await askHowItStands(deps, row);
  } else if (row.status === SENDING) await markUnconfirmed(deps, row.id, row.transactionId);
  else if (mayAsk(deps, row)) await lookUp(deps, row);
}

/**
 * Claims due refunds, opens cases for late ones and closes those of refunds that have come, in one database
 * transaction.
 */
async function claimExpected(deps: FollowDependencies, limit: number): Promise<ExpectedRefund[]> {
  const now = deps.clock.now();
  const { complaintRoundMs, complaintRefundMs } = deps.bbpsPolicies.timings();
  return deps.knex.transaction(async (trx) => {
    const claimed = await claimRefunds(trx, {
      now,
      limit,
      roundMs: complaintRoundMs,
      slowMs: DAY_MS,
      askedForMs: REFUND_ASKED_FOR_MS,
    });
    const late = claimed.filter(
      (r) => !r.isBack && r.missedAt === null && now >= addMs(r.closedAt, complaintRefundMs),
    );
    await markRefundsMissed(
      trx,
      late.map((r) => r.id),
      now,
    );
    await openCases(
      trx,
      deps.ids,
      late.map((r) =>
        transactionCase(
          MISSING,
          r.transactionId,
          `a ticket ended as ${r.status} and the money of the payment has not come back: ask the provider for the adjustment`,
        ),
      ),
      now,
    );
    await closeCases(
      trx,
      claimed.filter((r) => r.isBack).map((r) => transactionCase(MISSING, r.transactionId, '')),
      { by: 'complaint-keeper', note: 'the money of the payment has come back', at: now },
    );
    return claimed;
  });
}
