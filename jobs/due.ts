import { JOBS, queueName, type JobKey } from './index';

/** Work that is due, as domain functions return it. */
export interface DueWork {
  job: JobKey;
  lane?: string;
  id: string;
  driveNo: number;
}

/** Where the wake-up for due work goes. */
export function queuedWork(due: DueWork): { queue: string; job: string; id: string; driveNo: number } {
  return { queue: queueName(due.job, due.lane), job: JOBS[due.job].name, id: due.id, driveNo: due.driveNo };
}
