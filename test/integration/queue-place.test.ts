/** Where the queues are, and how they move. */
import { settleQueuePlace } from '../../scripts/stack/queue-place';
import { makeKnex } from '../../platform/database';
import { backendIdentity, readBackend, type QueueSettings } from '../../platform/queue';
import { freshDatabase } from '../support/database';

test('is claimed by the first, and names another place after a move, also when neither can be reached', async () => {
  const database = await freshDatabase();
  const knex = makeKnex(database.url, { max: 2 });
  const [old, moved] = ['redis://127.0.0.1:1', 'redis://127.0.0.1:2'].map((redisUrl): QueueSettings => ({ backend: 'redis', redisUrl, databaseUrl: database.url }));
  try {
    expect(await settleQueuePlace(knex, old!)).toBe('claimed');
    expect(await settleQueuePlace(knex, old!)).toBe('same');
    expect((await readBackend(knex))!.identity).toBe(backendIdentity(old!));
    expect(await settleQueuePlace(knex, moved!)).toBe('moved');
    expect((await readBackend(knex))!.identity).toBe(backendIdentity(moved!));
  } finally {
    await knex.destroy();
    await database.drop();
  }
}, 20_000);
