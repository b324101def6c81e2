import Joi from 'joi';
import { otp, publicId } from './fields';

/** POST /v1/transactions/{id}/refund-otp takes none. */
export const emptyBody = Joi.object<Record<string, never>>({}).required();

/** POST /v1/transactions/{id}/refund */
export const refundBody = Joi.object<{ otp: string; otp_reference?: string }>({
  otp,
  otp_reference: publicId,
}).required();
