import type Joi from 'joi';
import { DomainError, type FieldProblem } from '../../platform/errors';

/** What each rule says to the caller. Joi's own texts are not used: some echo the value. */
const DETAILS: Readonly<Record<string, string>> = {
  'any.required': 'is required',
  'any.only': 'is not one of the allowed values',
  'object.base': 'must be an object',
  'object.unknown': 'is not known here',
  'object.missing': 'names neither of the allowed alternatives',
  'object.oxor': 'names alternatives that exclude each other',
  'object.xor': 'must name exactly one of the alternatives',
  'alternatives.match': 'matches none of the allowed forms',
  'string.base': 'must be a string',
  'string.empty': 'must not be empty',
  'string.min': 'is too short',
  'string.max': 'is too long',
  'string.pattern.base': 'does not have the required form',
  'number.base': 'must be a number',
  'number.integer': 'must be a whole number',
  'number.min': 'is too small',
  'number.max': 'is too large',
  'number.unsafe': 'is too large',
};

const UNKNOWN = 'object.unknown';

/** Checks a body or query. Unknown names are a malformed request (400); values that break a rule are listed, all at once, with 422. Values are never echoed. */
export function validate<T>(schema: Joi.ObjectSchema<T>, input: unknown, where: '#' | '?'): T {
  const { error, value } = schema.validate(input, { abortEarly: false, convert: where === '?', allowUnknown: false });
  if (error === undefined) return value;
  const errors: FieldProblem[] = error.details.slice(0, 50).map((d) => ({
    pointer: where === '#' ? `#/${d.path.map(escapePointer).join('/')}` : `?${escapePointer(d.path[0] ?? '')}`,
    code: d.type.toUpperCase().replaceAll('.', '_'),
    detail: DETAILS[d.type] ?? 'is not valid',
  }));
  const unknown = error.details.some((d) => d.type === UNKNOWN);
  throw new DomainError(unknown ? 'REQUEST_FIELD_UNKNOWN' : 'REQUEST_FIELD_INVALID', { detail: `${errors.length} ${errors.length === 1 ? 'problem' : 'problems'} in the ${where === '#' ? 'body' : 'query'}; see errors`, errors });
}

/** A path part for a JSON pointer; names come from the caller, so they are cut and cleaned. */
function escapePointer(part: string | number): string {
  return String(part).slice(0, 60).replaceAll(/[^A-Za-z0-9_.-]/g, '~');
}
