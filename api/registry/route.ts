import type { IncomingHttpHeaders } from 'node:http';
import type Joi from 'joi';
import type { Actor } from '../../domain/access/access';
import type { Permission } from '../../domain/access/permissions';
import type { Caller } from '../../domain/auth/api-keys';
import type { Refusal } from '../../domain/errors/errors';
import type { Scope } from '../../domain/services/services';
import type { HeaderParameter, PathParameter } from './parameters';
import type { LimitClass } from './limits';

/**
 * A route of the API, declared once. Router, authorisation, validation, the pages of the API and the tests of
 * access are made from these values; `api/registry/routes.ts` lists them all.
 */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Who may call it: whoever shows an API key or an access token with one of the scopes; everybody; whoever sends what
 * shows who they are in the request itself (a password, a refresh token), which the handler checks; a provider, whose
 * signature or token the receiver of callbacks checks; or staff who are signed in, whose role permits it.
 */
export type Access =
  | { readonly kind: 'key'; readonly scopes: readonly [Scope, ...Scope[]] }
  | { readonly kind: 'public' }
  | { readonly kind: 'credentials' }
  | { readonly kind: 'provider' }
  | { readonly kind: 'staff'; readonly permission: Permission | 'anyone' };

/** Who of the staff calls. */
export interface StaffCaller extends Actor {
  readonly by: 'staff';
  /** By which requests are counted: the account. */
  readonly keyId: string;
}

/** An API key or an access token with one of these scopes. */
export const key = (...scopes: readonly [Scope, ...Scope[]]) => ({ kind: 'key', scopes }) as const;
export const PUBLIC = { kind: 'public' } as const;
export const CREDENTIALS = { kind: 'credentials' } as const;
export const PROVIDER = { kind: 'provider' } as const;
/** Staff whose role permits it; `anyone` who is signed in. */
export const staff = <const P extends Permission | 'anyone'>(permission: P) =>
  ({ kind: 'staff', permission }) as const;

/** A JSON object of at most `maxBytes`. */
export interface JsonBody<B> {
  readonly kind: 'json';
  readonly schema: Joi.ObjectSchema<B>;
  readonly maxBytes: number;
}
/** Any bytes, of which the handler makes what it can. */
export interface RawBody {
  readonly kind: 'raw';
  readonly maxBytes: number;
  /** What it is meant to be; the handler looks at the bytes. */
  readonly mediaType: string;
  /** For the description of one that is text: what every such text holds. */
  readonly pattern?: string;
}
/** Fields as an HTML form sends them, for what a standard prescribes so; the handler looks at them. */
export interface FormBody {
  readonly kind: 'form';
  /** For the description: nothing is checked by it. */
  readonly schema: Joi.ObjectSchema<unknown>;
  readonly maxBytes: number;
}
export type Body = JsonBody<unknown> | FormBody | RawBody;
export const LARGEST_BODY_BYTES = 65_536;
export const json = <B>(schema: Joi.ObjectSchema<B>, maxBytes = LARGEST_BODY_BYTES): JsonBody<B> => ({
  kind: 'json',
  schema,
  maxBytes,
});
export const raw = (maxBytes: number, mediaType = 'application/json', pattern?: string): RawBody => ({
  kind: 'raw',
  maxBytes,
  mediaType,
  ...(pattern === undefined ? {} : { pattern }),
});
export const form = (schema: Joi.ObjectSchema<unknown>, maxBytes = LARGEST_FORM_BYTES): FormBody => ({
  kind: 'form',
  schema,
  maxBytes,
});
const LARGEST_FORM_BYTES = 8_192;

/**
 * What is answered with a status: JSON of a schema, or other `content`, by its type and with a JSON Schema. A
 * header's value says what it is for.
 */
export interface Answer {
  readonly description: string;
  readonly schema?: Joi.Schema;
  readonly content?: Readonly<Record<string, object>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly example?: unknown;
}
export type Answers = Readonly<Record<number, Answer>>;

