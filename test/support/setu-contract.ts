/**
 * The published OpenAPI files of Setu (test/fixtures/setu): request bodies are checked against them, and
 * every documented answer is made from its schema.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { ValidateFunction } from 'ajv';
import Ajv2019 from 'ajv/dist/2019';
import addFormats from 'ajv-formats';
import { referredTo } from '../../scripts/contracts/openapi-facts';
import { brokenRules } from './setu-rules';

export type Json = Record<string, unknown>;
interface Content {
  schema?: Json;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
interface Operation {
  requestBody?: { content: Record<string, Content> };
  responses: Record<string, { content?: Record<string, Content> }>;
}
export interface SetuContract {
  /**
   * What is wrong with a request body by the file; a field that it does not name is a mistake too. Throws for a
   * path that it does not have.
   */
  mistakesByFile(method: string, path: string, body: unknown): string[];
  /** The same, and by the rules that the file leaves out (setu-rules.ts). */
  mistakes(method: string, path: string, body: unknown): string[];
  /** One answer for each documented response: its own samples, else one made of the examples in its schema. */
  answers(method: string, path: string): { title: string; status: number; json: Json }[];
}

const JSON_TYPE = 'application/json';

export function setuContract(product: 'billpay' | 'recharge'): SetuContract {
  const document = JSON.parse(
    fs.readFileSync(path.join(__dirname, '../fixtures/setu', `setu-${product}-openapi.json`), 'utf8'),
  ) as { paths: Record<string, Record<string, Operation>> };
  const ajv = new Ajv2019({ allErrors: true, strict: false });
  addFormats(ajv);
  for (const format of ['int64', 'decimal', 'mac']) ajv.addFormat(format, true);
  const compiled = new Map<string, ValidateFunction>();
  const operation = (method: string, route: string): Operation => {
    const found = document.paths[route]?.[method.toLowerCase()];
    if (found === undefined) throw new Error(`the contract has no ${method} ${route}`);
    return found;
  };
  function mistakesByFile(method: string, route: string, body: unknown): string[] {
    const schema = operation(method, route).requestBody?.content[JSON_TYPE]?.schema;
    if (schema === undefined) return body === undefined ? [] : ['there is no body'];
    const key = `${method} ${route}`;
    const validate = compiled.get(key) ?? ajv.compile(sealed(schema, document, true));
    compiled.set(key, validate);
    return validate(body)
      ? []
      : validate.errors!.map((e) => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`);
  }
  return {
    mistakesByFile,
    mistakes: (method, route, body) => [
      ...mistakesByFile(method, route, body),
      ...(product === 'billpay' ? brokenRules(route, body as Json) : []),
    ],
    answers(method, route) {
      return Object.entries(operation(method, route).responses).flatMap(([key, response]) => {
        const content = response.content?.[JSON_TYPE];
        if (content === undefined) return [];
        const status = Number(key.slice(0, 3));
        const samples = Object.entries(content.examples ?? {}).map(([title, { value }]) => ({
          title: `${key} ${title}`,
          status,
          json: value as Json,
        }));
        return samples.length > 0
          ? samples
          : [
              {
                title: key,
                status,
                json: (content.example ?? madeOf(content.schema ?? {}, document)) as Json,
              },
            ];
      });
    },
  };
}

function resolved(schema: Json, document: object): Json {
  return typeof schema.$ref === 'string' ? referredTo(document as Json, schema.$ref) : schema;
}

/** OpenAPI 3.0 as JSON Schema; the parts of an `allOf` are sealed together. */
function sealed(given: Json, document: object, isSealed: boolean): Json {
  const schema = resolved(given, document);
  const out: Json = Object.fromEntries(
    Object.entries(schema).filter(([key]) =>
      [
        'type',
        'enum',
        'format',
        'pattern',
        'minLength',
        'maxLength',
        'minimum',
        'maximum',
        'uniqueItems',
        'required',
      ].includes(key),
    ),
  );
  if (schema.nullable === true && out.type !== undefined) out.type = [out.type, 'null'].flat();
  if (Array.isArray(schema.allOf))
    out.allOf = (schema.allOf as Json[]).map((part) => sealed(part, document, false));
  if (schema.properties !== undefined)
    out.properties = Object.fromEntries(
      Object.entries(schema.properties as Record<string, Json>).map(([name, part]) => [
        name,
        sealed(part, document, true),
      ]),
    );
  if (schema.items !== undefined) out.items = sealed(schema.items as Json, document, true);
  if (isSealed && (schema.properties !== undefined || schema.allOf !== undefined))
    out.unevaluatedProperties = false;
  return out;
}

function madeOf(given: Json, document: object): unknown {
  const schema = resolved(given, document);
  if (Array.isArray(schema.allOf))
    return Object.assign({}, ...(schema.allOf as Json[]).map((part) => madeOf(part, document))) as unknown;
  if (schema.properties !== undefined)
    return Object.fromEntries(
      Object.entries(schema.properties as Record<string, Json>).map(([name, part]) => [
        name,
        madeOf(part, document),
      ]),
    );
  if (schema.type === 'array')
    return schema.items === undefined ? [] : [madeOf(schema.items as Json, document)];
  if (Array.isArray(schema.enum)) return schema.enum[0] as unknown;
  if (schema.type === 'boolean') return schema.example !== false; // one example is the text "true"
  if (schema.example !== undefined) return schema.example;
  return schema.type === 'integer' || schema.type === 'number'
    ? 100
    : schema.nullable === true
      ? null
      : 'HENSVVR4QOS7X1UGPY7JGUV444P10102202';
}
