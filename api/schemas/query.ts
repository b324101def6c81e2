import type Joi from 'joi';
import type { Context } from 'koa';
import { DomainError } from '../../platform/errors';
import { validate } from './validate';

/** The query, checked; a parameter that is named twice is refused. */
export function queryOf<T>(ctx: Context, schema: Joi.ObjectSchema<T>): T {
  const values: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(ctx.querystring)) {
    if (Object.hasOwn(values, name)) throw new DomainError('REQUEST_FIELD_UNKNOWN', { detail: 'a query parameter is named twice' });
    Object.defineProperty(values, name, { value, enumerable: true });
  }
  return validate(schema, values, '?');
}
