import Joi from 'joi';
import type { Context } from 'koa';
import type { TransactionId } from '../../domain/ids/ids';
import { DomainError, type Refusal } from '../../domain/errors/errors';
import { ID_PREFIXES, parsePublicId, type IdKind } from '../../platform/ids';

/** What the id of a kind is inside. */
export type IdOf<K extends IdKind> = K extends 'transaction' ? TransactionId : string;

/** A part of the path: its form, and what is made of it. */
export interface PathParameter<Value> {
  readonly description: string;
  readonly schema: Joi.StringSchema;
  /** The kind of the id that it is. */
  readonly id?: IdKind;
  /** Of a text that is no id of ours. */
  readonly example?: string;
  /** Throws DomainError for a text that cannot be one: no such thing exists. */
  read(text: string): Value;
}

/** An id of ours. Another form of text is answered like an id that nobody has. */
export function idParameter<K extends IdKind>(kind: K, missing: Refusal): PathParameter<IdOf<K>> {
  const prefix = ID_PREFIXES[kind];
  return {
    description: `The id, as ${prefix}_ and 26 letters or digits`,
    schema: Joi.string()
      .max(30)
      .pattern(new RegExp(`^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`)),
    id: kind,
    read: (text) => idOf(kind, text, missing),
  };
}

/** A text that is looked up as it stands. */
export function textParameter(
  description: string,
  schema: Joi.StringSchema,
  example: string,
): PathParameter<string> {
  return { description, schema, example, read: (text) => text };
}

/** An id of ours from outside. Throws DomainError `missing` for a text that is not in the form of one. */
export function idOf<K extends IdKind>(kind: K, text: string, missing: Refusal): IdOf<K> {
  const id = parsePublicId(kind, text);
  if (id === undefined) throw new DomainError(missing);
  return id as IdOf<K>;
}

/** A request header that a route goes by. */
export interface HeaderParameter<Value> {
  readonly name: string;
  readonly description: string;
  readonly schema: Joi.StringSchema;
  /** Throws DomainError REQUEST_HEADER_INVALID. */
  read(ctx: Context): Value;
}
