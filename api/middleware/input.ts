import type { Context } from 'koa';
import type Joi from 'joi';
import { DomainError, type Refusal } from '../../domain/errors/errors';
import { parsePublicId, type IdKind } from '../../platform/ids';
import { readJson } from './json-body';
import { noQuery } from '../schemas/lists';
import { queryOf } from '../schemas/query';
import { validate } from '../schemas/validate';

/** The checked body of a route that takes no query. */
export async function bodyOf<T>(ctx: Context, schema: Joi.ObjectSchema<T>): Promise<T> {
  queryOf(ctx, noQuery);
  return validate(schema, await readJson(ctx), '#');
}

/** The id behind a public id. One that is not in the form of an id is answered like one that does not exist. */
export function parsedId(kind: IdKind, text: string, missing: Refusal): string {
  const id = parsePublicId(kind, text);
  if (id === undefined) throw new DomainError(missing);
  return id;
}

/** The id in the path (`:id`). */
export function pathId(ctx: Context, kind: IdKind, missing: Refusal): string {
  return parsedId(kind, (ctx.params as { id?: string }).id ?? '', missing);
}
