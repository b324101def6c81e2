/**
 * Every answer of the API is held against the description that callers are given (OpenAPI): status, headers,
 * content type and body. The platform of the tests is watched by it, so that no test can go past it.
 */
import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import type http from 'node:http';
import path from 'node:path';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import {
  openApiDocument,
  type OpenApiDocument,
  type Operation,
  type Response,
} from '../../api/openapi/document';
import type { Route } from '../../api/registry/route';
import { ROUTES } from '../../api/registry/routes';

export interface Answered {
  method: string;
  /** With its query. */
  url: string;
  status: number;
  headers: http.OutgoingHttpHeaders;
  body: string;
}

/** Of HTTP itself, and of no route: nobody goes by them to use the API. */
const OF_ALL = new Set([
  'allow',
  'cache-control',
  'connection',
  'content-length',
  'content-security-policy',
  'content-type',
  'date',
  'keep-alive',
  'referrer-policy',
  'strict-transport-security',
  'transfer-encoding',
  'vary',
  'x-content-type-options',
]);

export interface Described {
  readonly document: OpenApiDocument;
  /** What is wrong with an answer; nothing when it is as described. */
  mistakesIn(this: void, answered: Answered): string[];
}

const known = new Map<readonly Route[], Described>();
/** Made once a process for each list of routes. */
export function describedAnswers(routes: readonly Route[] = ROUTES): Described {
  const described = known.get(routes) ?? describe(documentOf(routes));
  known.set(routes, described);
  return described;
}

/** Made once a run for each list of routes: every test file with an API would take half a second to make it again. */
function documentOf(routes: readonly Route[]): OpenApiDocument {
  const dir = process.env.TEST_RUN_DIR;
  if (dir === undefined) return openApiDocument(routes, 'test');
  const names = routes.map(({ method, path: where }) => `${method} ${where}`).join('\n');
  const file = path.join(dir, `described-${createHash('sha256').update(names).digest('hex')}.json`);
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as OpenApiDocument;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const document = openApiDocument(routes, 'test');
  const draft = `${file}.${randomUUID()}`;
  fs.writeFileSync(draft, JSON.stringify(document));
  fs.renameSync(draft, file); // whole, whoever else makes it
  return document;
}

/** Compiles schemas of the document as they stand, each once. */
export function compilerOf(document: OpenApiDocument): (schema: object) => ValidateFunction {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, discriminator: true, allErrors: true });
  addFormats(ajv);
  ajv.addKeyword('components');
  ajv.addSchema(forAjv({ components: { schemas: document.components.schemas } }) as object, 'api');
  const compiled = new Map<object, ValidateFunction>();
  return (schema) => {
    let validate = compiled.get(schema);
    if (validate === undefined) compiled.set(schema, (validate = ajv.compile(forAjv(schema) as object)));
    return validate;
  };
}

