import { createHash } from 'node:crypto';
import type { Access, Answer, Body, RawBody, Route } from '../registry/route';
import { SESSION_COOKIE } from '../../domain/auth/sessions';
import { problem } from '../answers/common';
import { HEADERS, headersOf } from './headers';
import { jsonSchemaOf, type Components, type JsonSchema } from './json-schema';
import { parametersOf } from './parameters';
import { problemAnswers } from './problems';
import { ABOUT, ABOUT_STAFF, tagsOf } from './about';

/** The description of the API (OpenAPI 3.1), made from its routes: what is not declared there is not in it. */
export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}
export interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly JsonSchema[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: JsonSchema }>> };
  readonly responses: Readonly<Record<string, Response>>;
}
export interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly $ref: string } | { readonly required?: boolean }>>;
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

const API_KEY = {
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    description:
      'An API key of Munim, as `mk_test_…`, or an access token of somebody who is signed in.' +
      ' What it may do is said by its scopes.',
  },
};
const STAFF_SIGN_IN = {
  staffSignIn: {
    type: 'http',
    scheme: 'bearer',
    description:
      'The token of a sign-in of staff, as `munim sign-in` keeps it. What it may do is said by the role.',
  },
  staffSession: {
    type: 'apiKey',
    in: 'cookie',
    name: SESSION_COOKIE,
    description: 'The sign-in of a browser to the console. It counts from pages of the console alone.',
  },
};

/** Throws TypeError for a schema of which JSON Schema cannot say what it asks for. */
export function openApiDocument(routes: readonly Route[], version: string): OpenApiDocument {
  const components: Components = new Map();
  jsonSchemaOf(problem, components);
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = openApiPath(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, components) };
  }
  return {
    openapi: '3.1.1',
    ...ABOUT,
    info: { ...(isOfStaff(routes) ? ABOUT_STAFF : ABOUT.info), version },
    tags: tagsOf(routes),
    paths,
    components: {
      securitySchemes: {
        ...(routes.some(({ access }) => access.kind === 'key') ? API_KEY : {}),
        ...(isOfStaff(routes) ? STAFF_SIGN_IN : {}),
      },
      headers: headersIn(paths),
      schemas: Object.fromEntries([...components].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    },
  } as OpenApiDocument;
}

/** Those that some answer has. */
function headersIn(paths: object): object {
  const text = JSON.stringify(paths);
  return Object.fromEntries(
    Object.entries(HEADERS).filter(([name]) => text.includes(`"#/components/headers/${name}"`)),
  );
}

const isOfStaff = (routes: readonly Route[]): boolean => routes.some(({ access }) => access.kind === 'staff');

function securityOf(access: Access): object[] {
  if (access.kind === 'key') return access.scopes.map((scope) => ({ apiKey: [scope] }));
  return access.kind === 'staff' ? [{ staffSignIn: [] }, { staffSession: [] }] : [];
}

function asksOf(access: Access): string {
  if (access.kind === 'key') return ` Asks for the scope \`${access.scopes.join('` or `')}\`.`;
  return access.kind === 'staff' && access.permission !== 'anyone'
    ? ` Asks for the permission \`${access.permission}\`.`
    : '';
}

/** OpenAPI has no word for "and whatever follows". */
export const openApiPath = (path: string): string => path.replace('{+', '{');

function operationOf(route: Route, components: Components): Operation {
  const { access, body, examples = [] } = route;
  const parameters = parametersOf(route);
  return {
    operationId: operationId(route),
    summary: route.summary,
    description: descriptionOf(route),
    tags: [route.tag],
    security: securityOf(access),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: contentOf(body, examples, components),
          },
        }),
    responses: responsesOf(route, components),
  } as Operation;
}

function contentOf(
  body: Body,
  examples: NonNullable<Route['examples']>,
  components: Components,
): Record<string, JsonSchema> {
  if (body.kind === 'raw')
    return { [body.mediaType]: { schema: body.mediaType === 'application/json' ? {} : textOf(body) } };
  const described = {
    schema: jsonSchemaOf(body.schema, components),
    ...(examples.length === 0 ? {} : { examples: shown(examples) }),
  };
  return body.kind === 'form'
    ? { 'application/x-www-form-urlencoded': described }
    : { 'application/json': described };
}

/** No character has less than a byte. */
const textOf = ({ maxBytes, pattern, mediaType }: RawBody): JsonSchema => ({
  type: 'string',
  ...(pattern === undefined ? {} : { pattern }),
  ...(mediaType === 'application/octet-stream' ? { format: 'binary' } : {}),
  maxLength: maxBytes,
});

/** By status; one may be an answer of the route and a refusal too, each with a type of its own. */
function responsesOf(route: Route, components: Components): Record<string, Response> {
  const responses = problemAnswers(route);
  for (const [status, answer] of Object.entries(route.answers)) {
    const own = responseOf(answer, status, components);
    const refusal = responses[status];
    responses[status] = {
      ...own,
      headers: { ...refusal?.headers, ...own.headers },
      ...(refusal === undefined ? {} : { content: { ...own.content, ...refusal.content } }),
    };
  }
  return responses;
}

function responseOf(answer: Answer, status: string, components: Components): Response {
  const { schema, example, content } = answer;
  return {
    description: sentence(answer.description),
    headers: headersOf(Number(status), answer.headers),
    ...(schema === undefined && content === undefined
      ? {}
      : {
          content: {
            ...(schema === undefined
              ? {}
              : {
                  'application/json': {
                    schema: jsonSchemaOf(schema, components),
                    ...(example === undefined ? {} : { example }),
                  },
                }),
            ...Object.fromEntries(Object.entries(content ?? {}).map(([type, of]) => [type, { schema: of }])),
          },
        }),
  };
}

function descriptionOf({ description, limits, idempotency, access }: Route): string {
  const once = idempotency === 'key' ? ' It moves something once, under its `Idempotency-Key`.' : '';
  return `${description === undefined ? '' : `${sentence(description)} `}Class of limits: \`${limits}\`.${asksOf(access)}${once}`;
}

/** `postDmtSendersByIdEkyc` */
export function operationId({ method, path }: Pick<Route, 'method' | 'path'>): string {
  const words = path
    .replace(/^(?:\/admin)?\/v1/, '')
    .split('/')
    .filter((part) => part !== '')
    .map((part) =>
      part
        .replace(/^\{\+?(\w+)\}$/, 'by-$1')
        .split(/[-._]/)
        .map(capital)
        .join(''),
    );
  return method.toLowerCase() + words.join('');
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

function shown(examples: NonNullable<Route['examples']>): JsonSchema {
  const named = examples
    .filter(({ body }) => body !== undefined)
    .map(({ summary, body }, i) => [`example${i + 1}`, { summary, value: body }]);
  return Object.fromEntries(named) as JsonSchema;
}

/** The document as it is served, and the tag by which a reader knows that it has it already. */
export interface ServedDocument {
  readonly text: string;
  readonly etag: string;
}

export function servedDocument(routes: readonly Route[], version: string): ServedDocument {
  const text = JSON.stringify(openApiDocument(routes, version));
  return { text, etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 32)}"` };
}
