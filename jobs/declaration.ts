import Joi from 'joi';
import { UUID } from '../platform/ids';

/**
 * What can be queued. A job is declared once, names rows by id only, and is a wake-up call: the row in
 * PostgreSQL is the work. One job may name up to 50 rows; the processor works on them side by side.
 */
export interface JobDeclaration {
  /** `noun-verb`, also the BullMQ job name. */
  name: string;
  /** The queue it goes to; `<base>.<lane>` when the lane is a provider. */
  queue: string;
  /** True when the queue is per provider. */
  perProvider: boolean;
}

export interface JobPayload {
  ids: string[];
}

export const MAX_IDS_PER_JOB = 50;

export const jobPayloadSchema = Joi.object<JobPayload>({
  ids: Joi.array().items(Joi.string().pattern(UUID)).min(1).max(MAX_IDS_PER_JOB).required(),
}).required();
