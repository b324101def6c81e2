import type { CallbackProcessor } from '../../domain/callbacks/process';
import { createProcessor, type ProcessorDependencies } from '../processor';

/** Reads stored callbacks and records their results. */
export const createCallbackJobProcessor = (deps: ProcessorDependencies & { callbacks: CallbackProcessor }) =>
  createProcessor(deps, 'callback', (ids) => deps.callbacks.process(ids));
