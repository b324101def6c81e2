/**
 * `npm run night -- --date D`: asks for the night of a business day, and looks on until it is done. The `nightly`
 * processes do it; whoever stops looking stops nothing. Of a night that is done it prints the steps and does nothing. On
 * what `npm start` runs, the sandbox's reports of the day are imported first where there are none.
 * Options: --date DAY (the last day that has ended, where nothing is said), --json, --data DIR. Exit code 0 when it is
 * done, 1 when a step of it or of an earlier day fails again and again or waits for something, 2 when it could not be asked for.
 */
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import { createNightDesk } from '../domain/night/desk';
import { createNightReader, type NightReader, type NightStepView } from '../domain/night/read';
import { isCalendarDay, systemClock } from '../platform/clock';
import { makeKnex } from '../platform/database';
import { createTestClock } from '../platform/test-clock';
import { printed } from './munim/print';
import { shownStep } from './munim/nights';
import { importSandboxReports } from './stack/day-reports';
import { DATA_DIR } from './stack/root';
import { findTarget } from './verify/target';

const LOOK_MS = 500;
/** A step that has failed so often is told, instead of waited for. */
const PATIENT_TRIES = 4;
/** Nobody has begun anything for so long: perhaps there is nobody. */
const SILENT_MS = 30_000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      date: { type: 'string' },
      json: { type: 'boolean', default: false },
      data: { type: 'string' },
    },
  });
  if (values.date !== undefined && !isCalendarDay(values.date))
    throw new Error(`${values.date} is no day of the calendar: --date takes one such as 2026-11-28`);
  const target = await findTarget(path.resolve(values.data ?? DATA_DIR));
  const knex = makeKnex(target.databaseUrl, { max: 2, applicationName: 'munim-command' });
  const isProduction =
    (process.env.NODE_ENV ?? 'development') === 'production' && process.env.MUNIM_REHEARSAL !== 'yes';
  const clock = isProduction ? undefined : createTestClock({ knex });
  try {
    await clock?.refresh();
    const desk = createNightDesk({
      knex,
      clock: clock ?? systemClock,
      profile: target.isOwnStack ? 'development' : 'production',
    });
    const day = values.date ?? (await desk.lastEnded());
    const { sandboxUrl } = target;
    if (sandboxUrl !== undefined)
      await bringReports({ knex, clock: clock ?? systemClock }, { sandboxUrl, day }, values.json);
    await desk.ask(day);
    if (!values.json) process.stderr.write(`The night of ${dayInWords(day)}\n`);
    const steps = await lookOn(createNightReader({ knex }), day);
    process.stdout.write(printed(steps.map(shownStep), values.json));
    return steps.length > 0 && steps.every(({ state }) => state === 'done') ? 0 : 1;
  } finally {
    clock?.close();
    await knex.destroy();
  }
}

/** A sandbox that does not answer is told: the night says that no report came. */
async function bringReports(
  deps: Parameters<typeof importSandboxReports>[0],
  of: Parameters<typeof importSandboxReports>[1],
  isQuiet: boolean,
): Promise<void> {
  try {
    const brought = await importSandboxReports(deps, of);
    if (brought.length > 0 && !isQuiet)
      process.stderr.write(`The sandbox's reports of the day were imported: ${brought.join(', ')}\n`);
  } catch (error) {
    process.stderr.write(`no reports of the sandbox: ${(error as Error).message}\n`);
  }
}

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const dayInWords = (day: string): string => `${WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()]}, ${day}`;

const FORMAT = '{step} {bar} {rows} | {left}';

