/** The user of `docs/runbooks/redis-user.md`: enough for the queues, and for nothing else. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { silentLog } from '../../../platform/logger';
import {
  checkRedis,
  createQueues,
  createQueueWorker,
  storedTexts,
  type QueueSettings,
} from '../../../platform/queue';
import { startRedis, type RedisServer } from '../../../scripts/stack/redis-server';
import { ROOT } from '../../../scripts/stack/root';
import { onBackend } from '../../support/redis';
import { until } from '../../support/until';

const PAGE = path.join(ROOT, 'docs', 'runbooks', 'redis-user.md');
const PASSWORD = 'a-password-of-redis';

onBackend('redis', () => {
  describe('the user of the page, on redis', () => {
    let dir: string;
    let server: RedisServer;
    let settings: QueueSettings;

    beforeAll(async () => {
      dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-redis-user-'));
      const [, users] = /^```\n(user default off\n[^]*?)^```$/m.exec(fs.readFileSync(PAGE, 'utf8'))!;
      const file = path.join(dir, 'users.acl');
      // whoever starts this one waits for its answer to PING
      const asked = users!.replace('user default off', 'user default on nopass -@all +ping');
      fs.writeFileSync(file, asked.replace('PASSWORD', PASSWORD));
      server = await startRedis({ dir, settings: { aclfile: file } });
      const redisUrl = server.url.replace('redis://', `redis://munim:${PASSWORD}@`);
      settings = { backend: 'redis', databaseUrl: '', redisUrl, prefix: '{munim}' };
    });
    afterAll(async () => {
      await server.stop('SIGKILL');
      fs.rmSync(dir, { recursive: true, force: true });
    });

    test('queues and workers do all of their work', async () => {
      expect(await checkRedis(settings.redisUrl!)).toBeUndefined();
      const queues = createQueues(settings, { log: silentLog });
      const seen: string[] = [];
      const worker = createQueueWorker(
        settings,
        'acl',
        async (received) => {
          seen.push(...(received.data as { ids: string[] }).ids);
        },
        { concurrency: 2, log: silentLog },
      );
      const job = (n: number) => ({ id: `acl-${n}`, name: 'acl', data: { ids: [`${n}`] } });
      await queues.add('acl', [job(1)], { timeoutMs: 30_000 });
      await queues.add('acl', [job(2), job(3)], { timeoutMs: 30_000 });
      await until(async () => (await queues.counts('acl')).completed === 3);
      expect(seen.toSorted()).toEqual(['1', '2', '3']);
      await worker.close();
      await queues.add('acl', [job(4)], { timeoutMs: 30_000 });
      expect(await queues.oldestWaitingAgeMs('acl')).toBeGreaterThanOrEqual(0);
      const texts: string[] = [];
      for await (const { place } of storedTexts(settings)) texts.push(place);
      expect(texts.length).toBeGreaterThan(0);
      await queues.handle('acl').pause();
      await queues.handle('acl').resume();
      await queues.empty(['acl']);
      expect(await queues.counts('acl')).toMatchObject({ waiting: 0, completed: 0 });
      await queues.ping();
      await queues.close();
    });

    test.each([
      ['FLUSHALL'],
      ['FLUSHDB'],
      ['KEYS', '*'],
      ['CONFIG', 'GET', '*'],
      ['CLIENT', 'LIST'],
      ['ACL', 'LIST'],
      ['SHUTDOWN'],
      ['REPLICAOF', 'NO', 'ONE'],
      ['SET', 'other', '1'],
      ['GET', '{munimx}:1'],
      ['PUBLISH', 'other', '1'],
      ['EVAL', "return redis.call('flushall')", '0'],
      ['EVAL', "return redis.call('get', 'other')", '0'],
    ])('%s %s %s is refused', async (command, ...args) => {
      const client = new Redis(settings.redisUrl!, { maxRetriesPerRequest: 1 });
      try {
        await expect(client.call(command, ...args)).rejects.toThrow(
          /NOPERM|The user executing the script can't/,
        );
      } finally {
        client.disconnect();
      }
    });
  });
});
