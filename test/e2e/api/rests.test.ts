/** After somebody may have taken an account over, no money leaves it by a session for a while. */
import { randomUUID } from 'node:crypto';
import type { Route } from '../../../api/registry/route';
import { ROUTES } from '../../../api/registry/routes';
import type { AppUser } from '../../../domain/users/users';
import { addMs } from '../../../platform/clock';
import { execute } from '../../../platform/database';
import { insertOne } from '../../../platform/sql';
import { startPlatform, type Platform } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { signIn } from '../../support/signed-in';

const HOUR_MS = 3_600_000;

let p: Platform;
let user: AppUser & { apiKey: string };
let key: string;
beforeAll(async () => {
  p = await startPlatform({ workers: [] });
  user = await p.user(1_000_000n);
  await execute(p.db, `update users set type = 'distributor' where id = ?`, [user.userId]);
  const now = p.c.clock.now();
  await insertOne(p.c.knex, 'payout_rests', {
    id: p.c.ids.uuid(),
    user_id: user.userId,
    reason: 'contact',
    begun_at: now,
    until_at: addMs(now, HOUR_MS),
  });
  ({ accessToken: key } = await signIn(p, user.userId));
});
afterAll(async () => {
  await p.close();
});

const routes: readonly Route[] = ROUTES;
const exampleOf = (path: string): object | undefined =>
  routes.find((route) => route.method === 'POST' && route.path === path)?.examples?.[0]?.body;
const post = (path: string, by = key) =>
  p.call('POST', path, { key: by, body: exampleOf(path), headers: { 'idempotency-key': randomUUID() } });

it.each(['/v1/payouts', '/v1/wallet-transfers', '/v1/dmt/transfers', '/v1/bbps/payments'])(
  'nothing leaves by POST %s',
  async (path) => {
    const reply = await post(path);
    expectProblem(reply, 'PAYOUTS_REST');
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(3_000);
  },
);

it.each(['/v1/recharges', '/v1/wallet-moves', '/v1/wallet-pull-backs', '/v1/fund-requests'])(
  'POST %s goes on',
  async (path) => {
    const { body } = await post(path);
    expect(body.code).not.toBe('PAYOUTS_REST');
  },
);

it('keys go on, which staff make', async () => {
  const paid = await p.payout(user.apiKey, '0000');
  expect(paid.status).toBe(202);
  expect((await post('/v1/wallet-transfers', user.apiKey)).body.code).toBe('WALLET_TRANSFER_USER_UNKNOWN');
});
