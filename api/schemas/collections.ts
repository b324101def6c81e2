import Joi from 'joi';
import { COLLECTION_KINDS, type CollectionKind } from '../../domain/collection/collection';
import { amount, currency, reference, text } from './fields';

/** An address of the web, over TLS but for a machine's own. */
const RETURN_URL = /^(?:https:\/\/[a-z0-9]|http:\/\/(?:localhost|127\.0\.0\.1)[:/])[!-~]*$/;

export interface CollectionBody {
  kind: CollectionKind;
  amount: number;
  currency: 'INR';
  reference: string;
  return_url?: string;
}
/** The body of POST /v1/collections. The amount is integer paise. */
export const collectionBody = Joi.object<CollectionBody>({
  kind: Joi.string()
    .valid(...COLLECTION_KINDS)
    .required(),
  amount,
  currency,
  reference: reference.required(),
  return_url: text(290, RETURN_URL, 'an address that begins with https://, in printable ASCII').example(
    'https://shop.example/wallet',
  ),
}).required();

export interface CollectionConfirmationBody {
  payment: string;
  signature: string;
}
/** The body of POST /v1/collections/{id}/confirmation: as the checkout handed it to the app. */
export const collectionConfirmationBody = Joi.object<CollectionConfirmationBody>({
  payment: Joi.string()
    .max(64)
    .pattern(/^[A-Za-z0-9_-]+$/, 'Latin letters, digits, _ and - only')
    .example('pay_IH4NVgf4Dreq1l')
    .required(),
  signature: Joi.string()
    .max(128)
    .pattern(/^[A-Za-z0-9+/=_-]+$/, 'hexadecimal or base64')
    .example('34e54fc403561b4f9bd4df51fe30b7c8f9d614d823e82a8e4389a8669f5af0b2')
    .required(),
}).required();
