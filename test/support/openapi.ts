/**
 * Checks answers against an OpenAPI 3.0 file. For a method, a path and a status it takes the documented
 * schema (or any of its variants, which some files spell `200-some-case`), turns it into JSON Schema, and
 * refuses what the schema does not name. An undocumented path or status is a mistake too, unless the table of
 * exceptions says why not.
 */
import fs from 'node:fs';
import type { ErrorObject, ValidateFunction } from 'ajv';
import Ajv2019 from 'ajv/dist/2019';
import addFormats from 'ajv-formats';
import { referredTo } from '../../scripts/contracts/openapi-facts';

type Json = Record<string, unknown>;
type Operation = { responses: Record<string, { content?: Record<string, { schema?: Json }> }> };

/** Where the file contradicts its own prose or samples, or leaves out what every server answers. */
export interface Exception {
  path: string;
  status: number;
  reason: string;
  /** For which answers; all of this path and status when missing. */
  applies?: (body: Json) => boolean;
  /** The status of the same path whose schema the answer must have. */
  like: string;
  /** What is taken for what the schema has instead. */
  read?: (body: Json) => Json;
}

export interface Contract {
  /** Throws with every mistake. `path` is the contract's own, with or without a query. */
  check(method: string, path: string, status: number, body: unknown): void;
  /** Every documented operation that was checked with a success, as `GET /path`. */
  seen(): string[];
}

export function loadContract(file: string, exceptions: readonly Exception[] = []): Contract {
  const document = JSON.parse(fs.readFileSync(file, 'utf8')) as {
    paths: Record<string, Record<string, Operation>>;
  };
  const ajv = new Ajv2019({ allErrors: true, strict: false });
  addFormats(ajv);
  ajv.addFormat('int64', { type: 'number', validate: Number.isSafeInteger });
  ajv.addFormat('decimal', { type: 'number', validate: Number.isFinite });
  ajv.addFormat('mac', true);
  const compiled = new Map<string, ValidateFunction>();
  const seen = new Set<string>();

  function validators(method: string, path: string, status: string): ValidateFunction[] {
    const responses = document.paths[path]?.[method.toLowerCase()]?.responses ?? {};
    const keys = Object.keys(responses).filter((key) => key === status || key.startsWith(`${status}-`));
    return keys.map((key) => {
      const id = `${method} ${path} ${key}`;
      let validate = compiled.get(id);
      if (validate === undefined)
        compiled.set(
          id,
          (validate = ajv.compile(
            convert(responses[key]!.content?.['application/json']?.schema ?? {}, document, true),
          )),
        );
      return validate;
    });
  }

  function mistakes(all: readonly ValidateFunction[], body: unknown): ErrorObject[] {
    let fewest: ErrorObject[] | undefined;
    for (const validate of all) {
      if (validate(body)) return [];
      if (fewest === undefined || validate.errors!.length < fewest.length) fewest = validate.errors!;
    }
    return fewest ?? [];
  }

  return {
    check(method, pathWithQuery, status, body) {
      const path = pathWithQuery.split('?')[0]!;
      const exception = exceptions.find(
        (e) => e.path === path && e.status === status && (e.applies?.(body as Json) ?? true),
      );
      const found = validators(method, path, exception?.like ?? String(status));
      if (found.length === 0)
        throw new Error(`the contract has no ${method} ${path} with ${exception?.like ?? status}`);
      const errors = mistakes(found, exception?.read?.(body as Json) ?? body);
      if (errors.length > 0)
        throw new Error(
          [
            `${method} ${path} ${status} is not as the contract says:`,
            ...errors.map((e) => `  ${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`),
            JSON.stringify(body).slice(0, 2_000),
          ].join('\n'),
        );
      if (status < 300) seen.add(`${method} ${path}`);
    },
    seen: () => [...seen].toSorted(),
  };
}

/**
 * OpenAPI 3.0 to JSON Schema: references are filled in, `nullable` becomes a type, examples and prose go. A
 * sealed object takes no field that it does not name; the parts of an `allOf` are sealed together.
 */
function convert(schema: Json, document: Json, sealed: boolean): Json {
  if (typeof schema.$ref === 'string') {
    const filled = convert(referredTo(document, schema.$ref), document, sealed);
    return schema.nullable === true ? { anyOf: [filled, { type: 'null' }] } : filled;
  }
  const out: Json = {};
  for (const key of [
    'type',
    'enum',
    'format',
    'pattern',
    'minLength',
    'maxLength',
    'minimum',
    'maximum',
    'minItems',
    'maxItems',
    'uniqueItems',
    'required',
  ] as const) {
    if (schema[key] !== undefined) out[key] = schema[key];
  }
  for (const key of ['allOf', 'anyOf', 'oneOf'] as const)
    if (schema[key] !== undefined)
      out[key] = (schema[key] as Json[]).map((part) => convert(part, document, false));
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Json>);
  if (properties.length > 0)
    out.properties = Object.fromEntries(
      properties.map(([name, property]) => [name, convert(property, document, true)]),
    );
  if (schema.items !== undefined) out.items = convert(schema.items as Json, document, true);
  if (sealed && (properties.length > 0 || out.allOf !== undefined)) out.unevaluatedProperties = false;
  if (schema.nullable === true) {
    if (out.type !== undefined) out.type = [out.type, 'null'].flat();
    if (out.enum !== undefined) out.enum = [...(out.enum as unknown[]), null];
  }
  return out;
}
