import type Joi from 'joi';
import type { Context } from 'koa';
import { DomainError } from '../../domain/errors/errors';
import { noQuery } from './lists';
import { validate } from './validate';

const PLUS_HINT = 'a + in a query arrives as a space: write it as %2B';

/** The query, checked; a parameter that is named twice is refused. */
export function queryOf<T>(ctx: Context, schema: Joi.ObjectSchema<T>): T {
  // Without a prototype, so that `__proto__` and `constructor` are names like any other.
  const values = Object.create(null) as Record<string, string>;
  for (const [name, value] of new URLSearchParams(ctx.querystring)) {
    if (name in values)
      throw new DomainError('REQUEST_FIELD_UNKNOWN', { detail: 'a query parameter is named twice' });
    values[name] = value;
  }
  return validate(schema, values, '?', hintsOf(ctx.querystring));
}

/** For routes that take no query. Throws DomainError REQUEST_FIELD_UNKNOWN when there is one. */
export function refuseQuery(ctx: Context): void {
  if (ctx.querystring !== '') queryOf(ctx, noQuery);
}

/** Parameters that were sent with a bare `+`, as in the zone of an instant. */
function hintsOf(querystring: string): Map<string, string> {
  const withPlus = querystring.split('&').filter((part) => part.slice(part.indexOf('=')).includes('+'));
  return new Map(
    withPlus.flatMap((part) => [...new URLSearchParams(part).keys()]).map((n) => [n, PLUS_HINT]),
  );
}
