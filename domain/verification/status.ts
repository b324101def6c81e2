import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { rows } from '../../platform/database';

/** How far the verifier is, and what it has found. */
export interface VerifierStatus {
  passNo: number;
  /** The part of the tables that it goes through; null between two passes. */
  walk: string | null;
  passBegunAt: Date | null;
  passRows: bigint;
  steppedAt: Date | null;
  nextAt: Date | null;
  lastBegunAt: Date | null;
  lastEndedAt: Date | null;
  lastRows: bigint | null;
  lastViolations: bigint | null;
  lastBusyMs: bigint | null;
  /** What does not hold; each has a case. */
  findings: number;
  /** The age of the oldest link of the audit chain that no signed head covers, s; 0 without one. */
  unsignedS: number;
  /** Since then nothing is sure: every row was looked at after it, some of them at once. */
  lagS: number;
}

export async function readVerifier({ knex, clock }: { knex: Knex; clock: Clock }): Promise<VerifierStatus> {
  const [found] = await rows<VerifierStatus>(knex, STATUS, { now: clock.now() });
  if (found === undefined) throw new Error('the verifier has no row');
  return found;
}

const secondsSince = (at: string): string =>
  `coalesce(greatest(0, extract(epoch from :now::timestamptz - ${at})), 0)::float8`;

const STATUS = `
  select pass_no as "passNo", walk, pass_begun_at as "passBegunAt", pass_rows as "passRows",
    stepped_at as "steppedAt", nullif(next_at, '-infinity') as "nextAt", last_begun_at as "lastBegunAt",
    last_ended_at as "lastEndedAt", last_rows as "lastRows", last_violations as "lastViolations",
    last_busy_ms as "lastBusyMs",
    (select count(*) from verifier_findings)::int as findings,
    ${secondsSince(`(select linked_at from audit_links
      where seq > coalesce((select seq from audit_heads order by day desc limit 1), 0) order by seq limit 1)`)}
      as "unsignedS",
    ${secondsSince('coalesce(last_begun_at, pass_begun_at)')} as "lagS"
  from verifier`;
