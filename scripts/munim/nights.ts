import type { NightStepView } from '../../domain/night/read';
import { isCalendarDay } from '../../platform/clock';
import { optionalText, UsageError, type Command } from './command';

/** Nights: what is done once for each business day (docs/night.md). */

const LISTED = 31;

export const shownStep = (step: NightStepView): Readonly<Record<string, unknown>> => ({
  step: step.kind,
  provider: step.provider,
  state: step.state,
  rows: step.rowsDone.toString(),
  of: step.rowsTotal?.toString() ?? null,
  seconds: secondsOf(step),
  tries: step.attempts,
  why: step.why,
  came_to: Object.entries(step.result ?? {})
    .map(([name, value]) => `${name} ${value}`)
    .join(', '),
});

function secondsOf({ begunAt, endedAt }: NightStepView): number | null {
  if (begunAt === null || endedAt === null) return null;
  return Math.round((endedAt.getTime() - begunAt.getTime()) / 100) / 10;
}

export const NIGHTS: readonly Command[] = [
  {
    name: 'night list',
    permission: 'nights.read',
    summary: 'the last nights, the newest first: how far each is',
    options: { limit: { what: `so many; ${LISTED} where nothing is said` } },
    async run({ operations, ...context }) {
      const limit = optionalText(context, 'limit') ?? String(LISTED);
      if (!/^[1-9]\d{0,2}$/.test(limit)) throw new UsageError('--limit takes a whole number from 1 to 999');
      return (await operations.nights.list(Number(limit))).map((night) => ({
        day: night.day,
        state: night.state,
        steps: `${night.done} of ${night.steps}`,
        opened_at: night.openedAt,
        ended_at: night.endedAt,
      }));
    },
  },
  {
    name: 'night show',
    permission: 'nights.read',
    summary: 'the steps of the night of a day: how far each is, what it waits for, what it came to',
    argument: 'DAY',
    options: {},
    async run({ operations, argument }) {
      if (!isCalendarDay(argument)) throw new UsageError('DAY is a day of the calendar: 2026-11-28');
      return (await operations.nights.show(argument)).map(shownStep);
    },
  },
];
