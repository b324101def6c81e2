import { jobPayloadSchema, JOBS, type JobKey, type JobPayload } from '../jobs';
import { queuedWork, type DueWork } from '../jobs/due';
import { DomainError } from '../domain/errors/errors';
import type { KillPoints } from '../platform/kill-points';
import type { Log } from '../platform/logger';
import type { Metrics } from '../platform/metrics';
import type { ReceivedJob } from '../platform/queue';
import type { Wake } from '../platform/wake';

/** The report of a domain call on its rows. A row that failed is driven again later. */
export interface WorkReport {
  due: readonly DueWork[];
  finished?: readonly string[];
  errors: readonly Error[];
}

export interface ProcessorDependencies {
  log: Log;
  metrics: Metrics;
  wake: Wake;
  killPoints?: Pick<KillPoints, 'hit'>;
  announce(ids: readonly string[]): void;
}

/**
 * A processor is a translator: it parses the job, calls the domain, wakes work that became due and notifies
 * waiting callers. If a row could not be worked on, it fails the job, so that Bull Board shows it; the row is
 * driven again by itself, so the job is never retried.
 */
export function createProcessor(
  deps: ProcessorDependencies,
  key: JobKey,
  work: (ids: readonly string[]) => Promise<WorkReport>,
): (job: ReceivedJob) => Promise<void> {
  const { name } = JOBS[key];
  return async (job) => {
    const started = performance.now();
    const { ids } = parsePayload(job.data);
    const report = await run(work, ids);
    deps.killPoints?.hit(`${key}.worked`);
    await deps.wake(report.due.map(queuedWork));
    deps.announce(report.finished ?? []);
    deps.metrics.jobRows.inc({ job: name }, ids.length);
    deps.metrics.jobSeconds.observe({ job: name }, (performance.now() - started) / 1_000);
    deps.metrics.jobs.inc({ job: name, outcome: report.errors.length === 0 ? 'done' : 'left_to_rows' });
    if (report.errors.length === 0) return;
    deps.log.warn(
      { job: name, rows: ids.length, failed: report.errors.length, error: report.errors[0] },
      'rows left to their re-drive',
    );
    throw new Error(
      `${report.errors.length} of ${ids.length} rows are left to their re-drive (${codesOf(report.errors)})`,
    );
  };
}

async function run(
  work: (ids: readonly string[]) => Promise<WorkReport>,
  ids: readonly string[],
): Promise<WorkReport> {
  try {
    return await work(ids);
  } catch (error) {
    return { due: [], errors: [error instanceof Error ? error : new Error('work failed', { cause: error })] };
  }
}

function parsePayload(data: unknown): JobPayload {
  const { error, value } = jobPayloadSchema.validate(data);
  if (error) throw new Error('the payload of the job is not a list of ids');
  return value;
}

/** Codes only: messages may hold data that a page should not show. */
function codesOf(errors: readonly Error[]): string {
  const codes = new Set(
    errors.map((e) => (e instanceof DomainError ? e.code : ((e as { code?: string }).code ?? e.name))),
  );
  return [...codes].slice(0, 3).join(', ');
}
