import type { Check, CheckGroup } from '../promises/check';

/** The checks of collections: nobody is credited on anybody's word but the provider's, and no order pays twice. */

const asked: Check = {
  promise: 'P5',
  name: 'collected-when-asked',
  what: 'a collection was called paid only by an answer of the provider to a question of ours, or by two persons',
  slice: 'transactions',
  over: `transactions where service = 'collection'`,
  offenders: `
    select 'transaction ' || t.id, format('its %s was recorded from a %s', o.effect, o.source)
    from transactions t
    join transaction_outcomes o on o.transaction_id = t.id and o.effect in ('success', 'late_success')
    where t.service = 'collection' and o.source not in ('poll', 'reconciliation', 'ops')`,
};

const onceForAnOrder: Check = {
  promise: 'P4',
  name: 'one-collection-for-an-order',
  what: 'no order of a provider was credited for two collections',
  over: `transactions where service = 'collection'`,
  offenders: `
    select 'order ' || t.provider_reference, format('%s collections were credited for it', count(*))
    from transactions t
    where t.service = 'collection' and t.provider_reference is not null
      and exists (select from transaction_outcomes o where o.transaction_id = t.id
        and o.effect in ('success', 'late_success_confirmed'))
    group by t.provider, t.provider_reference having count(*) > 1`,
};

export const COLLECTION_CHECKS: readonly CheckGroup[] = [{ checks: [asked, onceForAnOrder] }];
