import type { Poller } from '../../domain/dispatch/poll';
import { createProcessor, type ProcessorDependencies } from '../processor';

/** Asks providers for the results of transactions. */
export const createPollProcessor = (deps: ProcessorDependencies & { poller: Poller }) =>
  createProcessor(deps, 'poll', (ids) => deps.poller.poll(ids));
