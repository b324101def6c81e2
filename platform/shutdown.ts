import closeWithGrace from 'close-with-grace';
import type { Log } from './logger';

const DRAIN_MS = 20_000;

/**
 * On SIGTERM or SIGINT: finishes what is under way, where there is something that may not be cut off
 * (`finish` bounds itself), then drains for 20 s at most and exits; a second signal exits at once. An
 * uncaught error is logged, goes the same way, and exits with 1.
 */
export function onShutdown(
  log: Log,
  drain: () => Promise<void>,
  finish: () => Promise<void> = () => Promise.resolve(),
): void {
  closeWithGrace({ delay: false, logger: false }, async ({ signal, err }) => {
    if (err) log.error({ error: err }, 'uncaught error; shutting down');
    else log.info({ signal }, 'draining');
    await finish();
    const limit = setTimeout(() => {
      log.error({ after_ms: DRAIN_MS }, 'not drained in time');
      process.exit(1);
    }, DRAIN_MS);
    await drain();
    clearTimeout(limit);
  });
}
