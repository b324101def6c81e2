import type Joi from 'joi';
import { refuse, type Described } from './described';

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = Record<string, unknown>;

/** What a schema of ours says beside its rules, by `.meta()`. */
export interface SchemaMeta {
  /** Its name among the components of the document; every use of it becomes a reference. */
  component?: string;
  /** What a rule in code (`custom`) comes to in JSON Schema. */
  schema?: JsonSchema;
  /** What the rule in code asks for beyond that: told in the description. */
  beyond?: string;
  /** The property that says which of the alternatives it is. */
  discriminator?: string;
}

export type Components = Map<string, JsonSchema>;

/**
 * The JSON Schema of a schema of ours, as Joi writes it, with what Joi loses on the way put back: null among
 * listed values, values beside a rule, fields that go together or exclude each other, several patterns. What
 * cannot be said in JSON Schema is refused here, when the document is made, and never said wrongly. Schemas with
 * a name go into `components`. Throws TypeError, and says where.
 */
export function jsonSchemaOf(schema: Joi.Schema, components: Components = new Map()): JsonSchema {
  const { written, described } = tellingsOf(schema);
  const shown = { ...described, flags: { ...described.flags, presence: undefined } };
  return shaped(written, shown, { components, at: '#' });
}

/** What Joi says of a schema. Everybody is given the same object: it is only read. */
export const describedOf = (schema: Joi.Schema): Described => tellingsOf(schema).described;

interface Tellings {
  written: JsonSchema;
  described: Described;
}
const tellings = new WeakMap<Joi.Schema, Tellings>();

/** What Joi says of a schema, asked once: it takes long over it, and many routes share a schema. */
function tellingsOf(schema: Joi.Schema): Tellings {
  let known = tellings.get(schema);
  if (known === undefined) {
    const written = schema['~standard'].jsonSchema.input({ target: 'draft-2020-12' });
    known = { written, described: schema.describe() as unknown as Described };
    tellings.set(schema, known);
  }
  return known;
}

interface Context {
  components: Components;
  at: string;
}

const inside = (ctx: Context, name: string): Context => ({ ...ctx, at: `${ctx.at}/${name}` });

function shaped(written: JsonSchema, described: Described, ctx: Context): JsonSchema {
  refuse(described, ctx.at);
  const meta = metaOf(described);
  if (meta.component === undefined) return whole(written, described, ctx);
  const allow = isListed(described) ? described.allow?.filter((value) => value !== null) : undefined;
  const bare = { ...described, allow, flags: { ...described.flags, default: undefined } };
  const { components } = ctx;
  const before = components.get(meta.component);
  const place: JsonSchema = {};
  if (before === undefined) components.set(meta.component, place); // in the order of first use
  const own = whole(written, bare, ctx);
  if (before !== undefined && JSON.stringify(before) !== JSON.stringify(own))
    throw new TypeError(`${ctx.at}: another schema is called ${meta.component} already`);
  Object.assign(place, own);
  const ref = { $ref: `#/components/schemas/${meta.component}` };
  return described.allow?.includes(null) === true ? { anyOf: [ref, { type: 'null' }] } : ref;
}

const isListed = ({ flags }: Described): boolean => flags?.only === true;

export function metaOf({ metas = [] }: Described): SchemaMeta {
  return Object.assign({}, ...metas) as SchemaMeta;
}

function whole(written: JsonSchema, described: Described, ctx: Context): JsonSchema {
  const { schema: own = {}, beyond } = metaOf(described);
  const ruled = byType(written, described, ctx);
  const listed = isListed(described) ? listOf(described) : undefined;
  const out = { ...(listed ?? { ...ruled, ...own }), ...told(described, beyond) };
  return listed === undefined ? besides(out, described) : out;
}

function byType(written: JsonSchema, described: Described, ctx: Context): JsonSchema {
  switch (described.type) {
    case 'object':
      return objectOf(written, described, ctx);
    case 'array':
      return arrayOf(written, described, ctx);
    case 'alternatives':
      return oneOfThese(written, described, ctx);
    case 'number':
      return numberOf(described);
    case 'string':
      return stringOf(written, described);
    default:
      return { type: described.type };
  }
}

function objectOf(written: JsonSchema, described: Described, ctx: Context): JsonSchema {
  const properties = written.properties as Record<string, JsonSchema> | undefined;
  const keys = Object.entries(described.keys ?? {});
  const required = keys.filter(([, { flags }]) => flags?.presence === 'required').map(([name]) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(
      keys.map(([name, child]) => [name, shaped(properties?.[name] ?? {}, child, inside(ctx, name))]),
    ),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
    ...together(described),
  };
}

