import type { Knex } from 'knex';
import { createRiskWatch } from '../../domain/risk/watch';
import { FakeClock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { systemIds } from '../../platform/ids';
import { PLANTED_RULES, type Traffic } from './risk-traffic';

/** What the rules found in made traffic. */
export interface Found {
  rule: string;
  cases: number;
  /** Of what was planted for this rule. */
  found: boolean | null;
  /** Of subjects for which nothing was planted. */
  falseAlarms: number;
}

/** Lets the rules of production look at the whole of it, a span after the other. */
export async function measureTraffic(
  knex: Knex,
  { planted, from, to }: Traffic,
  spanMs: number,
): Promise<{ found: Found[]; rounds: number; slowestMs: number }> {
  await execute(knex, 'update risk_looked set until_at = :from', { from });
  const watch = createRiskWatch({
    ...{ knex, ids: systemIds, profile: 'production', spanMs },
    clock: new FakeClock(to.toISOString()),
  });
  let rounds = 0;
  let slowestMs = 0;
  for (let more = true; more; rounds += 1) {
    const began = performance.now();
    ({ more } = await watch.round());
    slowestMs = Math.max(slowestMs, performance.now() - began);
  }
  const cases = await rows<{ rule: string; subject: string }>(
    knex,
    `select distinct evidence ->> 'rule' as rule, substr(subject, length(evidence ->> 'rule') + 2) as subject
     from ops_cases where kind = 'risk_alarm'`,
  );
  const known = new Set<string>(Object.values(planted));
  const names = [...new Set([...PLANTED_RULES, ...cases.map(({ rule }) => rule)])].toSorted();
  const found = names.map((rule): Found => {
    const of = cases.filter((one) => one.rule === rule);
    const wanted = planted[rule as keyof typeof planted] as string | undefined;
    return {
      rule,
      cases: of.length,
      found: wanted === undefined ? null : of.some(({ subject }) => subject === wanted),
      falseAlarms: of.filter(({ subject }) => !known.has(subject)).length,
    };
  });
  return { found, rounds, slowestMs };
}
