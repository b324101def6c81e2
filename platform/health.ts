/**
 * Can the process work? Each check answers with nothing, or throws; results are kept for half a second, so
 * that a probe costs little.
 */
export interface HealthReport {
  ready: boolean;
  checks: Record<string, string>;
  /** What operators should know of a process that is ready all the same. */
  notes?: Record<string, string>;
}
export interface Health {
  check(): Promise<HealthReport>;
  /** The process is on its way out: it is not ready from now on, whatever the checks say. */
  leave(): void;
}

const KEEP_MS = 500;
const CHECK_TIMEOUT_MS = 2_000;

/** A check throws an Error with a short text for operators: no address, no secret. */
export function createHealth(
  given: Readonly<Record<string, () => Promise<void>>>,
  readNotes: () => Promise<Record<string, string>> = () => Promise.resolve({}),
): Health {
  const checks = mapValues(given, oneAtATime);
  let last: { at: number; report: Promise<HealthReport> } | undefined;
  return {
    leave() {
      last = { at: Infinity, report: Promise.resolve({ ready: false, checks: { process: 'leaving' } }) };
    },
    check() {
      const now = performance.now();
      if (last === undefined || now - last.at > KEEP_MS) last = { at: now, report: run(checks, readNotes) };
      return last.report;
    },
  };
}

function mapValues<T>(of: Readonly<Record<string, T>>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, change(value)]));
}

/** A check that hangs is not started again: each would take one more connection to a store that is silent. */
function oneAtATime(check: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return async () => {
    running ??= check().finally(() => {
      running = undefined;
    });
    await running;
  };
}

async function run(
  checks: Readonly<Record<string, () => Promise<void>>>,
  readNotes: () => Promise<Record<string, string>>,
): Promise<HealthReport> {
  const entries = await Promise.all(
    Object.entries(checks).map(async ([name, check]): Promise<[string, string]> => {
      let timer: NodeJS.Timeout | undefined;
      try {
        await Promise.race([
          check(),
          new Promise((_, reject) => {
            timer = setTimeout(() => reject(new HealthProblem('no answer in time')), CHECK_TIMEOUT_MS);
          }),
        ]);
        return [name, 'ok'];
      } catch (error) {
        return [name, error instanceof HealthProblem ? error.message : 'unavailable'];
      } finally {
        clearTimeout(timer);
      }
    }),
  );
  const ready = entries.every(([, state]) => state === 'ok');
  const notes = ready ? await readNotes().catch(() => ({})) : {};
  return {
    ready,
    checks: Object.fromEntries(entries),
    ...(Object.keys(notes).length === 0 ? {} : { notes }),
  };
}

/** A reason that may be shown to operators. */
export class HealthProblem extends Error {}
