import net, { type AddressInfo } from 'node:net';
import { ensureDatabase, redisHosts, requireRedis } from './stores';

it.each(['nonsense', 'http://127.0.0.1/x', '', '127.0.0.1:5432'])(
  'a DATABASE_URL like %p is named as the setting that is wrong',
  async (url) => {
    await expect(ensureDatabase(url)).rejects.toThrow(/^DATABASE_URL is not of the form postgres:/);
  },
);

it.each(['nonsense', 'http://127.0.0.1', 'redis://'])(
  'a REDIS_URL like %p is named as the setting that is wrong',
  async (url) => {
    await expect(requireRedis(url)).rejects.toThrow(/^REDIS_URL is not of the form redis:/);
  },
);

it('a Redis that is away is named without its password', async () => {
  const error = await requireRedis('redis://someone:hunter22@127.0.0.1:1/3').then(
    () => undefined,
    (e: Error) => e,
  );
  expect(error!.message).toMatch(/^no Redis answers at 127\.0\.0\.1:1 \(ECONNREFUSED\)/);
  expect(error!.message).not.toContain('hunter22');
});

it('of several hosts one that listens is enough', async () => {
  const server = net.createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const url = `redis://127.0.0.1:1,127.0.0.1:${port}?sentinel=main`;
  await requireRedis(url);
  expect(redisHosts(url)).toBe(`127.0.0.1:1, 127.0.0.1:${port}`);
  server.close();
});
