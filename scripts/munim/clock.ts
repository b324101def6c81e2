import { businessDate, IST_OFFSET_MS, startOfBusinessDate } from '../../platform/clock';
import { optionalText, Refusal, UsageError, type Command, type CommandContext } from './command';

/** The clock of development and of a rehearsal. */

const DAY_MS = 86_400_000;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

function requireTestClock({ environment }: Pick<CommandContext, 'environment'>): void {
  if (environment.keyMode === 'live')
    throw new Refusal(
      'CLOCK_NOT_MOVED',
      'production has the real clock: it is moved in development and in a rehearsal',
    );
}

/** What is asked for, ms from now on. */
function spanOf(context: Pick<CommandContext, 'given'>, now: Date): number {
  const [days, to] = [optionalText(context, 'days'), optionalText(context, 'to')];
  if ((days === undefined) === (to === undefined)) throw new UsageError('say --days N or --to DATE');
  if (days !== undefined) {
    if (!/^[1-9]\d{0,3}$/.test(days)) throw new UsageError('--days takes a whole number from 1 to 9999');
    return Number(days) * DAY_MS;
  }
  if (!DATE.test(to!) || Number.isNaN(Date.parse(to!))) throw new UsageError('--to takes a date: 2027-04-01');
  const sinceMidnight = (now.getTime() + IST_OFFSET_MS) % DAY_MS;
  const span = startOfBusinessDate(to!).getTime() + sinceMidnight - now.getTime();
  if (span <= 0) throw new UsageError(`the clock goes on only: it is ${businessDate(now)} already`);
  return span;
}

const shown = (now: Date, aheadMs: number): Readonly<Record<string, unknown>> => ({
  now: now.toISOString(),
  business_day: businessDate(now),
  ahead_of_real_time_days: Math.round((aheadMs / DAY_MS) * 100) / 100,
});

export const CLOCK: readonly Command[] = [
  {
    name: 'clock show',
    permission: 'nights.read',
    summary: 'what time it is for the business; in development and in a rehearsal it can be moved on',
    options: {},
    async run({ operations }) {
      const { now, aheadMs } = await operations.clock.read();
      return shown(now, aheadMs);
    },
  },
  {
    name: 'clock advance',
    permission: 'nights.write',
    summary:
      'moves the clock of all processes on, and of the sandbox: business days, turnaround, expiry; not in production',
    options: {
      days: { what: 'by so many days' },
      to: { what: 'to this date, at the time of day that it is now' },
    },
    async run({ operations, by, ...context }) {
      requireTestClock(context);
      const { now } = await operations.clock.read();
      const moved = await operations.clock.advance(spanOf(context, now), by);
      return shown(moved.now, moved.aheadMs);
    },
  },
];
