import type { ReportMaker, ReportProgress } from '../../domain/reports/maker';
import { queuedWork } from '../../jobs/due';
import type { Log } from '../../platform/logger';
import type { ReceivedJob } from '../../platform/queue';
import type { Wake } from '../../platform/wake';
import { createProcessor, type ProcessorDependencies, type WorkReport } from '../processor';

export interface ReportDependencies {
  reports: ReportMaker;
  wake: Wake;
  log: Log;
}

const EXPIRED = 20;

/** One round: queues the reports that can be made. */
export async function driveReports({ reports, wake }: ReportDependencies): Promise<boolean> {
  await wake((await reports.due()).map(queuedWork));
  return false;
}

/** One round: ends files whose time is over. Returns true when there may be more. */
export const expireFiles = async ({ reports }: ReportDependencies): Promise<boolean> =>
  (await reports.expire(EXPIRED)) === EXPIRED;

/** Makes the reports that a job names. The board shows how far it is. */
export function createReportProcessor(deps: ProcessorDependencies & ReportDependencies) {
  const { reports, log } = deps;
  return async (job: ReceivedJob): Promise<void> => {
    const tell = (progress: ReportProgress): void => {
      job.progress(shown(progress)).catch((error: unknown) => log.debug({ error }, 'no progress was shown'));
    };
    const work = async (ids: readonly string[]): Promise<WorkReport> => {
      const errors: Error[] = [];
      for (const id of ids)
        await reports.make(id, tell).catch((error: unknown) => {
          errors.push(error instanceof Error ? error : new Error('a report failed', { cause: error }));
        });
      return { due: [], errors };
    };
    await createProcessor(deps, 'report', work)(job);
  };
}

function shown({ report, rows, total }: ReportProgress): Record<string, string | number> {
  const percent = total === undefined || total === 0 ? 0 : Math.min(100, Math.floor((100 * rows) / total));
  return { progress: percent, report, rows, ...(total === undefined ? {} : { total }) };
}
