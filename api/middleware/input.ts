import type { TransactionId } from '../../domain/ids/ids';
import type Joi from 'joi';
import type { Context } from 'koa';
import { DomainError, type Refusal } from '../../domain/errors/errors';
import { parsePublicId, type IdKind } from '../../platform/ids';
import { refuseQuery } from '../schemas/query';
import { refuseInexact, validate } from '../schemas/validate';
import { readJson } from './json-body';

/**
 * The body, checked. Every number of ours is whole and written so. Throws DomainError REQUEST_FIELD_UNKNOWN for
 * a query, which no route with a body takes.
 */
export async function bodyOf<T>(ctx: Context, schema: Joi.ObjectSchema<T>, maxBytes?: number): Promise<T> {
  refuseQuery(ctx);
  const { value, inexact } = await readJson(ctx, maxBytes);
  const checked = validate(schema, value, '#');
  refuseInexact(inexact);
  return checked;
}

/** What the id of a kind is inside. */
type IdOf<K extends IdKind> = K extends 'transaction' ? TransactionId : string;

/**
 * An id of ours from outside. Throws DomainError `missing` for a text that is not in the form of one: no such
 * thing exists.
 */
export function idOf<K extends IdKind>(kind: K, text: string | undefined, missing: Refusal): IdOf<K> {
  const id = parsePublicId(kind, text ?? '');
  if (id === undefined) throw new DomainError(missing);
  return id as IdOf<K>;
}

/** The id in the path (`:id`). */
export function pathId<K extends IdKind>(ctx: Context, kind: K, missing: Refusal): IdOf<K> {
  return idOf(kind, (ctx.params as { id?: string }).id, missing);
}
