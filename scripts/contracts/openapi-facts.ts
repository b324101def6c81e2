/** What an OpenAPI file says of each call, as facts. Prose and examples are left out. */
import { put, type Facts } from './facts';

type Json = Record<string, unknown>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const RULES = [
  'format',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
] as const;

export function openapiFacts(document: Json): Facts {
  const facts: Facts = new Map();
  for (const [route, item] of Object.entries((document.paths ?? {}) as Record<string, Json>))
    for (const method of METHODS) {
      const operation = item[method] as Json | undefined;
      if (operation === undefined) continue;
      const call = `${method.toUpperCase()} ${route}`;
      put(facts, call, 'call', operation.deprecated === true ? 'deprecated' : 'there');
      putParameters(facts, document, call, [item.parameters, operation.parameters]);
      putContent(facts, document, `${call}, body`, operation.requestBody as Json | undefined);
      for (const [status, answer] of Object.entries((operation.responses ?? {}) as Record<string, Json>)) {
        put(facts, call, `answer ${status}`, 'there');
        putContent(facts, document, `${call}, answer ${status}`, answer);
      }
    }
  return facts;
}

function putParameters(facts: Facts, document: Json, call: string, lists: readonly unknown[]): void {
  for (const given of lists.flatMap((list) => (list ?? []) as Json[])) {
    const parameter = resolved(document, given);
    const need = parameter.required === true ? 'required' : 'optional';
    const schema = resolved(document, (parameter.schema ?? {}) as Json);
    put(
      facts,
      call,
      `${parameter.in as string} ${parameter.name as string}`,
      [need, ...said(schema)].join(', '),
    );
  }
}

function putContent(facts: Facts, document: Json, group: string, given: Json | undefined): void {
  const { content = {} } = resolved(document, given ?? {}) as { content?: Record<string, { schema?: Json }> };
  const schema = Object.values(content)[0]?.schema;
  if (schema !== undefined) putSchema({ facts, document, group }, schema, '', []);
}

interface Place {
  facts: Facts;
  document: Json;
  group: string;
}

/** `above` are the references that led here: a schema that contains itself is followed once. */
function putSchema(place: Place, given: Json, at: string, above: readonly string[]): void {
  const reference = given.$ref as string | undefined;
  if (reference !== undefined && above.includes(reference)) return;
  const schema = resolved(place.document, given);
  const below = reference === undefined ? above : [...above, reference];
  for (const part of (schema.allOf ?? []) as Json[]) putSchema(place, part, at, below);
  for (const key of ['oneOf', 'anyOf'] as const)
    for (const [index, part] of ((schema[key] ?? []) as Json[]).entries())
      putSchema(place, part, `${at}(${index + 1})`, below);
  if (schema.items !== undefined) putSchema(place, schema.items as Json, `${at}[]`, below);
  const required = new Set((schema.required ?? []) as string[]);
  for (const [name, property] of Object.entries((schema.properties ?? {}) as Record<string, Json>)) {
    const field = at === '' ? name : `${at}.${name}`;
    const need = required.has(name) ? 'required' : 'optional';
    put(place.facts, place.group, field, [need, ...said(resolved(place.document, property))].join(', '));
    putSchema(place, property, field, below);
  }
}

/** Type and rules of a value, in a fixed order. */
function said(schema: Json): string[] {
  const type = [schema.type ?? []].flat() as string[];
  return [
    ...type,
    ...(schema.nullable === true ? ['nullable'] : []),
    ...(schema.enum === undefined
      ? []
      : [`one of ${(schema.enum as unknown[]).map(String).toSorted().join(' | ')}`]),
    ...RULES.flatMap((rule) =>
      schema[rule] === undefined ? [] : [`${rule} ${JSON.stringify(schema[rule])}`],
    ),
  ];
}

function resolved(document: Json, value: Json): Json {
  let at = value;
  for (let hops = 0; typeof at.$ref === 'string' && hops < 20; hops++) at = referredTo(document, at.$ref);
  return at;
}

/** What a reference like `#/components/schemas/Bill` stands for. Throws Error where the file has nothing there. */
export function referredTo(document: Json, reference: string): Json {
  const target = reference
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>(
      (part, key) => (part as Json | undefined)?.[key.replaceAll('~1', '/').replaceAll('~0', '~')],
      document,
    );
  if (target === undefined) throw new Error(`the file refers to ${reference}, which it does not have`);
  return target as Json;
}
