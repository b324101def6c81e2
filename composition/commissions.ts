import type { Knex } from 'knex';
import type { Access } from '../domain/access/access';
import { createCommissionAccruals } from '../domain/commissions/accrue';
import { createCommissionDesk } from '../domain/commissions/desk';
import { createInstantCommission } from '../domain/commissions/instant';
import { createCommissionPayouts } from '../domain/commissions/payouts';
import { createCommissionReader } from '../domain/commissions/read';
import { listRules, listSchemes, findScheme } from '../domain/commissions/rule-rows';
import { createSchemeActions } from '../domain/commissions/schemes';
import type { AccountDirectory } from '../domain/ledger/accounts';
import { TOLD_APART } from '../domain/services/services';
import type { Clock } from '../platform/clock';
import type { Ids } from '../platform/ids';

/** What is done with commissions by the processes: earned, paid, and shown to those who earn. */
export function createCommissions(given: {
  knex: Knex;
  lists: Knex;
  clock: Clock;
  ids: Ids;
  accounts: AccountDirectory;
}) {
  const deps = { ...given, toldApart: TOLD_APART };
  return {
    commissions: {
      accruals: createCommissionAccruals(deps),
      payouts: createCommissionPayouts(deps),
      instant: createInstantCommission(deps),
      reader: createCommissionReader(deps),
    },
  };
}

/** What staff do about commissions: by proposals, and by looking. */
export function createCommissionOperations(deps: { knex: Knex; clock: Clock; ids: Ids; access: Access }) {
  const { knex } = deps;
  return {
    actions: createSchemeActions(deps),
    desk: {
      commissions: {
        schemes: () => listSchemes(knex),
        scheme: (name: string) => findScheme(knex, name),
        rules: (schemeId: string) => listRules(knex, schemeId),
        ...createCommissionDesk({ knex }),
        ...createCommissionReader({ ...deps, lists: knex }),
      },
    },
  };
}
