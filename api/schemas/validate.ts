import type Joi from 'joi';
import { DomainError, type FieldProblem } from '../../domain/errors/errors';

/**
 * The codes of single fields inside `errors`, with what they say in general. Documented in docs/errors.md
 * (generated).
 */
export const FIELD_CODES = {
  FIELD_REQUIRED: 'The field is missing',
  FIELD_UNKNOWN: 'There is no field or parameter of this name',
  FIELD_TYPE_WRONG: 'The value has another JSON type',
  FIELD_NOT_ALLOWED: 'The value is not one of the listed ones',
  FIELD_FORM_WRONG: 'The text does not have the required form',
  FIELD_TOO_SHORT: 'The text is too short',
  FIELD_TOO_LONG: 'The text is too long',
  FIELD_OUT_OF_RANGE: 'The number is too small or too large',
  FIELD_NOT_WHOLE: 'The number has a fraction',
  FIELD_ALTERNATIVES: 'Fields exclude each other, or one goes with another that is missing',
  CURSOR_INVALID: 'The cursor does not belong to this list',
} as const;
export type FieldCode = keyof typeof FIELD_CODES;

/** The code and text of each rule. Joi's own texts are not used: some repeat the value. */
const RULES: Readonly<Record<string, readonly [FieldCode, string]>> = {
  'any.required': ['FIELD_REQUIRED', 'is required'],
  'any.only': ['FIELD_NOT_ALLOWED', 'is not one of the allowed values'],
  'object.base': ['FIELD_TYPE_WRONG', 'must be an object'],
  'object.unknown': ['FIELD_UNKNOWN', 'is not known here'],
  'object.missing': ['FIELD_ALTERNATIVES', 'names neither of the allowed alternatives'],
  'object.xor': ['FIELD_ALTERNATIVES', 'names alternatives that exclude each other'],
  'object.and': ['FIELD_ALTERNATIVES', 'names one of two fields that go together'],
  'array.min': ['FIELD_OUT_OF_RANGE', 'has too few entries'],
  'array.max': ['FIELD_OUT_OF_RANGE', 'has too many entries'],
  'string.base': ['FIELD_TYPE_WRONG', 'must be a string'],
  'string.empty': ['FIELD_TOO_SHORT', 'must not be empty'],
  'string.min': ['FIELD_TOO_SHORT', 'is too short'],
  'string.max': ['FIELD_TOO_LONG', 'is too long'],
  'string.pattern.base': ['FIELD_FORM_WRONG', 'does not have the required form'],
  'array.base': ['FIELD_TYPE_WRONG', 'must be a list'],
  'boolean.base': ['FIELD_TYPE_WRONG', 'must be true or false'],
  'number.base': ['FIELD_TYPE_WRONG', 'must be a number'],
  'number.integer': ['FIELD_NOT_WHOLE', 'must be a whole number'],
  'number.min': ['FIELD_OUT_OF_RANGE', 'is too small'],
  'number.max': ['FIELD_OUT_OF_RANGE', 'is too large'],
  'number.unsafe': ['FIELD_OUT_OF_RANGE', 'is too large'],
  'number.infinity': ['FIELD_OUT_OF_RANGE', 'is too large'],
};
const UNLISTED = ['FIELD_FORM_WRONG', 'is not valid'] as const;

const UNKNOWN = 'object.unknown';
const MAX_ERRORS = 50;

/**
 * Checks a body or query. Unknown names are a malformed request (400); values that break a rule are listed,
 * all at once, with 422. Values are never echoed.
 */
export function validate<T>(schema: Joi.ObjectSchema<T>, input: unknown, where: '#' | '?'): T {
  const { error, value } = schema.validate(input, {
    abortEarly: false,
    convert: where === '?',
    allowUnknown: false,
  });
  if (error === undefined) return value;
  const unknown = error.details.some((d) => d.type === UNKNOWN);
  const errors = error.details.slice(0, MAX_ERRORS).map((d): FieldProblem => {
    const [code, detail] = RULES[d.type] ?? UNLISTED;
    const pointer =
      where === '#' ? ['#', ...d.path.map(pointerPart)].join('/') : `?${pointerPart(d.path[0] ?? '')}`;
    return { pointer, code, detail };
  });
  throw new DomainError(unknown ? 'REQUEST_FIELD_UNKNOWN' : 'REQUEST_FIELD_INVALID', {
    detail: `${errors.length} ${errors.length === 1 ? 'problem' : 'problems'} in the ${where === '#' ? 'body' : 'query'}; see errors`,
    errors,
  });
}

const PLAIN_NAME = /^[A-Za-z_](?:[A-Za-z_]|\d(?!\d{4})){0,39}$/;

/**
 * A path part for a JSON pointer. Unknown names come from the caller: what is no plain name, or holds a
 * number, is not repeated.
 */
function pointerPart(part: string | number): string {
  return typeof part === 'number' || PLAIN_NAME.test(part) ? String(part) : '~';
}