/** A line for each step, until all are done or one fails again and again. */
async function lookOn(reader: NightReader, day: string): Promise<NightStepView[]> {
  const bars = new MultiBar(
    { format: FORMAT, stream: process.stderr, clearOnComplete: false, hideCursor: true },
    Presets.shades_classic,
  );
  const lines = new Map<string, SingleBar>();
  const begun = Date.now();
  let told = false;
  try {
    for (;;) {
      const steps = await stepsOf(reader, day);
      if (process.stderr.isTTY) for (const step of steps) draw(bars, lines, step);
      if (steps.length > 0 && steps.every((step) => step.state === 'done' || isGivenUp(step))) return steps;
      const isStill = steps.every(({ state }) => state !== 'running');
      if (isStill && steps.some(isGivenUp)) return steps;
      const [holding] = isStill ? (await reader.heldBy(day)).filter(hasFailedOften) : [];
      if (holding !== undefined) {
        const { kind, day: held, why } = holding;
        process.stderr.write(
          `${kind} of ${held} fails again and again (${why}), and later days wait for it.\n`,
        );
        process.stderr.write(`Look at it with: munim night show ${held}\n`);
        return steps;
      }
      const isSilent = isStill && Date.now() - begun > SILENT_MS;
      const left = steps.filter(({ state }) => state !== 'done');
      if (isSilent && left.length > 0 && left.every(({ why }) => why !== null)) {
        for (const { kind, provider, why } of left)
          process.stderr.write(`${[kind, provider ?? ''].join(' ').trim()} waits: ${why}\n`);
        return steps; // perhaps for hours
      }
      if (!told && isSilent && left.length === steps.length) {
        told = true;
        process.stderr.write('nothing has begun yet: does a process of the type nightly run?\n');
      }
      await pause(LOOK_MS);
    }
  } finally {
    bars.stop();
  }
}

const hasFailedOften = ({ attempts }: { attempts: number }): boolean => attempts >= PATIENT_TRIES;
const isGivenUp = (step: NightStepView): boolean => step.state === 'failed' && hasFailedOften(step);

/** None while the nightly processes have not come to it. */
async function stepsOf(reader: NightReader, day: string): Promise<NightStepView[]> {
  try {
    return await reader.show(day);
  } catch (error) {
    if ((error as { code?: string }).code === 'NIGHT_NOT_FOUND') return [];
    throw error;
  }
}

function draw(bars: MultiBar, lines: Map<string, SingleBar>, step: NightStepView): void {
  const name = step.provider === null ? step.kind : `${step.kind} ${step.provider}`;
  const [rows, total] = [Number(step.rowsDone), Number(step.rowsTotal ?? 0n)];
  const seconds =
    step.begunAt === null ? 0 : ((step.endedAt?.getTime() ?? Date.now()) - step.begunAt.getTime()) / 1_000;
  const rate = seconds < 0.1 ? 0 : rows / seconds;
  const known = Math.max(1, total);
  const shown = step.state === 'done' ? known : Math.min(rows, known);
  const payload = {
    step: name.padEnd(24),
    rows: rowsOf({ rows, total, rate }),
    left: leftOf(step, { rows, total, rate }),
  };
  const bar = lines.get(name) ?? bars.create(known, shown, payload);
  lines.set(name, bar);
  bar.setTotal(known);
  bar.update(shown, payload);
}

/** A step that counts nothing, or was too quick, has no rate. */
function rowsOf({ rows, total, rate }: { rows: number; total: number; rate: number }): string {
  if (rows === 0 && total === 0) return '-';
  const counted = total === 0 ? String(rows) : `${rows} of ${total}`;
  return `${counted} rows${rate === 0 ? '' : `, ${Math.round(rate)} rows/s`}`;
}

function leftOf(
  { state, why }: NightStepView,
  { rows, total, rate }: { rows: number; total: number; rate: number },
): string {
  if (state === 'running' && rate > 0 && total > rows) return `${Math.ceil((total - rows) / rate)} s left`;
  return why === null ? state : `${state}: ${why}`;
}

process.stdout.on('error', () => undefined); // a closed pipe is no reason to fail
main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    console.error(`no night: ${error.message}`);
    process.exitCode = 2;
  },
);
