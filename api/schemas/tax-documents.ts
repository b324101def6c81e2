import Joi from 'joi';

/** GET /v1/tax-documents/pdf */
export const documentQuery = Joi.object<{ number: string }>({
  number: Joi.string()
    .max(16)
    .pattern(/^(INV|CRN)\/[0-9]{4}\/[0-9]{7}$/, 'as on the document')
    .example('INV/2627/0000001')
    .required(),
});
