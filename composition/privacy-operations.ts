import type { Knex } from 'knex';
import type { Access } from '../domain/access/access';
import { createDataRequests } from '../domain/privacy/requests';
import { createRetention } from '../domain/privacy/retention';
import type { Clock } from '../platform/clock';
import type { Ids } from '../platform/ids';

/** What staff do with what is kept of people. Nothing sealed is opened. */
export function createPrivacyOperations(deps: { knex: Knex; clock: Clock; ids: Ids; access: Access }) {
  const { actions, ...privacy } = createDataRequests(deps);
  return { actions, desk: { privacy, retention: createRetention(deps) } };
}
