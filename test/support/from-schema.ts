/** Values that fit a JSON Schema, and the same values with one thing wrong: for tests that throw both at us. */
import * as fc from 'fast-check';
import { HOSTILE_TOKENS } from './hostile-values';

export type Schema = Readonly<Record<string, unknown>>;
type Resolve = (ref: string) => Schema;
type Path = readonly (string | number)[];

const noReference: Resolve = (ref) => {
  throw new TypeError(`nobody knows ${ref}`);
};
/** Tried where a text has no example. */
const TEXTS = ['Text of ours', '7', 'A1', 'abcdefgh', '12345678', '123456', '0', '/a', '2026-11-29', '"x"'];

/** Values that fit the schema: examples where there are any. */
export function fitting(schema: Schema, resolve: Resolve = noReference): fc.Arbitrary<unknown> {
  if (typeof schema.$ref === 'string') return fitting(resolve(schema.$ref), resolve);
  if (schema.enum !== undefined) return fc.constantFrom(...(schema.enum as unknown[]));
  const choices = (schema.oneOf ?? schema.anyOf) as Schema[] | undefined;
  if (choices !== undefined && schema.properties === undefined)
    return fc.oneof(...choices.map((choice) => fitting(choice, resolve)));
  switch ([schema.type].flat()[0]) {
    case 'object':
      return fittingObject(schema, resolve);
    case 'array':
      return fc.array(fitting(schema.items as Schema, resolve), {
        minLength: (schema.minItems as number | undefined) ?? 0,
        maxLength: Math.min((schema.maxItems as number | undefined) ?? 2, 2),
      });
    case 'integer':
      return fc.constantFrom(...numbersOf(schema));
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return fc.constantFrom(...textsOf(schema));
  }
}

function numbersOf({ examples, minimum, maximum }: Schema): number[] {
  return [...((examples ?? []) as number[]), minimum as number, maximum as number];
}

function textsOf(schema: Schema): string[] {
  if (schema.examples !== undefined) return schema.examples as string[];
  const { minLength = 0, maxLength = 1_000 } = schema as { minLength?: number; maxLength?: number };
  const pattern = new RegExp((schema.pattern as string | undefined) ?? '', 'u');
  const found = TEXTS.filter((t) => t.length >= minLength && t.length <= maxLength && pattern.test(t));
  if (found.length === 0) throw new TypeError(`no example of a text for ${JSON.stringify(schema)}`);
  return found;
}

function fittingObject(schema: Schema, resolve: Resolve): fc.Arbitrary<unknown> {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
  const whole = fc.record(
    Object.fromEntries(properties.map(([name, inner]) => [name, fitting(inner, resolve)])),
  );
  const required = new Set((schema.required ?? []) as string[]);
  const optional = properties.map(([name]) => name).filter((name) => !required.has(name));
  return fc.tuple(whole, fc.subarray(optional), fc.nat()).map(([value, dropped, chosen]) => {
    const out = { ...value };
    for (const name of withoutOthers(schema, dropped, chosen)) delete out[name];
    return out;
  });
}

/** What has to go so that fields that exclude each other, or go together, are right. */
function withoutOthers(schema: Schema, dropped: readonly string[], chosen: number): Set<string> {
  const parts = [schema, ...((schema.allOf ?? []) as Schema[])];
  const needs = parts.flatMap(({ dependentRequired = {} }) =>
    Object.entries(dependentRequired as Record<string, string[]>),
  );
  const tied = (name: string): string[] => [
    name,
    ...needs.flatMap(([one, others]) => (one === name ? others : [])),
  ];
  const alternatives = parts.flatMap(({ oneOf }) => (oneOf === undefined ? [] : [requiredOfEach(oneOf)]));
  const oneAtLeast = schema.properties === undefined ? [] : requiredOfEach(schema.anyOf);
  const kept = new Set(
    [...alternatives, oneAtLeast].flatMap((peers) =>
      peers.length === 0 ? [] : tied(peers[chosen % peers.length]!),
    ),
  );
  const gone = new Set([...dropped, ...alternatives.flat()].filter((name) => !kept.has(name)));
  for (const [name, others] of needs)
    if (others.some((other) => gone.has(other)) && !kept.has(name)) gone.add(name);
  return gone;
}

