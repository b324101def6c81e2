import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { execute, rows, sqlState } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import type { PolicyProfile } from '../policies/policies';
import type { AuditInput } from './audit-heads';
import { closeUnseen, keepFindings } from './findings';
import { readVerifier, type VerifierStatus } from './status';
import { walks, type Position, type Step, type Walk } from './walks';

/**
 * Verification that runs by itself: the checks of `npm run verify` that can be made on a part of the tables, one part
 * a step, from the beginning to the end and then anew. A step takes its rest from how long it took, so that the whole
 * costs a fixed share of one connection. What is found opens a case; what holds again when a pass has ended closes it.
 */
export interface Verifier {
  /** The next step, if its time has come and nobody else takes it. */
  step(): Promise<StepDone | undefined>;
  status(): Promise<VerifierStatus>;
}

export interface StepDone {
  walk: string;
  rows: number;
  violations: number;
  busyMs: number;
  /** The pass that it ended; undefined before. */
  endedPass: number | undefined;
}

export interface VerifierDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  profile: PolicyProfile;
  /** Public keys of the heads of the audit chain, known from elsewhere than the database. */
  auditKeys?: ReadonlyMap<string, Buffer>;
  /** `read`: the step has looked and has written nothing. */
  onPoint?: (point: 'read') => Promise<void> | void;
  /** Milliseconds of a clock that only goes forward. */
  stopwatch?: () => number;
}

interface Claimed {
  passNo: number;
  walk: string | null;
  position: Position | null;
  shrunk: number;
  stepRows: number;
  shareBp: number;
  passEveryMs: number;
  statementMs: number;
}

const STATEMENT_TOO_LONG = '57014';
/** A step that failed is tried again after this long, whatever the reason. */
const AFTER_A_FAULT_MS = 60_000;

export function createVerifier(deps: VerifierDependencies): Verifier {
  const all = walks({ auditKeys: deps.auditKeys } satisfies AuditInput);
  return {
    async step() {
      try {
        return await deps.knex.transaction((trx) => stepIn(trx, deps, all));
      } catch (error) {
        const shrink = sqlState(error) === STATEMENT_TOO_LONG ? 1 : 0;
        await execute(
          deps.knex,
          'update verifier set next_at = :at, shrunk = least(shrunk + :shrink::int2, 12)',
          { at: addMs(deps.clock.now(), AFTER_A_FAULT_MS), shrink },
        );
        throw error;
      }
    },
    status: () => readVerifier(deps),
  };
}

async function stepIn(
  trx: Knex.Transaction,
  deps: VerifierDependencies,
  all: readonly Walk[],
): Promise<StepDone | undefined> {
  const stopwatch = deps.stopwatch ?? (() => performance.now());
  const now = deps.clock.now();
  const [claimed] = await rows<Claimed>(trx, CLAIM, { now, profile: deps.profile });
  if (claimed === undefined) return undefined;
  const from = stopwatch();
  await trx.raw(`set local statement_timeout = ${claimed.statementMs}; set local jit = off`);
  const known = all.findIndex(({ slice }) => slice === claimed.walk);
  const begun = Math.max(0, known); // the walk of a later version is none of ours
  const position = (known === -1 ? null : claimed.position) ?? undefined;
  const walk = all[begun]!;
  const size = Math.max(1, claimed.stepRows >> claimed.shrunk);
  const step = await walk.step(trx, position, size);
  await deps.onPoint?.('read');
  await keepFindings(trx, deps, { passNo: claimed.passNo, found: step.found, now });
  const next = step.next === undefined ? all[begun + 1]?.slice : walk.slice;
  if (next === undefined) await closeUnseen(trx, { passNo: claimed.passNo, now });
  const violations = violationsOf(step);
  const busyMs = stopwatch() - from;
  await execute(trx, next === undefined ? END_PASS : GO_ON, {
    now,
    ...(next === undefined
      ? { passEveryMs: claimed.passEveryMs }
      : { walk: next, position: step.next === undefined ? null : JSON.stringify(step.next) }),
    isFirst: begun === 0 && position === undefined,
    rest: restMs(busyMs, claimed.shareBp),
    rows: step.rowsChecked,
    violations,
    busyMs: Math.ceil(busyMs),
  });
  return {
    walk: walk.slice,
    rows: step.rowsChecked,
    violations,
    busyMs,
    endedPass: next === undefined ? claimed.passNo : undefined,
  };
}

/** Each check tells its number with each of its offenders. */
function violationsOf({ found }: Step): number {
  const totals = new Map(found.map(({ check, total }) => [check, total]));
  return [...totals.values()].reduce((sum, total) => sum + total, 0);
}

/** So long nothing is done after so much work that the work has its share of the time. */
export function restMs(busyMs: number, shareBp: number): number {
  return Math.ceil(busyMs * (10_000 / shareBp - 1));
}

const CLAIM = `
  select v.pass_no as "passNo", v.walk, v.position, v.shrunk, p.step_rows as "stepRows", p.share_bp as "shareBp",
    p.pass_every_ms as "passEveryMs", p.statement_ms as "statementMs"
  from verifier v join verifier_policies p on p.profile = :profile
  where v.next_at <= :now for no key update of v skip locked`;

const COUNTED = `
  pass_rows = case when :isFirst::bool then 0 else pass_rows end + :rows::int8,
  pass_violations = case when :isFirst::bool then 0 else pass_violations end + :violations::int8,
  pass_busy_ms = case when :isFirst::bool then 0 else pass_busy_ms end + :busyMs::int8,
  stepped_at = :now`;
const BEGUN = `case when :isFirst::bool then :now::timestamptz else pass_begun_at end`;

const GO_ON = `
  update verifier set walk = :walk, position = :position::jsonb, pass_begun_at = ${BEGUN},
    next_at = :now::timestamptz + :rest::int8 * interval '1 millisecond', ${COUNTED}`;

/** The next pass takes larger steps again. */
const END_PASS = `
  update verifier set walk = null, position = null, pass_no = pass_no + 1, shrunk = greatest(shrunk - 1, 0),
    last_begun_at = ${BEGUN}, last_ended_at = :now, pass_begun_at = null,
    last_rows = pass_rows + :rows::int8, last_violations = pass_violations + :violations::int8,
    last_busy_ms = pass_busy_ms + :busyMs::int8,
    next_at = greatest(:now::timestamptz + :rest::int8 * interval '1 millisecond',
      ${BEGUN} + :passEveryMs::int8 * interval '1 millisecond'), ${COUNTED}`;
