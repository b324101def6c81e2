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
 * The rounds of the complaint loop. Every open complaint and every refund that a ticket has promised is a row
 * with an instant; a claim pushes that instant on before anything is asked (SKIP LOCKED), so that several
 * processes may run it and one that dies loses nothing.
 */
export interface ComplaintKeeper {
  /** Follows complaints that are due, whether anybody reads them or not. */
  follow(limit: number): Promise<{ claimed: number; errors: Error[] }>;
  /**
   * Sees whether the money has come back that tickets have promised. Until it has, the provider is asked
   * about the payment; late, it is a case, which the money closes.
   */
  followRefunds(limit: number): Promise<{ claimed: number }>;
}

const DAY_MS = 86_400_000;
/** So long after its ticket ended, a refund is people's business alone: their case is open. */
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
 * The claim, the cases of those that are late and the end of the cases of those that have come are one
 * database transaction.
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
