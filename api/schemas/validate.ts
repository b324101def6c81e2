import type Joi from 'joi';
import { DomainError, type FieldProblem } from '../../domain/errors/errors';
import type { JsonPath } from '../../platform/json-text';

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
  FIELD_PERSONAL_NUMBER: 'The text holds what may be an Aadhaar number, a PAN or a card number, and is kept',
  FIELD_TOO_SHORT: 'The text is too short',
  FIELD_TOO_LONG: 'The text is too long',
  FIELD_OUT_OF_RANGE: 'The number is too small or too large',
  FIELD_NOT_WHOLE: 'The number is not written as a whole number',
  FIELD_ALTERNATIVES: 'Fields exclude each other, or one goes with another that is missing',
  CURSOR_INVALID: 'The cursor does not belong to this list',
} as const;
export type FieldCode = keyof typeof FIELD_CODES;

type Said = Readonly<Record<string, unknown>>;

/**
 * The code of each rule, and what it says: the rule and the allowed values, both from the schema. Joi's own
 * texts are not used: some repeat the value.
 */
const RULES: Readonly<Record<string, readonly [FieldCode, string | ((said: Said) => string)]>> = {
  'any.required': ['FIELD_REQUIRED', 'is required'],
  'any.only': ['FIELD_NOT_ALLOWED', ({ valids }) => `must be ${oneOf(valids)}`],
  'any.invalid': ['FIELD_FORM_WRONG', ({ rule }) => `must be ${textOf(rule)}`],
  'any.personal': ['FIELD_PERSONAL_NUMBER', ({ instead }) => textOf(instead)],
  'object.base': ['FIELD_TYPE_WRONG', 'must be an object'],
  'object.unknown': ['FIELD_UNKNOWN', 'is not known here'],
  'object.missing': ['FIELD_ALTERNATIVES', ({ peers }) => `needs ${oneOf(peers)}`],
  'object.xor': ['FIELD_ALTERNATIVES', ({ peers }) => `takes only ${oneOf(peers)}`],
  'object.and': [
    'FIELD_ALTERNATIVES',
    ({ present, missing }) => `needs ${listOf(missing)} together with ${listOf(present)}`,
  ],
  'array.min': ['FIELD_OUT_OF_RANGE', ({ limit }) => `must have at least ${textOf(limit)} entries`],
  'array.max': ['FIELD_OUT_OF_RANGE', ({ limit }) => `must have at most ${textOf(limit)} entries`],
  'string.base': ['FIELD_TYPE_WRONG', 'must be a string'],
  'string.empty': ['FIELD_TOO_SHORT', 'must not be empty'],
  'string.min': ['FIELD_TOO_SHORT', ({ limit }) => `must have at least ${textOf(limit)} characters`],
  'string.max': ['FIELD_TOO_LONG', ({ limit }) => `must have at most ${textOf(limit)} characters`],
  'string.pattern.name': ['FIELD_FORM_WRONG', ({ name }) => `must be ${textOf(name)}`],
  'array.base': ['FIELD_TYPE_WRONG', 'must be a list'],
  'boolean.base': ['FIELD_TYPE_WRONG', 'must be true or false'],
  'number.base': ['FIELD_TYPE_WRONG', 'must be a number'],
  'number.integer': ['FIELD_NOT_WHOLE', 'must be a whole number, written in digits only'],
  'number.min': ['FIELD_OUT_OF_RANGE', ({ limit }) => `must be at least ${textOf(limit)}`],
  'number.max': ['FIELD_OUT_OF_RANGE', ({ limit }) => `must be at most ${textOf(limit)}`],
  'number.unsafe': ['FIELD_OUT_OF_RANGE', 'must be a number that JSON keeps exactly'],
  'number.infinity': ['FIELD_OUT_OF_RANGE', 'must be a number that JSON keeps exactly'],
};
const UNLISTED = ['FIELD_FORM_WRONG', 'is not valid'] as const;

const UNKNOWN = 'object.unknown';
const MAX_ERRORS = 50;

const textOf = (value: unknown): string => String(value);
const listOf = (values: unknown): string => (values as readonly unknown[]).map(textOf).join(', ');
const oneOf = (values: unknown): string =>
  (values as readonly unknown[]).length === 1 ? listOf(values) : `one of ${listOf(values)}`;

/**
 * Checks a body or query. Unknown names are a malformed request (400); values that break a rule are listed,
 * all at once and each with one problem, with 422. Values are never echoed. `hints` are added to the problems of
 * fields of a query, by name.
 */
export function validate<T>(
  schema: Joi.ObjectSchema<T>,
  input: unknown,
  where: '#' | '?',
  hints: ReadonlyMap<string, string> = new Map(),
): T {
  const { error, value } = schema.validate(input, {
    abortEarly: false,
    convert: where === '?',
    allowUnknown: false,
  });
  if (error === undefined) return value;
  const unknown = error.details.some((d) => d.type === UNKNOWN);
  // The rules of a field are in order: what is too long may not have the form either, which says nothing new.
  const first = new Map<string, FieldProblem>();
  for (const d of error.details) {
    const place = JSON.stringify(d.path);
    if (first.size >= MAX_ERRORS || first.has(place)) continue;
    const [code, detail] = RULES[d.type] ?? UNLISTED;
    const said = typeof detail === 'string' ? detail : detail(d.context ?? {});
    const hint = d.type === UNKNOWN ? undefined : hints.get(String(d.path[0]));
    first.set(place, {
      pointer: where === '#' ? pointerOf(d.path) : `?${pointerPart(d.path[0] ?? '')}`,
      code,
      detail: hint === undefined ? said : `${said}; ${hint}`,
    });
  }
  throw refusal(unknown ? 'REQUEST_FIELD_UNKNOWN' : 'REQUEST_FIELD_INVALID', where, [...first.values()]);
}

/**
 * Refuses a body in whose text a number has a fraction or an exponent, even one that comes out whole. Throws
 * DomainError REQUEST_FIELD_INVALID.
 */
export function refuseInexact(places: readonly JsonPath[]): void {
  if (places.length === 0) return;
  const errors = places.slice(0, MAX_ERRORS).map((path): FieldProblem => ({
    pointer: pointerOf(path),
    code: 'FIELD_NOT_WHOLE',
    detail:
      'must be a whole number, written in digits only: no decimal point, no exponent; amounts are paise',
  }));
  throw refusal('REQUEST_FIELD_INVALID', '#', errors);
}

function refusal(
  code: 'REQUEST_FIELD_UNKNOWN' | 'REQUEST_FIELD_INVALID',
  where: '#' | '?',
  errors: FieldProblem[],
): DomainError {
  const problems = `${errors.length} ${errors.length === 1 ? 'problem' : 'problems'}`;
  return new DomainError(code, {
    detail: `${problems} in the ${where === '#' ? 'body' : 'query'}; see errors`,
    errors,
  });
}

const pointerOf = (path: JsonPath): string => ['#', ...path.map(pointerPart)].join('/');

const PLAIN_NAME = /^[A-Za-z_](?:[A-Za-z_]|\d(?!\d{4})){0,39}$/;

/**
 * A path part for a JSON pointer. Unknown names come from the caller: what is no plain name, or holds a
 * number, is not repeated.
 */
function pointerPart(part: string | number): string {
  return typeof part === 'number' || PLAIN_NAME.test(part) ? String(part) : '~';
}
