import type { Holds } from '../../domain/posting/hold';
import { createProcessor, type ProcessorDependencies } from '../processor';

/** Reserves the limit and holds the money of accepted transactions. */
export const createHoldProcessor = (deps: ProcessorDependencies & { holds: Holds }) =>
  createProcessor(deps, 'hold', (ids) => deps.holds.hold(ids));
