import type { Knex } from 'knex';
import { rows } from '../../platform/database';

/**
 * A check is a rule that every row must keep, written as the SQL that finds the rows which break it. Checks
 * are data; `runGroup` runs them. The result gives the number of rows examined, the number that break the
 * rule, and which ones. A check that was not made says so and gives no numbers.
 */
export const PROMISES = {
  P1: 'Books always balance',
  P2: 'No wallet goes below its floor',
  P3: 'Accepted means durable',
  P4: 'Nothing is done twice',
  P5: 'Unknown is not failed',
  P6: 'The queue can be lost',
  P7: 'Nobody sees what is not theirs',
  A1: 'The audit log is changed by nobody',
  A2: 'What was posted is changed by nobody',
} as const;
export type PromiseCode = keyof typeof PROMISES;

export interface Offender {
  id: string;
  detail: string;
}

interface Named {
  promise: PromiseCode;
  name: string;
  what: string;
}

export interface Check extends Named {
  /** The rows that the check examines: the FROM part of a count. */
  over: string;
  /** Selects the rows that break the rule, as `id text, detail text`. */
  offenders: string;
  /** The offenders come with a third column, their place (int8): the first are named first. Otherwise they go by id. */
  isInOrder?: true;
  /** How the check can be made in small steps; without it, only of whole tables (verification/slices.ts). */
  slice?: Slice;
}

/**
 * A part of the tables in which a check finds what is wrong with that part alone:
 *   transactions  some transactions with all that belongs to them, and the journals of their time;
 *   accounts      some accounts with all of their transfers;
 *   balances      every account, without transfers;
 *   earners       some users with all of their commission;
 *   audit_links, audit_rows, audit_heads, commission_payouts, ledger_seals  some of each.
 */
export type Slice =
  | 'transactions'
  | 'accounts'
  | 'balances'
  | 'earners'
  | 'commission_payouts'
  | 'ledger_seals'
  | 'audit_links'
  | 'audit_rows'
  | 'audit_heads';

/** Checks that share a costly part of their SQL run as one statement. */
export interface CheckGroup {
  /** Common table expressions that the checks may use: the text after WITH. */
  shared?: string;
  checks: readonly Check[];
}

export interface Finding extends Named {
  /** Undefined if the check was not made. */
  result: { rowsChecked: number; violations: number; offenders: Offender[] } | undefined;
  /** Why the check was not made, or a remark on its result. */
  note?: string;
}

/** The most offenders that are named. */
export const MAX_OFFENDERS = 20;

export function notChecked(check: Named, note: string): Finding {
  return { promise: check.promise, name: check.name, what: check.what, result: undefined, note };
}

/** Row counts, each made once per snapshot. */
export type Counts = Map<string, number>;

export async function runGroup(trx: Knex.Transaction, group: CheckGroup, counts: Counts): Promise<Finding[]> {
  const found = await rows<Offender & { name: string; total: number }>(
    trx,
    `${group.shared === undefined ? '' : `with ${group.shared}`} ${group.checks.map(selectOffenders).join(' union all ')}`,
  );
  const findings: Finding[] = [];
  for (const { over, promise, name, what } of group.checks) {
    const broken = found.filter((f) => f.name === name);
    findings.push({
      promise,
      name,
      what,
      result: {
        rowsChecked: await countOf(trx, over, counts),
        violations: broken[0]?.total ?? 0,
        offenders: broken.map(({ id, detail }) => ({ id, detail })),
      },
    });
  }
  return findings;
}

/** Selects `name, id, detail, total` of the first offenders of a check. */
export function selectOffenders({ name, offenders, isInOrder }: Check): string {
  const [columns, order] = isInOrder === true ? ['id, detail, place', 'place'] : ['id, detail', 'id'];
  return `
    (select '${name}' as name, id, detail, count(*) over ()::int as total
      from (${offenders}) as broken (${columns}) order by ${order} limit ${MAX_OFFENDERS})`;
}

async function countOf(trx: Knex.Transaction, over: string, counts: Counts): Promise<number> {
  const known = counts.get(over);
  if (known !== undefined) return known;
  const [row] = await rows<{ count: number }>(trx, `select count(*)::int as count from ${over}`);
  counts.set(over, row!.count);
  return row!.count;
}
