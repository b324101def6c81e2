import Joi from 'joi';
import { DATA_KINDS, type DataKind } from '../../domain/privacy/request-rules';
import { pin } from './confirmations';
import { reason } from './wallets';

/** POST /v1/data-requests */
export const dataRequestBody = Joi.object<{ kind: DataKind; reason: string }>({
  kind: Joi.string()
    .valid(...DATA_KINDS)
    .required(),
  reason: reason
    .description('Why, or of a correction what is wrong and what is right. It holds no Aadhaar number or PAN')
    .example('the shop has moved to another street')
    .required(),
}).required();

/** POST /v1/data-requests/{id}/confirmation */
export const copyConfirmationBody = Joi.object<{ pin: string }>({ pin: pin.required() }).required();
