import type { Knex } from 'knex';
import { addMs, businessDate, startOfBusinessDate, type Clock } from '../../platform/clock';
import { sqlState } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { DomainError } from '../errors/errors';
import { beginRun, claimReady, finishRun, giveBackRun, keepRun, type NightRun } from './calls';
import { addDays, askedDays, firstMissingDay, lastEndedDay, openNight, readNightRule } from './open';
import { NotYet, type NightContext, type NightResult, type NightStep } from './step';

/**
 * The night: what is done once for each business day, after it has ended. A loop opens the nights that are missing,
 * the oldest first, and queues the steps that can begin; a step is one job. Rows are the work and jobs only wake it, so
 * starters, jobs and processes may be any number, lost, or twice.
 */
export interface Night {
  /** Gives steps to the nights that were asked for, and to each day that has ended; returns to how many. */
  open(): Promise<number>;
  /** The steps that can begin now, to be queued. */
  due(): Promise<NightDue[]>;
  /** Does a step, if nobody else does it. The error of a step that failed is thrown after it was given back. */
  run(id: string, told?: (progress: NightProgress) => void): Promise<boolean>;
  /** Ends the steps that are under way here, to be done again by somebody else. */
  stop(): void;
}

export interface NightDue {
  job: 'night';
  id: string;
  driveNo: number;
}

export interface NightProgress {
  kind: string;
  date: string;
  provider: string | undefined;
  rows: number;
  total: number | undefined;
}

export interface NightDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  profile: string;
  providers: { names(): readonly string[] };
  steps: readonly NightStep[];
  /** Tests kill a process here. */
  onPoint?(point: 'begun' | 'worked'): Promise<void> | void;
  onError?(error: unknown): void;
}

const DAY_MS = 86_400_000;
const KEEP_MS = 2_000;
const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 600_000;

export function createNight(deps: NightDependencies): Night {
  const { knex, clock, profile, steps } = deps;
  const byKind = new Map(steps.map((step) => [step.kind, step]));
  const underWay = new Set<AbortController>();
  const ended = async () => {
    const now = clock.now();
    const rule = await readNightRule(knex, profile, businessDate(now));
    return { rule, day: lastEndedDay(now, rule) };
  };
  const openOne = (day: string): Promise<void> =>
    openNight({ ...deps, providers: deps.providers.names() }, day);
  return {
    async open() {
      const { rule, day: last } = await ended();
      const asked = await askedDays(knex);
      for (const one of asked) await openOne(one);
      let opened = asked.length;
      let day = await firstMissingDay(knex, last, rule);
      for (; day !== undefined && day <= last; day = addDays(day, 1), opened += 1) await openOne(day);
      return opened;
    },
    due: async () => (await claimReady(knex)).map((run) => ({ job: 'night', ...run })),
    async run(id, told) {
      const run = await beginRun(knex, id);
      if (run === undefined) return false;
      const step = byKind.get(run.kind);
      if (step === undefined) {
        // a newer program has opened this night: one of its processes will come to it
        await giveBackRun(knex, run, {
          state: 'waiting',
          why: 'a newer program',
          againAfterMs: FIRST_RETRY_MS,
        });
        return false;
      }
      const aborting = new AbortController();
      underWay.add(aborting);
      try {
        return await doStep(deps, { run, step, aborting, told });
      } finally {
        underWay.delete(aborting);
      }
    },
    stop: () => {
      for (const one of underWay) one.abort();
    },
  };
}

interface UnderWay {
  run: NightRun;
  step: NightStep;
  aborting: AbortController;
  told: ((progress: NightProgress) => void) | undefined;
}

async function doStep(deps: NightDependencies, { run, step, aborting, told }: UnderWay): Promise<boolean> {
  const { knex } = deps;
  const counted = { done: 0, total: undefined as number | undefined };
  const provider = run.provider ?? undefined;
  const begins = startOfBusinessDate(run.date);
  const context: NightContext = {
    ...{ date: run.date, begins, ends: addMs(begins, DAY_MS), provider, signal: aborting.signal },
    progress: (rows, total) => {
      counted.done = rows;
      counted.total = total ?? counted.total;
    },
  };
  const tell = (): void =>
    told?.({ kind: run.kind, date: run.date, provider, rows: counted.done, total: counted.total });
  const keep = async (): Promise<void> => {
    tell();
    if (!(await keepRun(knex, run, counted))) aborting.abort();
  };
  const timer = setInterval(() => {
    keep().catch((error: unknown) => deps.onError?.(error)); // tried again before the lease ends
  }, KEEP_MS);
  let result: NightResult | undefined;
  tell(); // what it is, before anybody asks
  try {
    await deps.onPoint?.('begun');
    result = await step.run(context);
    await deps.onPoint?.('worked');
  } catch (error) {
    await giveBack(knex, run, error);
    if (error instanceof NotYet) return false;
    throw error;
  } finally {
    clearInterval(timer);
    tell();
  }
  return finishRun(knex, run, { ...counted, result });
}

async function giveBack(knex: Knex, run: NightRun, error: unknown): Promise<void> {
  const isNotYet = error instanceof NotYet;
  await giveBackRun(knex, run, {
    state: isNotYet ? 'waiting' : 'failed',
    why: isNotYet ? error.why : codeOf(error),
    againAfterMs: isNotYet
      ? error.againAfterMs
      : Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(run.attemptNo - 1, 10)),
  });
}

/** Codes only: a message may hold what a page should not show. */
function codeOf(error: unknown): string {
  if (error instanceof DomainError) return error.code;
  return sqlState(error) ?? (error instanceof Error ? error.name : 'Error');
}
