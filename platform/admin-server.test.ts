import { startAdminServer, type AdminServer } from './admin-server';
import { createHealth } from './health';
import { createMetrics } from './metrics';

const armed: string[] = [];
let admin: AdminServer;
beforeAll(async () => {
  admin = await startAdminServer({
    port: 0,
    health: createHealth({}),
    metrics: createMetrics('test'),
    killPoints: {
      arm: (point) => {
        armed.push(point);
      },
      disarm: () => undefined,
      hit: () => undefined,
    },
  });
});
afterAll(async () => {
  await admin.close();
});
const arm = async (headers: Record<string, string>): Promise<number> =>
  (await fetch(`http://127.0.0.1:${admin.port}/kill-points?point=sent`, { method: 'POST', headers })).status;

test('a page in a browser of this machine arms no kill point; a program does', async () => {
  for (const origin of ['https://evil.example', 'null', `http://127.0.0.1:${admin.port}`])
    expect(await arm({ origin })).toBe(403);
  for (const site of ['cross-site', 'same-site', 'same-origin'])
    expect(await arm({ 'sec-fetch-site': site })).toBe(403);
  expect(armed).toEqual([]);
  expect(await arm({})).toBe(202);
  expect(armed).toEqual(['sent']);
});
