import { setTimeout as pause } from 'node:timers/promises';
import type { Knex } from 'knex';
import { makeKnex, rows } from '../platform/database';
import { firstUuidAt } from '../platform/ids';
import { withStack } from './pipeline';
import { figure, readFlags, report } from './support/flags';
import { sendPayouts } from './support/payouts';

/**
 * Payouts to people who were never paid before, within production's rate of calls to the provider: three calls each (a
 * contact, a fund account, the payout). Peer: the time that the rate allows for so many calls. The last payout should leave
 * within a tenth more, and no call should be made twice.
 */
const DEFAULTS = { count: 100, callers: 16, wallets: 20 };
const CALLS_EACH = 3;
const GIVE_UP_AFTER = 4;

export async function run(args: readonly string[]): Promise<void> {
  const flags = readFlags(args, DEFAULTS);
  await withStack(
    {},
    async (stack, _redis, users) => {
      const knex = makeKnex(stack.urls.database, { max: 2 });
      const [policy] = await rows<{ rate: number }>(
        knex,
        "select rate_per_second as rate from provider_policies where provider = 'razorpayx' and profile = 'production'",
      );
      const allowedS = (flags.count * CALLS_EACH) / policy!.rate;
      const { startedAt, refused } = await sendPayouts({
        apiUrl: stack.urls.api,
        users,
        beneficiaries: 0,
        ...flags,
      });
      const lastAt = await lastSent(knex, startedAt, {
        count: flags.count - refused,
        withinS: allowedS * GIVE_UP_AFTER,
      });
      const oursS = (lastAt.getTime() - startedAt.getTime()) / 1_000;
      report({
        bench: 'registrations',
        ours: figure(oursS),
        unit: 's until the last of them is sent',
        peer: figure(allowedS),
        peer_name: `${CALLS_EACH} calls each at ${policy!.rate}/s`,
        ratio: figure(oursS / allowedS),
        aim: 1.1,
        refused,
        calls: await callsMade(knex),
        flags,
      });
      await knex.destroy();
    },
    { ...flags, profile: 'production' },
  );
}

/** When the last payout left. Throws when they take much longer than the rate allows. */
async function lastSent(
  knex: Knex,
  startedAt: Date,
  { count, withinS }: { count: number; withinS: number },
): Promise<Date> {
  const end = Date.now() + withinS * 1_000;
  for (;;) {
    const [found] = await rows<{ sent: number; lastAt: Date | null }>(
      knex,
      `select count(distinct transaction_id)::int as sent, max(created_at) as "lastAt"
      from dispatch_attempts where transaction_id >= ?`,
      [firstUuidAt(startedAt)],
    );
    if (found!.sent >= count) return found!.lastAt!;
    if (Date.now() > end) throw new Error(`only ${found!.sent} of ${count} payouts left in ${withinS} s`);
    await pause(250);
  }
}

/** By the API log. */
async function callsMade(knex: Knex): Promise<Record<string, number>> {
  const found = await rows<{ operation: string; calls: number }>(
    knex,
    `select operation, count(*)::int as calls from api_calls
    where provider = 'razorpayx' and operation in ('contact', 'fund_account', 'payout') group by 1 order by 1`,
  );
  return Object.fromEntries(found.map(({ operation, calls }) => [operation, calls]));
}
