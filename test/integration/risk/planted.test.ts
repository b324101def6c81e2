/** Six patterns in made traffic: each is found by its rule, as the rules stand in production. */
import { Client } from 'pg';
import { measureTraffic } from '../../../bench/support/risk-measure';
import { makeTraffic, PLANTED_RULES, type Traffic } from '../../../bench/support/risk-traffic';
import { makeKnex } from '../../../platform/database';
import { freshDatabase, type TestDatabase } from '../../support/database';

const HOUR_MS = 3_600_000;
let database: TestDatabase;
let traffic: Traffic;
beforeAll(async () => {
  database = await freshDatabase();
  const db = new Client({ connectionString: database.url });
  await db.connect();
  traffic = await makeTraffic((sql) => db.query(sql), {
    transactions: 3_000,
    days: 2,
    seed: 7,
    until: new Date('2026-11-28T18:30:00.000Z'),
  });
  await db.end();
}, 120_000);
afterAll(() => database.drop());

test('each is found, and nobody is accused but who looks the same', async () => {
  const knex = makeKnex(database.appUrl);
  try {
    const { found } = await measureTraffic(knex, traffic, HOUR_MS);
    const byRule = new Map(found.map((one) => [one.rule, one]));
    for (const rule of PLANTED_RULES) expect([rule, byRule.get(rule)?.found]).toEqual([rule, true]);
    // What is honest and looks the same is accused too, by the rule that it resembles and no other.
    const accused = found.filter(({ falseAlarms }) => falseAlarms > 0);
    expect(accused.map(({ rule, falseAlarms }) => [rule, falseAlarms])).toEqual(
      [...PLANTED_RULES, 'new_device'].toSorted().map((rule) => [rule, 1]),
    );
  } finally {
    await knex.destroy();
  }
}, 120_000);
