/** Where the queues are, and how they move. */
import { makeKnex } from '../../../platform/database';
import { backendIdentity, readBackend, type QueueSettings } from '../../../platform/queue';
import { settleQueuePlace } from '../../../scripts/stack/queue-place';
import { freshDatabase } from '../../support/database';

test('is claimed by the first, and moves, also when the old place cannot be reached', async () => {
  const database = await freshDatabase();
  const knex = makeKnex(database.url, { max: 2 });
  const gone: QueueSettings = {
    backend: 'redis',
    redisUrl: 'redis://127.0.0.1:1',
    databaseUrl: database.url,
  };
  const here: QueueSettings = { backend: 'postgres', databaseUrl: database.url };
  try {
    expect(await settleQueuePlace(knex, gone)).toBe('claimed');
    expect(await settleQueuePlace(knex, gone)).toBe('same');
    expect((await readBackend(knex))!.identity).toBe(backendIdentity(gone));
    expect(await settleQueuePlace(knex, here)).toBe('moved');
    expect((await readBackend(knex))!.identity).toBe(backendIdentity(here));
    expect(await settleQueuePlace(knex, here)).toBe('same');
  } finally {
    await knex.destroy();
    await database.drop();
  }
});