function describe(document: OpenApiDocument): Described {
  const compile = compilerOf(document);
  const paths = Object.keys(document.paths).toSorted((a, b) => parameters(a) - parameters(b));
  const shapes = paths.map((path) => ({ path, shape: shapeOf(path) }));
  const errorsOf: ErrorsOf = (schema, value) => {
    const validate = compile(schema);
    if (validate(value)) return [];
    return validate.errors!.map((e) => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`);
  };

  return {
    document,
    mistakesIn(answered) {
      const method = answered.method === 'HEAD' ? 'get' : answered.method.toLowerCase();
      const target = answered.url.split('?')[0]!.replace(/(?<=.)\/$/, '');
      const path = shapes.find(({ shape }) => shape.test(target))?.path;
      const operation = path === undefined ? undefined : document.paths[path]?.[method];
      return operation === undefined
        ? mistakesOutside(answered, document, errorsOf)
        : mistakesOf(answered, { operation, document, errorsOf });
    },
  };
}

type ErrorsOf = (schema: object, value: unknown) => string[];

/** Of a path or a method that there is not: a refusal like any other. */
function mistakesOutside(
  { method, status, headers, body }: Answered,
  document: OpenApiDocument,
  errorsOf: ErrorsOf,
): string[] {
  if (method === 'OPTIONS' && status === 204) return [];
  if (status < 400) return [`answers ${status}, and nobody has described it`];
  if (method === 'HEAD') return [];
  return [
    ...(headers['content-type'] === 'application/problem+json' ? [] : ['is no problem']),
    ...errorsOf(document.components.schemas.Problem!, read(body)),
  ];
}

function mistakesOf(
  answered: Answered,
  { operation, document, errorsOf }: { operation: Operation; document: OpenApiDocument; errorsOf: ErrorsOf },
): string[] {
  const { method, status, headers, body } = answered;
  const response = operation.responses[String(status)];
  if (response === undefined) return [`has no answer ${status}: ${body.slice(0, 500)}`];
  const wrongHeaders = mistakesInHeaders(headers, response, document);
  const type = String(headers['content-type'] ?? '').split(';')[0]!;
  if (method === 'HEAD' || status === 304) return wrongHeaders;
  if (response.content === undefined) return body === '' ? wrongHeaders : [...wrongHeaders, 'has a body'];
  const described = response.content[type];
  if (described === undefined) return [...wrongHeaders, `is of the type "${type}"`];
  return [...wrongHeaders, ...errorsOf(described.schema, type.endsWith('json') ? read(body) : body)];
}

function mistakesInHeaders(
  headers: http.OutgoingHttpHeaders,
  { headers: described = {} }: Response,
  document: OpenApiDocument,
): string[] {
  const names = new Map(Object.keys(described).map((name) => [name.toLowerCase(), name]));
  const unknown = Object.keys(headers).filter((name) => !names.has(name) && !OF_ALL.has(name));
  const components = (document.components as unknown as { headers: Record<string, HeaderObject> }).headers;
  const wrong = [...names].flatMap(([lower, name]) => {
    const { required = false, schema } = components[name]!;
    const value = headers[lower];
    if (value === undefined) return required ? [`lacks the header ${name}`] : [];
    const fits =
      schema.type === 'integer'
        ? /^\d{1,9}$/.test(String(value)) && Number(value) >= (schema.minimum ?? 0)
        : (schema.enum?.includes(String(value)) ?? new RegExp(schema.pattern!, 'u').test(String(value)));
    return fits ? [] : [`has the header ${name}: ${String(value)}`];
  });
  return [...unknown.map((name) => `has the header ${name}, of which nobody knows`), ...wrong];
}
interface HeaderObject {
  required?: boolean;
  schema: { type: string; pattern?: string; enum?: string[]; minimum?: number };
}

/** A listener whose answers are looked at when they are out. */
export function watched(
  listener: http.RequestListener,
  report: (mistake: string) => void,
  routes: readonly Route[] = ROUTES,
): http.RequestListener {
  return (req, res) => {
    const parts: Buffer[] = [];
    const keep = (chunk: unknown): void => {
      if (typeof chunk === 'string') parts.push(Buffer.from(chunk));
      else if (chunk instanceof Uint8Array) parts.push(Buffer.from(chunk));
    };
    const write = res.write.bind(res) as (...args: unknown[]) => boolean;
    const end = res.end.bind(res) as (...args: unknown[]) => http.ServerResponse;
    res.write = ((...args: unknown[]) => {
      keep(args[0]);
      return write(...args);
    }) as typeof res.write;
    res.end = ((...args: unknown[]) => {
      keep(args[0]);
      return end(...args);
    }) as typeof res.end;
    res.once('finish', () => {
      const answered = {
        method: req.method ?? '',
        url: req.url ?? '',
        status: res.statusCode,
        headers: headersSent(res),
        body: Buffer.concat(parts).toString('utf8'),
      };
      for (const mistake of describedAnswers(routes).mistakesIn(answered))
        report(
          `${answered.method} ${answered.url} ${answered.status} ${mistake.slice(0, 200)} in ${answered.body.slice(0, 300)}`,
        );
    });
    listener(req, res);
  };
}

/** As they went out, by their names in small letters; one that is there twice has both values. */
function headersSent(res: http.ServerResponse): http.OutgoingHttpHeaders {
  const head = (res as { _header?: string })._header ?? '';
  const sent: Record<string, string> = {};
  for (const line of head.split('\r\n').slice(1, -2)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    sent[name] = name in sent ? `${sent[name]}, ${value}` : value;
  }
  return sent;
}

/** What is said when a test ends. */
export const notAsDescribed = (mistakes: readonly string[]): string =>
  [`${mistakes.length} answers are not as the API describes them:`, ...new Set(mistakes)]
    .slice(0, 20)
    .join('\n');

const parameters = (path: string): number => path.split('{').length;

/** A path of the description as a pattern. What providers put after their token may have slashes. */
function shapeOf(path: string): RegExp {
  const pattern = path
    .replaceAll('.', String.raw`\.`)
    .replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      path.startsWith('/callbacks/') && name === 'path' ? '.+' : '[^/]+',
    );
  return new RegExp(`^${pattern}$`, 'i');
}

function read(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** ajv refuses the mapping of a discriminator, which readers of the document need; the components stand apart. */
function forAjv(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(forAjv);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([name, inner]) => name !== 'mapping' || typeof inner !== 'object')
      .map(([name, inner]) => [name, name === '$ref' ? `api${String(inner)}` : forAjv(inner)]),
  );
}
