import type { Log } from '../logger';

/**
 * Logs errors that come in floods (a store that is down fails a thousand times a second): the first of a kind
 * at once, then one line per `everyMs` with the number left out.
 */
export function createErrorLog(
  log: Log,
  message: string,
  options: { everyMs?: number; now?: () => number } = {},
): (error: unknown, fields?: object) => void {
  const everyMs = options.everyMs ?? 10_000;
  const now = options.now ?? Date.now;
  const kinds = new Map<string, { loggedAt: number; leftOut: number }>();
  return (error, fields = {}) => {
    const kind = error instanceof Error ? `${error.name} ${error.message.slice(0, 40)}` : 'not an error';
    const seen = kinds.get(kind);
    if (seen && now() - seen.loggedAt < everyMs) {
      seen.leftOut += 1;
      return;
    }
    if (kinds.size >= 100) kinds.clear(); // messages that carry ids must not collect here
    kinds.set(kind, { loggedAt: now(), leftOut: 0 });
    log.warn(
      { ...fields, err: error, ...(seen && seen.leftOut > 0 ? { left_out: seen.leftOut } : {}) },
      message,
    );
  };
}
