/** Requests that the description of the API asks for, and the same requests with one thing wrong. */
import * as fc from 'fast-check';
import type { OpenApiDocument, Operation } from '../../api/openapi/document';
import { fitting, mutatedAt, placesIn, type Schema } from './from-schema';
import { HOSTILE_TEXTS } from './hostile-values';

export interface HostileRequest {
  /** `POST /v1/payouts #/amount`: the field that is wrong. */
  field: string;
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
}
interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  schema: Schema;
}
type Values = Record<string, string>;
/** A value that leads further than an example, for a field of this name: the id of something that exists. */
export type Known = (path: string, name: string) => string | number | undefined;
interface Context {
  resolve: (ref: string) => Schema;
  known: Known;
}

/** `count` requests, as many for each field of each route. The same seed makes the same requests. */
export function hostileRequests(
  document: OpenApiDocument,
  { count, seed, known }: { count: number; seed: number; known: Known },
): HostileRequest[] {
  const context = contextOf(document, known);
  const fields = targetsOf(document).flatMap((target) => fieldsOf(target, context, seed));
  const each = Math.ceil(count / fields.length);
  return fields.flatMap((field, i) => fc.sample(field, { seed: seed + i, numRuns: each })).slice(0, count);
}

/** The same requests with nothing wrong, so many for each route. */
export function goodRequests(
  document: OpenApiDocument,
  { each, seed, known }: { each: number; seed: number; known: Known },
): HostileRequest[] {
  const context = contextOf(document, known);
  return targetsOf(document).flatMap((target) => {
    const { always, goodValues, goodBody } = goodOf(target, context);
    const request = fc
      .tuple(goodValues(always), goodBody)
      .map(([values, body]) =>
        requestOf(target, { field: routeOf(target), values, body: JSON.stringify(body) }),
      );
    return fc.sample(request, { seed, numRuns: each });
  });
}

interface Target {
  method: string;
  path: string;
  operation: Operation;
}
const routeOf = ({ method, path }: Target): string => `${method} ${path}`;

const targetsOf = (document: OpenApiDocument): Target[] =>
  Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );

function contextOf(document: OpenApiDocument, known: Known): Context {
  const schemas = document.components.schemas;
  return { resolve: (ref) => schemas[ref.split('/').at(-1)!]!, known };
}

const parametersOf = ({ operation }: Target): Parameter[] =>
  (operation.parameters ?? []) as unknown as Parameter[];

function goodOf(target: Target, { resolve, known }: Context) {
  const knownFor = (name: string): string | number | undefined => known(target.path, name);
  const schema = target.operation.requestBody?.content['application/json']?.schema;
  const body = schema === undefined ? fc.constant(undefined) : fitting(schema, resolve);
  return {
    knownFor,
    always: parametersOf(target).filter((p) => p.required),
    goodValues: (wanted: Parameter[]): fc.Arbitrary<Values> =>
      fc.record(
        Object.fromEntries(
          wanted.map((wanted) => [wanted.name, goodParameter(wanted, knownFor(wanted.name)).map(String)]),
        ),
      ),
    goodBody: body.map((value) => withKnown(value, knownFor)),
  };
}
const goodParameter = ({ schema }: Parameter, known: string | number | undefined): fc.Arbitrary<unknown> =>
  known === undefined ? fitting(schema) : fc.constant(known);

function fieldsOf(target: Target, context: Context, seed: number): fc.Arbitrary<HostileRequest>[] {
  const { knownFor, always, goodValues, goodBody } = goodOf(target, context);
  const route = routeOf(target);
  const byParameter = parametersOf(target).map((wrong) =>
    fc
      .tuple(goodValues(always.filter((p) => p !== wrong)), goodBody, textFor(wrong, knownFor(wrong.name)))
      .map(([values, value, text]) =>
        requestOf(target, {
          field: `${route} ${wrong.name}`,
          values: { ...values, [wrong.name]: text },
          body: JSON.stringify(value),
        }),
      ),
  );
  const places = new Map<string, { at: (string | number)[]; values: unknown[] }>();
  for (const value of fc.sample(goodBody, { seed, numRuns: 20 }).filter((v) => v !== undefined))
    for (const at of placesIn(value)) {
      const place = places.get(at.join('/'));
      if (place === undefined) places.set(at.join('/'), { at: [...at], values: [value] });
      else place.values.push(value);
    }
  const byPlace = [...places.values()].map(({ at, values: bodies }) =>
    fc
      .tuple(
        goodValues(always),
        fc.constantFrom(...bodies).chain((value) => mutatedAt(value, at)),
      )
      .map(([values, { text }]) =>
        requestOf(target, { field: `${route} #/${at.join('/')}`, values, body: text }),
      ),
  );
  return [...byParameter, ...byPlace];
}

/** Stands for a name that is new each time, so that a request with one thing wrong is not refused for another. */
export const FRESH = 'freshname';
let requests = 0;
const fresh = (): string => {
  requests += 1;
  return `hostilenames${String(requests).padStart(8, '0')}`; // as long as base64 likes it
};

function withKnown(value: unknown, knownFor: (name: string) => string | number | undefined): unknown {
  if (Array.isArray(value)) return value.map((inner) => withKnown(inner, knownFor));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      name === 'reference' ? FRESH : (knownFor(name) ?? withKnown(inner, knownFor)),
    ]),
  );
}

function textFor(wrong: Parameter, known: string | number | undefined): fc.Arbitrary<string> {
  const near = goodParameter(wrong, known)
    .map(String)
    .chain((value) => fc.constantFrom(`${value}x`, value.slice(1), `${value} `, value.toUpperCase(), ''));
  const texts =
    wrong.in === 'header' ? HOSTILE_TEXTS.filter((t) => /^[\t\x20-\x7e\xa0-\xff]*$/.test(t)) : HOSTILE_TEXTS;
  return fc.oneof(near, fc.constantFrom(...texts.filter((t) => t.length < 2_000)));
}

function requestOf(
  target: Target,
  { field, values, body }: { field: string; values: Values; body: string | undefined },
): HostileRequest {
  const { method, path } = target;
  const given = parametersOf(target).filter(({ name }) => values[name] !== undefined);
  const of = (where: Parameter['in']): Parameter[] => given.filter((p) => p.in === where);
  const url = of('path').reduce(
    (at, { name }) => at.replace(`{${name}}`, () => encoded(values[name]!)),
    path,
  );
  const query = of('query').map(({ name }) => `${name}=${encoded(values[name]!)}`);
  const headers = Object.fromEntries(of('header').map(({ name }) => [name.toLowerCase(), values[name]!]));
  return {
    field,
    method,
    url: `${url}${query.length === 0 ? '' : `?${query.join('&')}`}`,
    headers: {
      ...headers,
      ...(headers['idempotency-key'] !== undefined && !field.endsWith(' Idempotency-Key')
        ? { 'idempotency-key': fresh() }
        : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: body.replaceAll(FRESH, fresh) }),
  };
}

/** Percent-encoded, lone surrogates as the bytes that would stand for them. */
const encoded = (text: string): string =>
  encodeURIComponent(Buffer.from(text).toString()).replaceAll('%EF%BF%BD', '%ED%A0%80');
