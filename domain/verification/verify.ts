import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { PROMISES, runGroup, type Counts, type Finding, type PromiseCode } from '../promises/check';
import { findHeads, type AuditInput } from './audit-heads';
import { GROUPS } from './groups';
import { findAccepted } from './p3-accepted';
import { findInJobs, findInLogs, findPlantedInTables, type StoredText } from './p7-privacy';
import { plantedValues, type PlantedValues } from './planted';

/**
 * Verification checks the promises, as far as stored data can show them. All tables are read in one
 * snapshot (REPEATABLE READ, READ ONLY), so it can run beside a busy platform. Queues and logs are outside
 * the snapshot and are read after it.
 */
export interface VerificationInput extends AuditInput {
  /** UUIDs of transactions whose 202 was seen. */
  accepted?: readonly string[];
  /** Values that must be found nowhere. */
  planted?: readonly string[];
  /** The texts of the queues and of the logs, or the reason why they are not available. */
  jobs: AsyncIterable<StoredText> | string;
  logs: AsyncIterable<StoredText> | string;
}

export interface VerificationReport {
  at: Date;
  findings: Finding[];
}

const STATEMENT_TIMEOUT_MS = 600_000; // one statement reads a whole table
const CONNECTIONS = 2;
const PLACES = GROUPS.flatMap((group) => group.checks.map((check) => check.name));
const ORDER = Object.keys(PROMISES);

/** What the checks of tables are told. */
type TableInput = AuditInput & Pick<VerificationInput, 'accepted' | 'planted'>;
type Task = (trx: Knex.Transaction) => Promise<Finding[]>;

export async function verifyPromises(knex: Knex, input: VerificationInput): Promise<VerificationReport> {
  const planted = plantedOf(input);
  const { at, findings } = await snapshot(knex, async (trx) => {
    const [exported] = await rows<{ id: string; at: Date }>(
      trx,
      'select pg_export_snapshot() as id, now() as at',
    );
    const tasks = tasksOf(input, planted);
    const done: Finding[] = [];
    const work = async (own: Knex.Transaction): Promise<void> => {
      for (let task = tasks.shift(); task !== undefined; task = tasks.shift())
        done.push(...(await task(own)));
    };
    const helpers = Array.from({ length: CONNECTIONS - 1 }, () => snapshot(knex, work, exported!.id));
    await Promise.all([work(trx), ...helpers]);
    return { at: exported!.at, findings: done };
  });
  findings.push(...(await findInJobs(input.jobs, planted)), await findInLogs(input.logs, planted));
  return { at, findings: inOrder(findings) };
}

/** Runs the checks that read tables, in the caller's database transaction. */
export async function verifyTables(trx: Knex.Transaction, input: TableInput): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const task of tasksOf(input, plantedOf(input))) findings.push(...(await task(trx)));
  return inOrder(findings);
}

function plantedOf({ planted }: Pick<VerificationInput, 'planted'>): PlantedValues | undefined {
  return planted === undefined || planted.length === 0 ? undefined : plantedValues(planted);
}

/** The work to do, longest task first. */
function tasksOf(input: TableInput, planted: PlantedValues | undefined): Task[] {
  const counts: Counts = new Map();
  return [
    async (trx) => [await findPlantedInTables(trx, planted)],
    ...GROUPS.map(
      (group): Task =>
        (trx) =>
          runGroup(trx, group, counts),
    ),
    async (trx) => [await findAccepted(trx, input.accepted)],
    (trx) => findHeads(trx, input),
  ];
}

/** Reads in a new snapshot, or in that of another connection so that both see the same rows. */
function snapshot<T>(knex: Knex, read: (trx: Knex.Transaction) => Promise<T>, of?: string): Promise<T> {
  return knex.transaction(
    async (trx) => {
      if (of !== undefined) await trx.raw(`set transaction snapshot '${of}'`);
      await trx.raw(
        `set local statement_timeout = ${STATEMENT_TIMEOUT_MS};
        set local idle_in_transaction_session_timeout = ${STATEMENT_TIMEOUT_MS};
        set local work_mem = '128MB'; set local jit = off`,
      );
      return read(trx);
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}

/** True if no check that was made found a violation. */
export function isGreen(report: VerificationReport): boolean {
  return report.findings.every((f) => (f.result?.violations ?? 0) === 0);
}

function inOrder(findings: readonly Finding[]): Finding[] {
  const place = (code: PromiseCode): number => ORDER.indexOf(code);
  return findings.toSorted(
    (a, b) => place(a.promise) - place(b.promise) || PLACES.indexOf(a.name) - PLACES.indexOf(b.name),
  );
}
