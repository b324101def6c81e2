import type { JobDeclaration } from './declaration';

/**
 * Every job there is. The lanes of `send` and `poll` are the providers, so that one that hangs holds up
 * nobody else.
 */
export const JOBS = {
  hold: { name: 'transaction-hold', queue: 'hold', perProvider: false },
  settle: { name: 'transaction-settle', queue: 'settle', perProvider: false },
  send: { name: 'transaction-send', queue: 'send', perProvider: true },
  poll: { name: 'transaction-poll', queue: 'poll', perProvider: true },
  callback: { name: 'callback-process', queue: 'callback', perProvider: true },
  night: { name: 'night-step', queue: 'night', perProvider: false },
  report: { name: 'report-make', queue: 'report', perProvider: false },
} as const satisfies Record<string, JobDeclaration>;

export type JobKey = keyof typeof JOBS;

/** `hold`, or `send.razorpayx` for a job with a lane per provider. */
export function queueName(job: JobKey, lane?: string): string {
  const declaration = JOBS[job];
  if (!declaration.perProvider) return declaration.queue;
  if (lane === undefined) throw new TypeError(`the job ${declaration.name} needs a provider as its lane`);
  return `${declaration.queue}.${lane}`;
}

/** All queues for these providers, in the order of a transaction's path. */
export function allQueues(providers: readonly string[]): string[] {
  return (Object.keys(JOBS) as JobKey[]).flatMap((key) =>
    JOBS[key].perProvider ? providers.map((p) => queueName(key, p)) : [queueName(key)],
  );
}

export { jobPayloadSchema, MAX_IDS_PER_JOB, type JobPayload, type JobDeclaration } from './declaration';
