import type { Job } from 'bullmq';
import { scrub } from '../platform/scrub';

/**
 * Jobs as the board may show them. Whoever can write to the store can write anything into a job: a part that is
 * no JSON, a text that holds a number. One such job must not take the list away, and what it holds is scrubbed
 * on the way out, whatever was done on the way in.
 */
export function shownJob(job: Job): Job {
  const read = job.toJSON.bind(job);
  job.toJSON = () => shownParts(read()) as unknown as ReturnType<Job['toJSON']>;
  return job;
}

/** A job that cannot be read: it is listed, and can be removed. */
export function unreadableJob(id: string, queue: { remove(id: string): Promise<unknown> }): Job {
  const refuse = (): Promise<never> => Promise.reject(new Error('this job cannot be read'));
  const parts = {
    id: scrub(id),
    name: '(cannot be read)',
    timestamp: 0,
    attemptsMade: 0,
    data: {},
    opts: {},
  };
  const job = {
    id,
    opts: {},
    toJSON: () => shownParts({ ...parts, failedReason: 'This job is not in form: its data is not JSON.' }),
    getState: () => Promise.resolve('unknown'),
    remove: () => queue.remove(id),
    retry: refuse,
    promote: refuse,
    updateData: refuse,
    isUnreadable: true,
  };
  return job as unknown as Job;
}

export const isUnreadable = (job: Job): boolean => 'isUnreadable' in job;

/** A stored part that is not what it should be; a broken connection is something else. */
export function isMalformed(error: unknown): boolean {
  return (
    error instanceof SyntaxError ||
    error instanceof TypeError ||
    (error instanceof Error && error.message.includes('WRONGTYPE'))
  );
}

type Parts = Readonly<Record<string, unknown>>;

const NUMBERS = [
  'timestamp',
  'processedOn',
  'finishedOn',
  'delay',
  'priority',
  'attemptsMade',
  'attemptsStarted',
];
const SHOWN_OPTIONS = ['attempts', 'delay', 'priority', 'lifo', 'removeOnComplete', 'removeOnFail'];
const MAX_NAME = 100;
const MAX_TRACES = 50;

function shownParts(parts: Parts): Parts {
  const { id, name, data, progress, returnvalue, repeatJobKey, parentKey, failedReason, stacktrace } = parts;
  return {
    ...Object.fromEntries(NUMBERS.map((key) => [key, numberOf(parts[key])])),
    attemptsMade: numberOf(parts.attemptsMade) ?? 0,
    id: textOf(id),
    name: textOf(name)?.slice(0, MAX_NAME) ?? '',
    data,
    progress,
    returnvalue,
    repeatJobKey: textOf(repeatJobKey),
    parentKey: textOf(parentKey),
    processedBy: textOf(parts.processedBy),
    failedReason: textOf(failedReason),
    deferredFailure: textOf(parts.deferredFailure),
    stacktrace: Array.isArray(stacktrace)
      ? (stacktrace as unknown[]).slice(0, MAX_TRACES).flatMap((trace) => textOf(trace) ?? [])
      : [],
    opts: optionsOf(parts.opts),
  };
}

/** The forms of what a job says of how far it is; anything else that stands there is hidden. */
const PROGRESS_TEXTS: Readonly<Record<string, RegExp>> = {
  step: /^[a-z][a-z0-9_]{0,39}$/,
  date: /^\d{4}-\d{2}-\d{2}$/,
  provider: /^[a-z][a-z0-9_]{0,39}$/,
};
const PROGRESS_NUMBERS = ['progress', 'rows', 'total'];

/** How far a job is: which step of which night, rows and of how many, and `progress`, which the board draws. */
export function shownProgress(progress: unknown): Parts | null {
  if (typeof progress !== 'object' || progress === null) return null;
  const parts = progress as Parts;
  const shown = {
    ...Object.fromEntries(PROGRESS_NUMBERS.map((key) => [key, numberOf(parts[key])])),
    ...Object.fromEntries(
      Object.entries(PROGRESS_TEXTS).map(([key, form]) => {
        const value = parts[key];
        return [key, typeof value === 'string' && form.test(value) ? value : undefined];
      }),
    ),
  };
  const known = Object.entries(shown).filter(([, value]) => value !== undefined);
  return known.length === 0 ? null : Object.fromEntries(known);
}

/** A job that says what it is about is named by it: `balances 2026-11-28`. */
export function shownName({ name, progress }: { name?: unknown; progress?: unknown }): string {
  const { step, date, provider } = shownProgress(progress) ?? {};
  const what = [step, provider, date].filter((one) => typeof one === 'string');
  return what.length === 0 ? (textOf(name) ?? '').slice(0, MAX_NAME) : what.join(' ');
}

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? scrub(value) : undefined);

function optionsOf(opts: unknown): Parts {
  if (typeof opts !== 'object' || opts === null) return {};
  return Object.fromEntries(
    SHOWN_OPTIONS.flatMap((key) => {
      const value = (opts as Parts)[key];
      return typeof value === 'number' || typeof value === 'boolean' ? [[key, value]] : [];
    }),
  );
}
