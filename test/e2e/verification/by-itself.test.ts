/** In a platform that runs, a balance that somebody has changed is found by itself, and opens a case within one pass. */
import type { Knex } from 'knex';
import { execute, makeKnex, rows } from '../../../platform/database';
import { startPlatform, type Platform } from '../../support/platform';
import { until } from '../../support/until';

let platform: Platform;
/** Of somebody who may do everything in the database, as no process may. */
let superuser: Knex;

beforeAll(async () => {
  platform = await startPlatform();
  superuser = makeKnex(platform.databaseUrl, { max: 1 });
  // Forty times as fast as in production, and without a rest between two passes.
  await execute(superuser, 'update verifier_policies set share_bp = 4000, pass_every_ms = 0');
});
afterAll(async () => {
  await superuser.destroy();
  await platform.close();
});

async function tamper(sql: string): Promise<void> {
  await superuser.transaction(async (trx: Knex.Transaction) => {
    await trx.raw('set local session_replication_role = replica');
    await trx.raw(sql);
  });
}
const openCases = () =>
  rows<{ subject: string; found: boolean }>(
    platform.c.knex,
    `select subject, closed_at is null as found from ops_cases where kind = 'verification_failed' order by subject`,
  );
const passesEnded = async () => (await platform.c.verifier.status()).passNo;

it('finds an invented balance, tells its numbers, and closes the case when it is put right', async () => {
  const user = await platform.user(1_000_000n);
  const { body } = await platform.payout(user.apiKey, '0000');
  await platform.final(user.apiKey, body.id as string);
  const clean = await passesEnded();
  await until(passesEnded, (passNo) => passNo > clean);
  expect(await openCases()).toEqual([]);

  await tamper(`update ledger_accounts set credits_paise = credits_paise + 500 where id = ${user.accountId}`);
  const begun = await passesEnded();
  await until(openCases, (found) => found.length >= 3);
  expect(await passesEnded()).toBeLessThanOrEqual(begun + 2); // the pass that was under way, and a whole one
  expect((await openCases()).map(({ subject }) => subject)).toEqual([
    expect.stringMatching(/^check:account-totals:wallet:/),
    expect.stringMatching(/^check:newest-balance:wallet:/),
    'check:sum-zero:INR',
  ]);
  const shown = await until(
    () => platform.c.metrics.registry.metrics(),
    (text) => /^munim_verifier_findings\{[^}]*\} 3$/m.test(text),
  );
  expect(shown).toMatch(/^munim_verifier_rows_total\{walk="transactions",[^}]*\} \d+$/m);

  await tamper(`update ledger_accounts set credits_paise = credits_paise - 500 where id = ${user.accountId}`);
  await until(openCases, (found) => found.every((one) => !one.found));
});
