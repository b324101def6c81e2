import closeWithGrace from 'close-with-grace';
import type { Log } from './logger';

const DRAIN_MS = 20_000;

/** On SIGTERM or SIGINT: drains for 20 s at most, then exits. An uncaught error is logged, drains too, and exits with 1. */
export function onShutdown(log: Log, drain: () => Promise<void>): void {
  closeWithGrace({ delay: DRAIN_MS, logger: false }, async ({ signal, err }) => {
    if (err) log.error({ error: err }, 'uncaught error; shutting down');
    else log.info({ signal }, 'draining');
    await drain();
  });
}
