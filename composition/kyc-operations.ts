import type { Knex } from 'knex';
import { createKycReview } from '../domain/kyc/review';
import { createKycRules } from '../domain/kyc/rules';
import { createScreeningLists } from '../domain/screening/lists';
import { createScreeningReview } from '../domain/screening/screening';
import { createKycStages } from '../domain/users/kyc-stages';
import type { Clock } from '../platform/clock';
import type { Ids } from '../platform/ids';

/** What staff do with KYC records and with likenesses to listed names. Nothing sealed is opened. */
export async function createKycOperations(deps: { knex: Knex; clock: Clock; ids: Ids; profile: string }) {
  const rules = await createKycRules(deps);
  const review = createKycReview({ ...deps, rules, stages: createKycStages(deps) });
  const screening = createScreeningReview(deps);
  return {
    kyc: review,
    screening: { ...screening, lists: createScreeningLists(deps) },
    actions: { ...review.actions, ...screening.actions },
    close: () => {
      rules.close();
    },
  };
}
