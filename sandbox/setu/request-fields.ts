/** Reads the fields of a JSON request. `refuse` makes the product's error from a message. */
import type { Context } from 'koa';
import getRawBody from 'raw-body';

const BODY_LIMIT_BYTES = 64 * 1_024;

export type Fields = Record<string, unknown>;
export type Refuse = (message: string) => Error;

/** Reads the body, a JSON object of 64 kB at most. */
export async function readObject(ctx: Context, refuse: Refuse): Promise<Fields> {
  let value: unknown;
  try {
    value = JSON.parse(
      await getRawBody(ctx.req, {
        length: ctx.req.headers['content-length'] ?? null,
        limit: BODY_LIMIT_BYTES,
        encoding: 'utf8',
      }),
    );
  } catch {
    throw refuse('the body must be a JSON object of 64 kB at most');
  }
  if (!isFields(value)) throw refuse('the body must be a JSON object of 64 kB at most');
  return value;
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export interface FieldReader {
  object(from: Fields, key: string): Fields;
  optionalObject(from: Fields, key: string): Fields | undefined;
  list(from: Fields, key: string, most: number): Fields[];
  optionalList(from: Fields, key: string, most: number): Fields[] | undefined;
  text(from: Fields, key: string, min: number, max: number): string;
  optionalText(from: Fields, key: string, min: number, max: number): string | undefined;
  whole(from: Fields, key: string, min: number): number;
  optionalWhole(from: Fields, key: string, min: number): number | undefined;
}

/** Null counts as missing: the contract marks many optional fields as nullable. */
export function createFieldReader(refuse: Refuse): FieldReader {
  const given = (from: Fields, key: string): unknown => from[key] ?? undefined;
  const required = <T>(value: T | undefined, key: string): T => {
    if (value === undefined) throw refuse(`${key} is required`);
    return value;
  };
  const reader: FieldReader = {
    optionalObject(from, key) {
      const value = given(from, key);
      if (value !== undefined && !isFields(value)) throw refuse(`${key} must be an object`);
      return value;
    },
    optionalList(from, key, most) {
      const value = given(from, key);
      if (value === undefined) return undefined;
      if (!Array.isArray(value) || value.length > most || !value.every(isFields))
        throw refuse(`${key} must be a list of ${most} objects at most`);
      return value;
    },
    optionalText(from, key, min, max) {
      const value = given(from, key);
      if (value === undefined) return undefined;
      if (typeof value !== 'string' || value.length < min || value.length > max)
        throw refuse(`${key} must be a text of ${min} to ${max} characters`);
      return value;
    },
    optionalWhole(from, key, min) {
      const value = given(from, key);
      if (value === undefined) return undefined;
      if (!Number.isSafeInteger(value) || (value as number) < min)
        throw refuse(`${key} must be a whole number from ${min}`);
      return value as number;
    },
    object: (from, key) => required(reader.optionalObject(from, key), key),
    list: (from, key, most) => required(reader.optionalList(from, key, most), key),
    text: (from, key, min, max) => required(reader.optionalText(from, key, min, max), key),
    whole: (from, key, min) => required(reader.optionalWhole(from, key, min), key),
  };
  return reader;
}
