/**
 * The readers of requests to the control API under /__sandbox, shared by all providers. Errors: `{error: {code,
 * message}}`.
 */
import type { Context } from 'koa';
import getRawBody from 'raw-body';
import { inexactNumbers } from '../platform/json-text';
import { paiseFromJson } from '../platform/money';
import { type Fault, type FaultOrder, type ScenarioOrder } from './orders';
import { isScenarioCode, SCENARIOS } from './scenarios';

const BODY_LIMIT_BYTES = 64 * 1_024;
const MAX_REFERENCES = 200;
const MAX_TIMES = 1_000_000;
const MAX_DEPOSIT_PAISE = 1_000_000_000_000_000;

export class ControlError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export const invalid = (message: string): ControlError => new ControlError(400, 'INVALID', message);

/** The names by which a provider's control API matches a transaction. */
export interface MatchNames {
  ending: string;
  reference: string;
}

/** Reads `{match, scenario, times}`. */
export function readScenario(body: Record<string, unknown>, names: MatchNames): Omit<ScenarioOrder, 'id'> {
  onlyKeys(body, ['match', 'scenario', 'times']);
  const { match, scenario, times = 1 } = body;
  if (typeof scenario !== 'string' || !isScenarioCode(scenario))
    throw invalid(`scenario must be one of ${Object.keys(SCENARIOS).join(', ')}`);
  checkTimes(times);
  if (typeof match !== 'object' || match === null) throw invalid('match must be an object');
  return { match: readMatch(match as Record<string, unknown>, names), scenario, left: times };
}

function readMatch(match: Record<string, unknown>, names: MatchNames): ScenarioOrder['match'] {
  const { [names.ending]: ending, [names.reference]: reference, any, ...others } = match;
  if (Object.keys(others).length > 0) throw invalid(`match takes ${names.ending}, ${names.reference} or any`);
  if (ending !== undefined && (typeof ending !== 'string' || !/^[A-Za-z0-9._-]{1,4}$/.test(ending)))
    throw invalid(`match.${names.ending} must be 1 to 4 characters`);
  if (reference !== undefined && (typeof reference !== 'string' || reference.length > 40))
    throw invalid(`match.${names.reference} must be a text of 40 characters at most`);
  if (any !== undefined && any !== true) throw invalid('match.any must be true');
  if ((any === true) === (ending !== undefined || reference !== undefined))
    throw invalid(`match needs any, or ${names.ending} and/or ${names.reference}`);
  return { accountEnding: ending, referenceId: reference };
}

export const showScenario =
  (names: MatchNames) =>
  ({ id, match, scenario, left }: ScenarioOrder) => ({
    id,
    match: { [names.ending]: match.accountEnding, [names.reference]: match.referenceId },
    scenario,
    left,
  });

/** The paths and methods that a fault may be ordered for. */
export interface FaultTarget {
  defaultPath: string;
  isPath: (path: string) => boolean;
  pathMessage: string;
  methods: readonly string[];
  /** A fault may also be a 400 that refuses the caller. */
  refuses?: true;
}

/** Reads `{status, retry_after_s, times, path, method}`. */
export function readFault(body: Record<string, unknown>, target: FaultTarget): Omit<FaultOrder, 'id'> {
  onlyKeys(body, ['status', 'retry_after_s', 'times', 'path', 'method']);
  const isRefusal = target.refuses === true && body.status === 400;
  return { status: isRefusal ? 400 : readFaultStatus(body.status), ...readFaultTarget(body, target) };
}

export function readFaultStatus(status: unknown): Exclude<Fault['status'], 400> {
  if (status !== 429 && status !== 500 && status !== 503) throw invalid('status must be 429, 500 or 503');
  return status;
}

