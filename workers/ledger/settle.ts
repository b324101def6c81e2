import type { Settler } from '../../domain/posting/settle';
import { createProcessor, type ProcessorDependencies } from '../processor';

/** Posts the recorded outcomes of transactions. */
export const createSettleProcessor = (deps: ProcessorDependencies & { settler: Settler }) =>
  createProcessor(deps, 'settle', (ids) => deps.settler.settle(ids));
