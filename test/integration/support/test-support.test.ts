import { Client } from 'pg';
import { adminUrl, freshDatabase } from '../../support/database';
import { queueBackends, redisPrefix, redisUrl } from '../../support/redis';

test('a fresh database is migrated, empty and gone after drop', async () => {
  const [one, two] = await Promise.all([freshDatabase(), freshDatabase()]);
  expect(one.name).not.toBe(two.name);
  const client = new Client({ connectionString: one.url });
  await client.connect();
  const found = await client.query<{ n: number }>(
    "select count(*)::int as n from pg_namespace where nspname = 'bullmq'",
  );
  expect(found.rows[0]!.n).toBe(1);
  await client.end();
  await Promise.all([one.drop(), two.drop()]);
  await expect(new Client({ connectionString: one.url }).connect()).rejects.toThrow(/does not exist/);
});

describe.each(queueBackends())('the queue backend %s', (backend) => {
  test('the server of the backend is named', () => {
    const url = backend === 'redis' ? redisUrl() : adminUrl();
    expect(url.split(':')[0]).toBe(backend);
    expect(redisPrefix()).not.toBe(redisPrefix());
  });
});