const requiredOfEach = (choices: unknown = []): string[] =>
  (choices as { required: string[] }[]).map(({ required }) => required[0]!);

/** Every place in a value, from the outside in. */
export function placesIn(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([name, inner]) => placesIn(inner, [...at, name]))];
}

export interface Mutation {
  /** JSON, or nearly. */
  text: string;
  at: Path;
}

const MARK = '\u{10FFFD}';
const NEAR: readonly ((value: string | number) => string | number)[] = [
  (v) => (typeof v === 'number' ? v + 1 : `${v}x`),
  (v) => (typeof v === 'number' ? v - 1 : v.slice(1)),
  (v) => (typeof v === 'number' ? -v : v.slice(0, -1)),
  (v) => (typeof v === 'number' ? v * 1_000 : v.toUpperCase()),
  (v) => (typeof v === 'number' ? String(v) : `${v}\u{1F600}`),
  (v) => (typeof v === 'number' ? v + 0.5 : v.repeat(3)),
  (v) => (typeof v === 'number' ? v : ` ${v}`),
  (v) => (typeof v === 'number' ? v : `${v}\n`),
  (v) => (typeof v === 'number' ? v : v.replaceAll(/[0-9]/g, '9')),
];

/** The value as JSON with one thing changed: a field replaced, left out, or one too many. */
export function mutated(value: unknown): fc.Arbitrary<Mutation> {
  const places = placesIn(value);
  const byPlace = new Map<Path, fc.Arbitrary<Mutation>>();
  return fc.constantFrom(...places).chain((at) => {
    let here = byPlace.get(at);
    if (here === undefined) byPlace.set(at, (here = mutatedAt(value, at)));
    return here;
  });
}

export function mutatedAt(value: unknown, at: Path): fc.Arbitrary<Mutation> {
  const here = at.reduce<unknown>((inner, part) => (inner as Record<string, unknown>)[part], value);
  const host = placesIn(value).findLast((place) => isObjectAt(value, place) && startsWith(at, place));
  const choices: fc.Arbitrary<string>[] = [
    fc.constantFrom(...HOSTILE_TOKENS).map((t) => withToken(value, at, t)),
  ];
  if (at.length > 0) choices.push(fc.constant(JSON.stringify(changed(value, at, undefined))));
  if (host !== undefined)
    choices.push(
      fc
        .tuple(fc.constantFrom(...ODD_NAMES), fc.constantFrom(...HOSTILE_TOKENS))
        .map(([name, token]) => withToken(value, [...host, name], token)),
    );
  if (typeof here === 'string' || typeof here === 'number') {
    const near = fc.constantFrom(...NEAR).map((of) => JSON.stringify(changed(value, at, of(here))));
    choices.push(near, near, near);
  }
  return fc.oneof(...choices).map((text) => ({ text, at }));
}
const ODD_NAMES = [
  'unknown',
  '__proto__',
  'constructor',
  'status',
  'id',
  'user_id',
  'fee',
  '',
  '\u0000',
  'é',
];

const isObjectAt = (value: unknown, at: Path): boolean => {
  const here = at.reduce<unknown>((inner, part) => (inner as Record<string, unknown>)[part], value);
  return typeof here === 'object' && here !== null && !Array.isArray(here);
};
const startsWith = (at: Path, place: Path): boolean => place.every((part, i) => at[i] === part);

function withToken(value: unknown, at: Path, token: string): string {
  return JSON.stringify(changed(value, at, MARK)).replace(JSON.stringify(MARK), () => token);
}

/** The value with another at the place; `undefined` leaves it out. */
function changed(value: unknown, at: Path, put: unknown): unknown {
  const [first, ...rest] = at;
  if (first === undefined) return put;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<
    string,
    unknown
  >;
  const inner = rest.length === 0 ? put : changed(copy[first], rest, put);
  Object.defineProperty(copy, first, { value: inner, enumerable: true, writable: true, configurable: true });
  return copy;
}
