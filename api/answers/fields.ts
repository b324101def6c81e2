import Joi from 'joi';
import { REASONS } from '../../domain/provider/reasons';
import { ID_PREFIXES, publicId, type IdKind } from '../../platform/ids';
import { breaks, characters, searchedReference } from '../schemas/fields';

/** Parts of answers. They describe what we send, for the document and for tests: nothing is checked by them as it runs. */

const EXAMPLE_UUID = '01977777-7777-7777-8777-777777777777';
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const PATH = /^\/[A-Za-z0-9/_-]*$/;
/** Of any script, on one line. */
const WORDS = /^[^\p{Cc}\p{Cs}]*$/u;

export const id = (kind: IdKind): Joi.StringSchema =>
  Joi.string()
    .max(30)
    .pattern(new RegExp(`^${ID_PREFIXES[kind]}_[0-9a-hjkmnp-tv-z]{26}$`))
    .example(publicId(kind, EXAMPLE_UUID));
export const is = (...values: readonly string[]): Joi.StringSchema => Joi.string().valid(...values);
/** Whole paise. */
export const paise = (): Joi.NumberSchema =>
  Joi.number().integer().min(0).description('Whole paise').example(150_000);
/** Whole paise, which may be below zero. */
export const signedPaise = (): Joi.NumberSchema =>
  Joi.number().integer().description('Whole paise; may be below zero').example(-590);
export const count = (most: number): Joi.NumberSchema => Joi.number().integer().min(0).max(most);
export const currency = (): Joi.StringSchema => is('INR');
/** A calendar has the day and a clock the time. */
function onCalendar(text: string, helpers: Joi.CustomHelpers): unknown {
  const at = new Date(text);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
    ? text
    : breaks(helpers, 'of the calendar');
}
export const instant = (): Joi.StringSchema =>
  Joi.string()
    .max(24)
    .pattern(INSTANT)
    .custom(onCalendar)
    .meta({ schema: { format: 'date-time' } })
    .example('2026-11-29T04:30:00.000Z');
export const day = (): Joi.StringSchema =>
  Joi.string()
    .max(10)
    .pattern(DAY)
    .custom(onCalendar)
    .meta({ schema: { format: 'date' } })
    .example('2026-11-29');
/** What people read; of so many characters at most. */
export const words = (most: number): Joi.StringSchema => characters(1, most).pattern(WORDS);
export const path = (example: string): Joi.StringSchema =>
  Joi.string().max(200).pattern(PATH).example(example);
export const reference = (): Joi.StringSchema =>
  searchedReference.description('Yours, of the request').example('order-1042');
/** The last characters of a number or an address; the others are left out. */
export const hint = (example: string): Joi.StringSchema => words(120).example(example);
export const reason = (): Joi.StringSchema =>
  is(...Object.keys(REASONS))
    .description('Our own code, of docs/status-reasons.md')
    .meta({ component: 'StatusReason' });

/**
 * An object of an answer, with each field that it has: all are there, but for the ones in `sometimes`. The type
 * is the one of what is sent, so that the two have the same names.
 */
export function answer<T extends object>(
  component: string,
  description: string,
  fields: Fields<T>,
  sometimes: readonly (keyof T & string)[] = [],
): Joi.ObjectSchema<T> {
  return part<T>(fields, sometimes).description(description).meta({ component });
}

/** One without a name of its own. */
export function part<T extends object>(
  fields: Fields<T>,
  sometimes: readonly (keyof T & string)[] = [],
): Joi.ObjectSchema<T> {
  const keys = Object.entries<Joi.Schema>(fields).map(([name, schema]): [string, Joi.Schema] => [
    name,
    (sometimes as readonly string[]).includes(name) ? schema : schema.required(),
  ]);
  return Joi.object(Object.fromEntries(keys)) as Joi.ObjectSchema<T>;
}

export type Fields<T> = { readonly [Name in keyof T]-?: Joi.Schema };

/** One page of a list, or a list that is given whole. */
export function list<T>(of: Joi.ObjectSchema<T> | Joi.AlternativesSchema, component: string, most = 100) {
  return answer<{
    object: 'list';
    data: T[];
    has_more: boolean;
    next_cursor: string | null;
    url: string;
  }>(component, 'A list, or one page of it', {
    object: is('list'),
    data: Joi.array().items(of).max(most),
    has_more: Joi.boolean(),
    next_cursor: Joi.string()
      .max(400)
      .pattern(/^[A-Za-z0-9_-]+$/)
      .allow(null)
      .description('Send it as `cursor` for the next page; null on the last one'),
    url: path('/v1/transactions'),
  });
}
