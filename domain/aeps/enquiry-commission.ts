import type { Knex } from 'knex';
import { derivedUuid } from '../../platform/ids';
import type { Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { Paise } from '../../platform/money';
import { DomainError } from '../errors/errors';
import { accountCode, type AccountDirectory } from '../ledger/accounts';
import type { Ledger } from '../ledger/post';
import type { AgreedCommission, Policies } from '../policies/policies';
import { earningTransfers, NO_EARNINGS } from '../posting/commission';

/**
 * What a provider pays us for an enquiry. It is kept with the enquiry and posted after that, so that a process that
 * dies in between leaves it to the keeper; the journal's id is derived from the enquiry, so it is posted once.
 */
export interface EnquiryCommissions {
  /** The stated commission, or the agreed one; undefined where the provider pays nothing. */
  of(earned: { provider: string; kind: string; statedPaise: Paise | null }): AgreedCommission | undefined;
  /**
   * Posts what was earned and is not posted yet, of one enquiry or of the oldest; returns how many. One that cannot
   * be posted holds up no other: its error is thrown at the end.
   */
  post(which: { id: string } | { limit: number }): Promise<number>;
}

export interface EnquiryCommissionDependencies {
  knex: Knex;
  clock: Clock;
  policies: Policies;
  ledger: Ledger;
  accounts: AccountDirectory;
}

interface Earned {
  id: string;
  provider: string;
  commissionPaise: Paise;
  tdsPaise: Paise;
}

export function createEnquiryCommissions(deps: EnquiryCommissionDependencies): EnquiryCommissions {
  async function postOne({ id, provider, commissionPaise, tdsPaise }: Earned): Promise<void> {
    const [account, commissionIncome, tdsReceivable, suspense] = await Promise.all([
      deps.accounts.id(accountCode.receivable(provider, 'aeps')),
      deps.accounts.id(accountCode.commissionIncome(provider, 'aeps')),
      deps.accounts.id(accountCode.tdsReceivable(provider)),
      deps.accounts.id(accountCode.suspense(provider)),
    ]);
    const transfers = earningTransfers(
      'success',
      'credit',
      { provider: account, commissionIncome, tdsReceivable, suspense },
      { told: { ...NO_EARNINGS, commissionPaise, tdsPaise }, posted: NO_EARNINGS },
    );
    const posted = await deps.ledger.post({
      journal: { id: derivedUuid(id, 'commission'), transactionId: null, transfers },
    });
    if (posted.status === 'refused')
      throw new DomainError(posted.code, {
        detail: `the commission of an enquiry was refused: ${posted.code}`,
      });
    await execute(deps.knex, 'update aeps_enquiries set posted_at = ? where id = ? and posted_at is null', [
      deps.clock.now(),
      id,
    ]);
  }
  return {
    of({ provider, kind, statedPaise }) {
      const now = deps.clock.now();
      const agreed = deps.policies.commission(
        { provider, service: 'aeps', class: kind, amountPaise: 0n },
        now,
      );
      if (statedPaise === null || statedPaise === agreed?.commissionPaise) return agreed;
      const tdsPaise = deps.policies.tdsOn(statedPaise, now);
      return tdsPaise === undefined ? undefined : { commissionPaise: statedPaise, tdsPaise };
    },
    async post(which) {
      const due = await rows<Earned>(
        deps.knex,
        `
        select id, provider, commission_paise as "commissionPaise", tds_paise as "tdsPaise" from aeps_enquiries
        where commission_paise > 0 and posted_at is null and id = coalesce(:id::uuid, id)
        order by started_at limit :limit`,
        { id: 'id' in which ? which.id : null, limit: 'limit' in which ? which.limit : 1 },
      );
      const errors: unknown[] = [];
      for (const earned of due)
        await postOne(earned).catch((error: unknown) => {
          errors.push(error);
        });
      if (errors.length > 0) throw errors[0];
      return due.length;
    },
  };
}