/** A request as a caller may send it: for the pages of the API, and for tests. */
export interface Example {
  readonly summary: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** What a handler answers. Text is JSON already. */
export interface Reply<Status extends number = number> {
  readonly status: Status;
  readonly body?: object | string;
  /** Of another body than JSON. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Of the request itself, what a handler may need beside its checked parts. */
export interface RequestFacts {
  readonly id: string;
  /** Of the caller. */
  readonly ip: string;
  readonly path: string;
  readonly querystring: string;
  readonly headers: IncomingHttpHeaders;
  /** The caller has hung up. */
  isGone(): boolean;
  /** What follows is waiting, during which others may have the place of this request. */
  waits(): void;
}

type Parameters = Readonly<Record<string, PathParameter<unknown>>>;
type Headers = Readonly<Record<string, HeaderParameter<unknown>>>;
type Nothing = Readonly<Record<string, never>>;
/** `ignored`: parameters may stand there, and nobody reads them. */
export type Query = Joi.ObjectSchema<unknown> | 'ignored';
export type Idempotency = 'key' | 'none';

type ValueOf<D> = D extends Joi.ObjectSchema<infer Value> ? Value : undefined;
type BodyOf<D> =
  D extends JsonBody<infer B>
    ? B
    : D extends FormBody
      ? URLSearchParams
      : D extends RawBody
        ? Buffer
        : undefined;

/** The request of a route, each part checked by what the route declares. */
export interface Input<A, P, Q, H, B, I> {
  readonly caller: A extends { kind: 'key' } ? Caller : A extends { kind: 'staff' } ? StaffCaller : undefined;
  /** The Idempotency-Key. */
  readonly key: I extends 'key' ? string : undefined;
  readonly params: { readonly [Name in keyof P]: P[Name] extends PathParameter<infer Value> ? Value : never };
  readonly query: ValueOf<Q>;
  readonly headers: {
    readonly [Name in keyof H]: H[Name] extends HeaderParameter<infer Value> ? Value : never;
  };
  readonly body: BodyOf<B>;
  readonly request: RequestFacts;
}

interface Facts {
  readonly method: Method;
  /** `/v1/transactions/{id}`; `{+rest}` is whatever follows, slashes too (RFC 6570). */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  /** The group of the pages of the API that it belongs to. */
  readonly tag: string;
  readonly limits: LimitClass;
  /** It is answered when a provider has done it, while a customer waits at a terminal. */
  readonly untilDone?: true;
  /** Of a route for staff that changes something: what the audit log calls it, `break.assign`. */
  readonly action?: string;
  /** The codes that it can answer with, beside those that any route of its access and body has. */
  readonly problems?: readonly Refusal[];
  readonly examples?: readonly Example[];
}

/** A route whose handler needs `Deps`. `Route<never>` is any route, to be read and not called. */
export interface Route<Deps = never> extends Facts {
  readonly access: Access;
  readonly idempotency: Idempotency;
  readonly params: Parameters;
  readonly query: Query | undefined;
  readonly headers: Headers;
  readonly body: Body | undefined;
  readonly answers: Answers;
  readonly handle: (input: AnyInput, deps: Deps) => Reply | Promise<Reply>;
}
export type AnyInput = Readonly<Record<keyof Input<0, 0, 0, 0, 0, 0>, unknown>>;

interface Declaration<Deps, A, P, Q, H, B, I, S> extends Facts {
  readonly access: A;
  /** `key`: the request moves something once, under the Idempotency-Key that it must bring. */
  readonly idempotency: I;
  readonly params?: P;
  /** Without it a query is refused. */
  readonly query?: Q;
  readonly headers?: H;
  readonly body?: B;
  readonly answers: S;
  readonly handle: (
    this: void,
    input: Input<A, P, Q, H, B, I>,
    deps: Deps,
  ) => Reply<keyof S & number> | Promise<Reply<keyof S & number>>;
}

/** `routesOf<Deps>()({ … })` declares a route; its handler's input has the types of what it declares. */
export function routesOf<Deps>() {
  return function route<
    const A extends Access,
    const I extends Idempotency,
    S extends Answers,
    P extends Parameters = Nothing,
    Q extends Query | undefined = undefined,
    H extends Headers = Nothing,
    B extends Body | undefined = undefined,
  >(declared: Declaration<Deps, A, P, Q, H, B, I, S>): Route<Deps> {
    const { params, query, headers, body, handle } = declared;
    // The router makes the input by the same declarations from which its type is derived.
    const handleAny = handle as unknown as Route<Deps>['handle'];
    return { ...declared, params: params ?? {}, query, headers: headers ?? {}, body, handle: handleAny };
  };
}
