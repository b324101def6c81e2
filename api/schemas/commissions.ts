import Joi from 'joi';
import { SERVICES, type ServiceName } from '../../domain/provider/service-name';
import { amount } from './fields';

interface PreviewQuery {
  service: ServiceName;
  category?: string;
  operator?: string;
  amount: number;
}

const name = Joi.string()
  .max(60)
  .pattern(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'letters, digits and _ . -');

/** GET /v1/commissions/preview */
export const previewQuery = Joi.object<PreviewQuery>({
  service: Joi.string()
    .valid(...SERVICES)
    .required(),
  category: name.example('IMPS'),
  operator: name.example('jio'),
  amount,
});
