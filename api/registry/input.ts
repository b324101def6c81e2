import type { IncomingHttpHeaders } from 'node:http';
import type { Context } from 'koa';
import { leaveSeat } from '../middleware/limits';
import { readForm, readJson, readRaw } from '../middleware/json-body';
import { idempotencyKey } from '../schemas/headers';
import { queryOf, refuseQuery } from '../schemas/query';
import { refuseInexact, validate } from '../schemas/validate';
import type { AnyInput, Body, RequestFacts, Route } from './route';

/** Checks all that a route declares of its requests. */
export function inputOf({
  query,
  headers,
  idempotency,
  params,
  body,
}: Route): (ctx: Context) => Promise<AnyInput> {
  const readHeaders = Object.entries(headers);
  const readParams = Object.entries(params);
  return async (ctx) => {
    if (query === undefined) refuseQuery(ctx);
    return {
      caller: ctx.state.caller as unknown,
      query: query === undefined || query === 'ignored' ? undefined : queryOf(ctx, query),
      headers: each(readHeaders, (header) => header.read(ctx)),
      key: idempotency === 'key' ? idempotencyKey(ctx) : undefined,
      params: each(readParams, (param, name) => param.read(partOf(ctx, name))),
      body: body === undefined ? undefined : await bodyOf(ctx, body),
      request: new Facts(ctx),
    };
  };
}

function each<T>(
  declared: readonly (readonly [string, T])[],
  read: (one: T, name: string) => unknown,
): Readonly<Record<string, unknown>> {
  return declared.length === 0
    ? NONE
    : Object.fromEntries(declared.map(([name, one]) => [name, read(one, name)]));
}
const NONE = Object.freeze({});

function partOf(ctx: Context, name: string): string {
  return (ctx.params as Readonly<Record<string, string | undefined>>)[name] ?? '';
}

/** Every number of ours is whole and written so. */
export async function bodyOf(ctx: Context, body: Body): Promise<unknown> {
  if (body.kind === 'raw') return readRaw(ctx, body.maxBytes);
  if (body.kind === 'form') return readForm(ctx, body.maxBytes);
  const { value, inexact } = await readJson(ctx, body.maxBytes);
  const checked = validate(body.schema, value, '#');
  refuseInexact(inexact);
  return checked;
}

class Facts implements RequestFacts {
  constructor(private readonly ctx: Context) {}
  get id(): string {
    return this.ctx.state.requestId as string;
  }
  get ip(): string {
    return this.ctx.ip;
  }
  get path(): string {
    return this.ctx.path;
  }
  get querystring(): string {
    return this.ctx.querystring;
  }
  get headers(): IncomingHttpHeaders {
    return this.ctx.headers;
  }
  isGone(): boolean {
    return this.ctx.req.socket.destroyed;
  }
  waits(): void {
    leaveSeat(this.ctx);
  }
}
