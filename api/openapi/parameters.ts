import type Joi from 'joi';
import type { Route } from '../registry/route';
import { describedOf, metaOf, jsonSchemaOf, type JsonSchema, type SchemaMeta } from './json-schema';

const IDEMPOTENCY_KEY: JsonSchema = {
  name: 'Idempotency-Key',
  in: 'header',
  required: true,
  description: 'A fresh one for each new request, and the same one when it is repeated',
  schema: {
    type: 'string',
    minLength: 8,
    maxLength: 255,
    pattern: '^[\\x21-\\x7e]+$',
    examples: ['8e03978e-40d5-43dd-bc93-6894a57f9324'],
  },
};

/** What stands in the path, the query and the headers of a route. */
export function parametersOf({ params, query, headers, idempotency }: Route): JsonSchema[] {
  const inPath = Object.entries(params).map(([name, { description, schema, example }]) => ({
    name,
    in: 'path',
    required: true,
    description,
    schema: { ...parameterSchema(schema), examples: [example] },
  }));
  const inQuery = query === undefined || query === 'ignored' ? [] : queryParameters(query);
  const inHeaders = Object.values(headers).map(({ name, description, schema }) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: parameterSchema(schema),
  }));
  return [...inPath, ...inQuery, ...inHeaders, ...(idempotency === 'key' ? [IDEMPOTENCY_KEY] : [])];
}

function queryParameters(query: Joi.ObjectSchema): JsonSchema[] {
  const { keys = {} } = describedOf(query);
  return Object.entries(keys).map(([name, { flags }]) => {
    const { description, ...schema } = parameterSchema(query.extract(name));
    return {
      name,
      in: 'query',
      required: flags?.presence === 'required',
      ...(description === undefined ? {} : { description }),
      schema,
    };
  });
}

/** A parameter is text to us; where its schema says what it means, readers are told that. */
function parameterSchema(schema: Joi.Schema): JsonSchema {
  const meta = metaOf(describedOf(schema)) as SchemaMeta & { parameter?: JsonSchema };
  return meta.parameter ?? jsonSchemaOf(schema);
}
