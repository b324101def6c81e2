import type { TransactionId } from '../ids/ids';
import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import type { Ids } from '../../platform/ids';
import { openCases, transactionCase, type NewCase } from '../cases/cases';
import { lapsedBefore } from './agent-rows';
import type { EnquiryCommissions } from './enquiry-commission';
import type { AepsPolicies } from './policy';
import { claimDue, type Claim } from '../../platform/claim';

/**
 * Periodic upkeep of AEPS: reports successes that no terminal acknowledged to ops, marks agents dormant after a
 * long time without a transaction, and posts commissions of enquiries that were left behind.
 */
export interface AepsKeeper {
  /**
   * Checks each withdrawal once when it has been final for the policy's time; returns how many were checked.
   */
  listUnacknowledged(limit: number): Promise<number>;
  /**
   * Marks idle agents dormant; returns how many. Source: RBI/2025-26/63, an agent idle for three months is
   * verified again before the next transaction.
   */
  markDormant(limit: number): Promise<number>;
  /** Posts what was earned by enquiries and left behind by a process that died; returns how many. */
  postCommissions(limit: number): Promise<number>;
}

export function createAepsKeeper(deps: {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  aepsPolicies: AepsPolicies;
  commissions: EnquiryCommissions;
}): AepsKeeper {
  return {
    async listUnacknowledged(limit) {
      const now = deps.clock.now();
      const { acknowledgeWithinMs } = deps.aepsPolicies.at(now);
      return deps.knex.transaction(async (trx) => {
        const claimed = await claimDue<Ended>(trx, UNCHECKED, {
          before: addMs(now, -acknowledgeWithinMs),
          now,
          limit,
        });
        await openCases(trx, deps.ids, claimed.flatMap(caseOf), now);
        return claimed.length;
      });
    },
    async markDormant(limit) {
      const now = deps.clock.now();
      const { dormantAfterMonths } = deps.aepsPolicies.at(now);
      const lapsed = await claimDue<object>(deps.knex, LAPSED_AGENTS, {
        before: lapsedBefore(now, dormantAfterMonths),
        now,
        limit,
      });
      return lapsed.length;
    },
    postCommissions: (limit) => deps.commissions.post({ limit }),
  };
}

interface Ended {
  id: TransactionId;
  state: string;
  cashHandedOut: boolean | null;
  kind: string;
}

/** Withdrawals that ended long enough ago for the terminal to have said whether cash was handed out. */
const UNCHECKED: Claim = {
  table: 'aeps_withdrawals',
  key: 'transaction_id',
  due: `checked_at is null and created_at <= :before and exists (select from transactions x
        where x.id = aeps_withdrawals.transaction_id and x.finished_at <= :before)`,
  orderBy: 'created_at',
  set: 'checked_at = :now',
  beside: { table: 'transactions x', on: 'x.id = t.transaction_id' },
  returning: 't.transaction_id as id, x.state, t.cash_handed_out as "cashHandedOut", t.kind',
};

const LAPSED_AGENTS: Claim = {
  table: 'aeps_agents',
  key: 'user_id',
  due: "state = 'active' and coalesce(last_used_at, activated_at) < :before",
  orderBy: 'coalesce(last_used_at, activated_at)',
  set: `state = 'dormant', ekyc_state = 'none', otp_ref = null, otp_reference_tid = null, otp_at = null,
      updated_at = :now`,
  returning: 't.user_id as id',
};

function caseOf({ id, state, cashHandedOut, kind }: Ended): NewCase[] {
  if (state !== 'succeeded' || kind !== 'withdrawal' || cashHandedOut === true) return [];
  return cashHandedOut === null ? [notAcknowledged(id)] : [cashNotHandedOut(id)];
}

export function notAcknowledged(id: TransactionId): NewCase {
  return transactionCase(
    'aeps_not_acknowledged',
    id,
    'the wallet was credited, and the terminal has not said whether cash was handed out',
  );
}

export function cashNotHandedOut(id: TransactionId): NewCase {
  return transactionCase(
    'aeps_cash_not_handed_out',
    id,
    'the wallet was credited, and the terminal says that no cash was handed out: the customer is owed the amount',
  );
}
