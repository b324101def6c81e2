import type Joi from 'joi';
import type { Context } from 'koa';
import { DomainError } from '../../domain/errors/errors';
import { validate } from './validate';

/** The query, checked; a parameter that is named twice is refused. */
export function queryOf<T>(ctx: Context, schema: Joi.ObjectSchema<T>): T {
  // Without a prototype, so that `__proto__` and `constructor` are names like any other.
  const values = Object.create(null) as Record<string, string>;
  for (const [name, value] of new URLSearchParams(ctx.querystring)) {
    if (name in values)
      throw new DomainError('REQUEST_FIELD_UNKNOWN', { detail: 'a query parameter is named twice' });
    values[name] = value;
  }
  return validate(schema, values, '?');
}
