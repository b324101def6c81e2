import type { Sender } from '../../domain/dispatch/send';
import { createProcessor, type ProcessorDependencies } from '../processor';

/** Sends held transactions to their provider. */
export const createSendProcessor = (deps: ProcessorDependencies & { sender: Sender }) =>
  createProcessor(deps, 'send', (ids) => deps.sender.send(ids));