/** Reads which requests a fault is for, and how many of them. */
export function readFaultTarget(
  body: Record<string, unknown>,
  { defaultPath, isPath, pathMessage, methods }: FaultTarget,
): Omit<FaultOrder, 'id' | 'status'> {
  const { retry_after_s: retryAfterS = null, times = 1, path = defaultPath, method = null } = body;
  if (retryAfterS !== null && !isWhole(retryAfterS, 0, 3_600))
    throw invalid('retry_after_s must be a whole number from 0 to 3600');
  checkTimes(times);
  if (typeof path !== 'string' || !isPath(path) || path.length > 200) throw invalid(pathMessage);
  if (method !== null && !(typeof method === 'string' && methods.includes(method)))
    throw invalid(`method must be ${methods.slice(0, -1).join(', ')} or ${methods.at(-1)}`);
  return { retryAfterS, path, method, left: times };
}

function checkTimes(times: unknown): asserts times is number {
  if (!isWhole(times, 1, MAX_TIMES)) throw invalid(`times must be a whole number from 1 to ${MAX_TIMES}`);
}

export const showFault = ({ id, status, retryAfterS, path, method, left }: FaultOrder) => ({
  id,
  status,
  retry_after_s: retryAfterS,
  path,
  method,
  left,
});

/** A list by references, or a page in booking order. */
export type ListQuery = { references: string[] } | { references: undefined; first: number; limit: number };

/**
 * Reads `?<name>=a,b,c` (200 references at most), or `?limit=1..1000&after=N`, where N is the `next_after` of
 * the page before.
 */
export function readListQuery(ctx: Context, name: string): ListQuery {
  const { [name]: references, limit = '100', after = '-1', ...others } = ctx.query;
  if (Object.keys(others).length > 0) throw invalid(`the parameters are ${name}, or limit and after`);
  if (references === undefined)
    return {
      references,
      limit: readNumber(limit, 'limit', 1, 1_000),
      first: (after === '-1' ? -1 : readNumber(after, 'after', 0, 4_294_967_295)) + 1,
    };
  const wanted =
    typeof references === 'string' ? [...new Set(references.split(',').filter((r) => r !== ''))] : [];
  if (wanted.length === 0 || wanted.length > MAX_REFERENCES)
    throw invalid(`${name} takes 1 to ${MAX_REFERENCES} references with commas between them`);
  return { references: wanted };
}

export function readDepositPaise(amount: unknown): bigint {
  if (!isWhole(amount, 1, MAX_DEPOSIT_PAISE))
    throw invalid('amount_paise must be a whole number of paise above 0');
  return paiseFromJson(amount);
}

/** Leaves out the fields that are undefined, so that they overwrite nothing. */
export function onlyGiven<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

export async function readBody(ctx: Context, keys?: readonly string[]): Promise<Record<string, unknown>> {
  // Other types are those that a page of any site may send without asking first.
  if (!/^application\/json *(?:;|$)/i.test(ctx.get('Content-Type')))
    throw new ControlError(415, 'UNSUPPORTED_MEDIA_TYPE', 'send Content-Type: application/json');
  let value: unknown;
  let text: string;
  try {
    text = await getRawBody(ctx.req, { limit: BODY_LIMIT_BYTES, encoding: 'utf8' });
    value = JSON.parse(text);
  } catch {
    throw invalid('the body must be a JSON object of 64 kB at most');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('the body must be a JSON object');
  if (inexactNumbers(text).length > 0)
    throw invalid('numbers are whole and written in digits only: no decimal point, no exponent');
  if (keys !== undefined) onlyKeys(value as Record<string, unknown>, keys);
  return value as Record<string, unknown>;
}

export function onlyKeys(body: Record<string, unknown>, keys: readonly string[]): void {
  if (Object.keys(body).some((key) => !keys.includes(key)))
    throw invalid(`the fields are ${keys.join(', ')}`);
}

export function readId(ctx: Context): number | undefined {
  const { id } = ctx.params as { id?: string };
  return id === undefined ? undefined : readNumber(id, 'id', 1, 1_000_000_000);
}

export function readNumber(
  text: string | string[] | undefined,
  name: string,
  min: number,
  max: number,
): number {
  const value = typeof text === 'string' && /^\d{1,10}$/.test(text) ? Number(text) : -1;
  if (value < min || value > max) throw invalid(`${name} must be a whole number from ${min} to ${max}`);
  return value;
}

export const isWhole = (value: unknown, min: number, max: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
