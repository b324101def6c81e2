/** Production's rate of calls, and payouts to people who were never paid before: three calls each, none in vain. */
import http from 'node:http';
import type { Connector } from '../../../domain/connectors';
import { createRateLimit } from '../../../platform/rate-limit';
import { rows } from '../../../platform/database';
import { createRazorpayxConnector } from '../../../providers/razorpayx/connector';
import { closeWithCleanBooks } from '../../support/books';
import { claimOverdueTransactions } from '../../../domain/driving/redrive';
import { LANES, runJob } from '../../support/driver';
import { KEYS, listen } from '../../support/razorpayx-connected';
import { PROVIDER } from '../../support/scripted-connector';
import { createWorld, startProcess } from '../../support/world';

const PAYOUTS = 100;
const PER_SECOND = 10;
/** How often the loop looks for overdue work. */
const LOOP_MS = 500;

/** Answers the three calls of a payout as RazorpayX does, and counts them. */
function startProvider(): { server: http.Server; calls: Map<string, number> } {
  const calls = new Map<string, number>();
  let made = 0;
  const server = http.createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const path = req.url!.replace('/v1', '');
      calls.set(path, (calls.get(path) ?? 0) + 1);
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
      const id = (prefix: string): string => `${prefix}_${String((made += 1)).padStart(14, '0')}`;
      const answers: Record<string, object> = {
        '/contacts': { id: id('cont'), entity: 'contact', active: true },
        '/fund_accounts': { id: id('fa'), entity: 'fund_account', contact_id: body.contact_id, active: true },
        '/payouts': { ...body, id: id('pout'), entity: 'payout', status: 'processing', fees: 0, tax: 0 },
      };
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify(answers[path]));
    });
  });
  return { server, calls };
}

test('100 new beneficiaries at 10 calls a second: each call is made once, and the last payout leaves within 33 seconds', async () => {
  const world = await createWorld();
  const { server, calls } = startProvider();
  const razorpayx = createRazorpayxConnector({
    ...KEYS,
    baseUrl: `${await listen(server)}/v1`,
    clock: world.clock, // a payout leaves only before its `send_before`
    timeouts: { connectMs: 5_000, totalMs: 20_000 },
    limiter: createRateLimit({
      knex: world.knex,
      key: PROVIDER,
      perSecond: () => PER_SECOND,
      clock: world.clock,
    }),
  });
  const connector: Connector = { ...razorpayx, name: PROVIDER };
  const process = await startProcess({ ...world.settings, connector, points: {}, turnWithinMs: 0 });
  const user = await world.user(1_000_000_000n);
  const ids = await Promise.all(
    Array.from({ length: PAYOUTS }, (_, i) =>
      world.accept(user, {
        beneficiary: {
          name: 'Test Beneficiary',
          account: { kind: 'bank', accountNumber: `5010${String(i).padStart(8, '0')}`, ifsc: 'HDFC0000053' },
        },
        reference: `new-${i}`,
      }),
    ),
  );
  await runJob(process, 'hold', ids);
  const startedAt = world.clock.now().getTime();
  const waiting = async (): Promise<number> =>
    (
      await rows<{ n: number }>(
        world.knex,
        "select count(*)::int as n from transactions where state = 'held'",
      )
    )[0]!.n;

  await runJob(process, 'send', ids);
  while ((await waiting()) > 0) {
    world.clock.advance(LOOP_MS);
    const { due } = await claimOverdueTransactions(process, { limit: 500, only: LANES });
    const { errors } = await runJob(
      process,
      'send',
      due.map(({ id }) => id),
    );
    expect(errors).toEqual([]);
  }
  const tookMs = world.clock.now().getTime() - startedAt;
  expect(Object.fromEntries(calls)).toEqual({
    '/contacts': PAYOUTS,
    '/fund_accounts': PAYOUTS,
    '/payouts': PAYOUTS,
  });
  expect(tookMs).toBeLessThanOrEqual(33_000);
  expect(tookMs).toBeGreaterThanOrEqual(28_000); // no faster than the rate allows

  await process.close();
  await razorpayx.close();
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  await closeWithCleanBooks(world.knex, world);
});