/** Fields that exclude each other or go together. */
function together({ dependencies = [] }: Described): JsonSchema {
  const has = (name: string): JsonSchema => ({ required: [name] });
  const parts = dependencies.map(({ rel, key, peers }): JsonSchema => {
    if (rel === 'xor') return { oneOf: peers.map(has) };
    if (rel === 'or') return { anyOf: peers.map(has) };
    if (rel === 'with') return { dependentRequired: { [key!]: peers } };
    return {
      dependentRequired: Object.fromEntries(peers.map((p) => [p, peers.filter((other) => other !== p)])),
    };
  });
  return parts.length === 1 ? parts[0]! : { ...(parts.length === 0 ? {} : { allOf: parts }) };
}

function arrayOf(written: JsonSchema, described: Described, ctx: Context): JsonSchema {
  const [item] = described.items!;
  const { minItems, maxItems } = written;
  return {
    type: 'array',
    items: shaped((written.items ?? {}) as JsonSchema, item!, inside(ctx, '*')),
    ...(minItems === undefined ? {} : { minItems }),
    ...(maxItems === undefined ? {} : { maxItems }),
  };
}

function oneOfThese(written: JsonSchema, described: Described, ctx: Context): JsonSchema {
  const alternatives = (written.anyOf ?? written.oneOf ?? []) as JsonSchema[];
  const schemas = described.matches!.map(({ schema }, i) =>
    shaped(alternatives[i] ?? {}, schema, inside(ctx, String(i))),
  );
  const { discriminator: propertyName } = metaOf(described);
  if (propertyName === undefined) return { anyOf: schemas };
  const named = described.matches!.map(({ schema }, i) => [
    String(schema.keys![propertyName]!.allow!.findLast((value) => typeof value === 'string')),
    schemas[i]!.$ref,
  ]);
  return {
    type: 'object',
    oneOf: schemas,
    discriminator: { propertyName, mapping: Object.fromEntries(named) as unknown },
  };
}

/** Joi refuses numbers that JSON does not keep exactly; JSON Schema has to be told. */
function numberOf({ rules = [] }: Described): JsonSchema {
  const limit = (name: string): number | undefined =>
    rules.find((rule) => rule.name === name)?.args?.limit as number | undefined;
  return {
    type: 'integer',
    format: 'int64',
    minimum: limit('min') ?? Number.MIN_SAFE_INTEGER,
    maximum: limit('max') ?? Number.MAX_SAFE_INTEGER,
  };
}

function stringOf(written: JsonSchema, { rules = [] }: Described): JsonSchema {
  const [first, ...others] = rules
    .filter(({ name }) => name === 'pattern')
    .map(({ args }) => /^\/(.*)\/u?$/s.exec(String(args!.regex))![1]!);
  const { minLength, maxLength } = written;
  return {
    type: 'string',
    ...(minLength === undefined ? {} : { minLength }),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(first === undefined ? {} : { pattern: first }),
    ...(others.length === 0 ? {} : { allOf: others.map((pattern) => ({ pattern })) }),
  };
}

/** The listed values and no others; `null` is one of them like any other. */
function listOf({ allow = [] }: Described): JsonSchema {
  const values = allow.filter((value) => !isOverride(value));
  const types = [...new Set(values.map(typeOf))];
  return { type: types.length === 1 ? types[0] : types, enum: values };
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

/** Values that are taken beside what the rules say. */
function besides(schema: JsonSchema, { allow = [] }: Described): JsonSchema {
  const values = allow.filter((value) => !isOverride(value));
  if (values.length === 0) return schema;
  const others = values.filter((value) => value !== null);
  if (others.length === 0 && typeof schema.type === 'string')
    return { ...schema, type: [schema.type, 'null'] };
  const { description, ...rest } = schema;
  return {
    ...(description === undefined ? {} : { description }),
    anyOf: [
      rest,
      ...(others.length === 0 ? [] : [{ enum: others }]),
      ...(values.includes(null) ? [{ type: 'null' }] : []),
    ],
  };
}

const isOverride = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'override' in value;

/** Title, description, default and examples. The words of a pattern are the description where there is none. */
function told({ flags = {}, rules = [], examples = [] }: Described, beyond?: string): JsonSchema {
  const words = rules.flatMap(({ args }) => {
    const name = (args?.options as { name?: string } | undefined)?.name;
    return name === undefined ? [] : [name];
  });
  const sentences = [flags.description ?? words[0], beyond].filter((text) => text !== undefined);
  return {
    ...(sentences.length === 0 ? {} : { description: sentences.map(String).map(sentence).join(' ') }),
    ...(flags.default === undefined ? {} : { default: flags.default }),
    ...(examples.length === 0 ? {} : { examples }),
  };
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
