import Joi from 'joi';
import { OTP, OUTSIDE_ID } from './dmt';

/** POST /v1/transactions/{id}/refund-otp takes none. */
export const emptyBody = Joi.object<Record<string, never>>({}).required();

/** POST /v1/transactions/{id}/refund */
export const refundBody = Joi.object<{ otp: string; otp_reference?: string }>({
  otp: Joi.string().max(8).pattern(OTP).required(),
  otp_reference: Joi.string().max(30).pattern(OUTSIDE_ID),
}).required();
