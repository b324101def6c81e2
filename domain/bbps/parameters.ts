import { LRUCache } from 'lru-cache';
import { RE2JS } from 're2js';
import { DomainError, type FieldProblem } from '../errors/errors';
import { BBPS_ERRORS } from './errors';
import type { BillerParameter, CustomerParameter } from './port';

/**
 * The biller's own regular expressions check the parameters that it asks for. Patterns and values both come
 * from outside, so they run in a linear-time engine, where no pattern is slow. A pattern that it cannot
 * compile (look-ahead, back-reference, too large) is skipped and only the lengths are checked; the biller
 * refuses wrong values. Like the network we search for the pattern: an unanchored one is not made stricter
 * here.
 */
const compiled = new LRUCache<string, { pattern: RE2JS | null }>({ max: 2_000 });
const LONGEST_PATTERN = 500;
const MOST_DIGITS = /^\d+(?:\.\d+)?$/;

/** Null where the pattern cannot be used. */
function compile(pattern: string): RE2JS | null {
  const known = compiled.get(pattern);
  if (known !== undefined) return known.pattern;
  let made: RE2JS | null = null;
  try {
    made = pattern.length > LONGEST_PATTERN ? null : RE2JS.compile(pattern);
  } catch {
    /* not a pattern of this engine */
  }
  compiled.set(pattern, { pattern: made });
  return made;
}

/** Names of the parameters whose pattern is left out. */
export function unusablePatterns(parameters: readonly BillerParameter[]): string[] {
  return parameters.filter((p) => p.pattern !== null && compile(p.pattern) === null).map((p) => p.name);
}

/**
 * Throws DomainError BBPS_PARAMETER_INVALID that names each parameter by its place and never a value. `at` is
 * the JSON pointer of the list.
 */
export function checkParameters(
  asked: readonly BillerParameter[],
  given: readonly CustomerParameter[],
  at = '#/customer/parameters',
): void {
  const problems: FieldProblem[] = [];
  const problem = (pointer: string, detail: string): void => {
    problems.push({ pointer, code: BBPS_ERRORS.BBPS_PARAMETER_INVALID.code, detail });
  };
  const byName = new Map(asked.map((p) => [p.name, p]));
  const names = new Set<string>();
  for (const [i, { name, value }] of given.entries()) {
    const rule = byName.get(name);
    if (rule === undefined)
      problem(`${at}/${i}/name`, `must be one of ${asked.map((p) => p.name).join(', ')}`);
    else if (names.has(name)) problem(`${at}/${i}/name`, 'is given twice');
    else if (!fits(rule, value))
      problem(`${at}/${i}/value`, `must be ${ruleOf(rule)}, as the biller takes it`);
    names.add(name);
  }
  for (const rule of asked) if (!rule.isOptional && !names.has(rule.name)) problem(at, `lacks ${rule.name}`);
  if (problems.length > 0)
    throw new DomainError(BBPS_ERRORS.BBPS_PARAMETER_INVALID, {
      detail: 'see errors, and GET /v1/bbps/billers/{id} for what the biller asks for',
      errors: problems,
    });
}

/** The rule in words; a pattern is the biller's own and public. */
function ruleOf({ dataType, pattern, minLength, maxLength }: BillerParameter): string {
  const least = minLength === null ? [] : [`at least ${minLength} characters`];
  const most = maxLength === null || maxLength <= 0 ? [] : [`at most ${maxLength} characters`];
  const form =
    pattern === null || pattern === '' || compile(pattern) === null ? [] : [`of the form ${pattern}`];
  return [dataType === 'NUMERIC' ? 'a number' : 'a text', ...least, ...most, ...form].join(', ');
}

function fits({ dataType, pattern, minLength, maxLength }: BillerParameter, value: string): boolean {
  if (
    (minLength !== null && value.length < minLength) ||
    (maxLength !== null && maxLength > 0 && value.length > maxLength)
  )
    return false;
  if (dataType === 'NUMERIC' && !MOST_DIGITS.test(value)) return false;
  const usable = pattern === null || pattern === '' ? null : compile(pattern);
  return usable === null || usable.matcher(value).find();
}
