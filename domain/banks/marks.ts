import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { Policies } from '../policies/policies';
import { reconfirmOf } from './ifsc';
import { IFSC_LIST } from './list';

/**
 * Marks stored beneficiaries whose IFSC has ended or whose bank has closed (`reconfirm`), and takes the mark
 * away where the code is good again. Nothing else of a row is touched: the new account is the beneficiary's to
 * say. A round goes through the codes that are stored, some hundred at a time; a new list, a row of
 * `bank_statuses` that begins, or a day gone by begins another one.
 */
export interface BeneficiaryMarks {
  /**
   * One step in each table: looks at up to `limit` codes. Safe in several processes at once: one works on a
   * table, the others pass by. A process with an older list leaves all as it is.
   */
  step(limit: number): Promise<MarkStep>;
}
export interface MarkStep {
  /** Codes that were looked at. */
  codes: number;
  /** Rows whose mark changed. */
  changed: number;
}

const TABLES = ['beneficiaries', 'dmt_recipients'] as const;
type MarkedTable = (typeof TABLES)[number];
const AGAIN_AFTER_MS = 86_400_000;

export interface MarkDependencies {
  knex: Knex;
  clock: Clock;
  policies: Pick<Policies, 'bankStatus' | 'bankStatuses'>;
}

export function createBeneficiaryMarks(deps: MarkDependencies): BeneficiaryMarks {
  return {
    async step(limit) {
      const step: MarkStep = { codes: 0, changed: 0 };
      for (const table of TABLES) {
        const { codes, changed } = await stepIn(deps, table, limit);
        step.codes += codes;
        step.changed += changed;
      }
      return step;
    },
  };
}

interface Progress {
  isOlderList: boolean;
  isSame: boolean;
  afterIfsc: string | null;
  endedAt: Date | null;
}

const RELEASE = IFSC_LIST.release.split('.').map(Number);

function stepIn(
  { knex, clock, policies }: MarkDependencies,
  table: MarkedTable,
  limit: number,
): Promise<MarkStep> {
  const now = clock.now();
  const digest = digestOf(policies, now);
  return knex.transaction(async (trx) => {
    const [progress] = await rows<Progress>(
      trx,
      `select list_release > :release::int[] as "isOlderList",
        list_release = :release::int[] and rows_digest = :digest as "isSame",
        after_ifsc as "afterIfsc", ended_at as "endedAt"
      from ifsc_marking where marked_table = :table for no key update skip locked`,
      { release: RELEASE, digest, table },
    );
    if (progress === undefined || progress.isOlderList) return { codes: 0, changed: 0 };
    const isRest = progress.isSame && progress.endedAt !== null;
    if (isRest && addMs(progress.endedAt!, AGAIN_AFTER_MS) > now) return { codes: 0, changed: 0 };
    const after = progress.isSame ? (progress.afterIfsc ?? '') : '';
    const codes = await codesAfter(trx, table, after, limit);
    const changed = await mark(
      trx,
      table,
      codes.map((ifsc) => ({ ifsc, reconfirm: reconfirmOf(policies, ifsc, now) })),
    );
    const isEnd = codes.length < limit;
    await execute(
      trx,
      `update ifsc_marking set list_release = :release::int[], rows_digest = :digest, after_ifsc = :after, ended_at = :endedAt
      where marked_table = :table`,
      { release: RELEASE, digest, after: isEnd ? null : codes.at(-1), endedAt: isEnd ? now : null, table },
    );
    return { codes: codes.length, changed };
  });
}

/** The next codes that are stored, each found by one look into the index, however many rows have it. */
async function codesAfter(
  trx: Knex.Transaction,
  table: MarkedTable,
  after: string,
  limit: number,
): Promise<string[]> {
  const next = (than: string): string =>
    `(select ifsc from ${table} where ifsc is not null and ifsc > ${than} order by ifsc limit 1)`;
  const found = await rows<{ ifsc: string }>(
    trx,
    `with recursive codes(ifsc) as (
      select ${next(':after')}
      union all
      select ${next('codes.ifsc')} from codes where codes.ifsc is not null)
    select ifsc from codes where ifsc is not null limit :limit`,
    { after, limit },
  );
  return found.map(({ ifsc }) => ifsc);
}

/** Rows are locked in the order of their ids, as those who store them do, so that none waits for another in a circle. */
async function mark(
  trx: Knex.Transaction,
  table: MarkedTable,
  list: readonly { ifsc: string; reconfirm: string | null }[],
): Promise<number> {
  if (list.length === 0) return 0;
  return execute(
    trx,
    `with due as (
      select t.id, n.reconfirm from ${table} t join unnest(?::text[], ?::text[]) as n(ifsc, reconfirm) on t.ifsc = n.ifsc
      where t.reconfirm is distinct from n.reconfirm order by t.id for no key update of t)
    update ${table} t set reconfirm = due.reconfirm from due where t.id = due.id`,
    [list.map(({ ifsc }) => ifsc), list.map(({ reconfirm }) => reconfirm)],
  );
}

function digestOf({ bankStatuses }: MarkDependencies['policies'], at: Date): string {
  const inForce = [...bankStatuses(at)].map(([bank, { status, from }]) => `${bank} ${status} ${from}`);
  return createHash('sha256').update(inForce.join('\n')).digest('hex');
}
