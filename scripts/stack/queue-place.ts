import type { Knex } from 'knex';
import { allQueues } from '../../jobs';
import { PROVIDERS } from '../../providers/list';
import { silentLog } from '../../platform/logger';
import { claimBackend, prepareQueues, switchBackend, type QueueSettings } from '../../platform/queue';

/**
 * The place of the queues is a row, and a process that is set to another is not ready. Makes the row name
 * this place: `claimed` when there was none, `moved` when it named another. Queues that move are emptied; the
 * rows bring the work back. Nothing may run meanwhile.
 */
export async function settleQueuePlace(
  knex: Knex,
  settings: QueueSettings,
): Promise<'same' | 'claimed' | 'moved'> {
  const queues = allQueues(Object.keys(PROVIDERS));
  const found = await claimBackend(knex, settings);
  if (found === 'differs') await switchBackend(knex, settings, { queues, log: silentLog });
  if (settings.backend === 'postgres') await prepareQueues(knex, queues);
  return found === 'differs' ? 'moved' : found;
}
