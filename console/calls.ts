/**
 * Routes of the console for programs in the browser: JSON in and out, a problem (RFC 9457) for what is refused. A call
 * that changes something must come from a page of ours, and leaves two audit rows: one before, without which nothing is
 * done, and one with the result.
 */
import type { Context } from 'koa';
import type { Knex } from 'knex';
import getRawBody from 'raw-body';
import { ACCESS_ERRORS } from '../domain/access/errors';
import type { Permission } from '../domain/access/permissions';
import { recordAudit, type AuditEntry } from '../domain/audit/audit';
import type { OpsSession } from '../domain/auth/sessions';
import { DomainError, type Refusal } from '../domain/errors/errors';
import type { Clock } from '../platform/clock';
import { parsePublicId, type IdKind } from '../platform/ids';
import { inexactNumbers } from '../platform/json-text';
import { sessionOf, type PageRoute } from './pages';
import { CALLS, sendProblem } from './problem';
import { isSameOrigin } from './same-origin';

/** What a call was sent. */
export interface CallInput {
  session: OpsSession;
  /** The part `id` of the path. */
  id: string;
  query: Given;
  /** Of a call that takes JSON. */
  body: Given;
  /** Of a call that takes a file. */
  bytes: Buffer;
}

interface CallBase<Deps> {
  readonly path: string;
  readonly summary: string;
  readonly access: Permission;
  /** Parameters of the query that it knows. */
  readonly query?: readonly string[];
  readonly handle: (input: CallInput, deps: Deps) => Promise<object>;
}
type Call<Deps> = CallBase<Deps> &
  (
    | { readonly method: 'GET' }
    | {
        readonly method: 'POST';
        /** In the audit log: `break.assign`. */
        readonly action: string;
        /** The fields of its JSON, or how many bytes a file may have. */
        readonly body: readonly string[] | number;
      }
  );

interface CallDependencies {
  knex: Knex;
  clock: Clock;
  origin: string;
}

const MAX_JSON_BYTES = 65_536;
const MAX_AUDITED = 100;

/** `callsOf<Deps>()({ … })` declares a call. */
export function callsOf<Deps>() {
  return (declared: Call<Deps>): PageRoute<Deps & CallDependencies> => ({
    method: declared.method,
    path: `${CALLS}${declared.path}`,
    summary: declared.summary,
    access: declared.access,
    isCall: true,
    handle: async (ctx, deps) => {
      try {
        const input = await inputOf(ctx, declared, deps.origin);
        const answer =
          declared.method === 'GET'
            ? await declared.handle(input, deps)
            : await audited(ctx, deps, { action: declared.action, session: input.session }, () =>
                declared.handle(input, deps),
              );
        ctx.type = 'application/json';
        ctx.body = JSON.stringify(answer);
      } catch (error) {
        if (!(error instanceof DomainError) || error.kind === 'internal') throw error;
        sendProblem(ctx, error);
      }
    },
  });
}

async function audited(
  ctx: Context,
  { knex, clock }: CallDependencies,
  { action, session }: { action: string; session: OpsSession },
  act: () => Promise<object>,
): Promise<object> {
  const note = (outcome: AuditEntry['outcome'], detail: AuditEntry['detail'] = {}): Promise<void> =>
    recordAudit(knex, {
      ...{ at: clock.now(), actor: session.userId, actorIp: ctx.ip, action, outcome, detail },
      subject: `route:${ctx.path}${ctx.querystring === '' ? '' : '?'}${ctx.querystring.slice(0, MAX_AUDITED)}`,
    });
  await note('attempted');
  try {
    const answer = await act();
    await note('succeeded');
    return answer;
  } catch (error) {
    await note('failed', { code: error instanceof DomainError ? error.code : 'INTERNAL_ERROR' });
    throw error;
  }
}

async function inputOf(ctx: Context, call: Call<never>, origin: string): Promise<CallInput> {
  const { id = '' } = ctx.params as { id?: string };
  const query = queryOf(ctx, call.query ?? []);
  const common = { session: sessionOf(ctx), id, query };
  const nothing = { body: new Given({}, '#/'), bytes: Buffer.alloc(0) };
  if (call.method === 'GET') return { ...common, ...nothing };
  if (!isSameOrigin(ctx, origin))
    throw new DomainError(ACCESS_ERRORS.OPS_ORIGIN_REFUSED, { detail: `this must be sent from ${origin}` });
  if (typeof call.body === 'number')
    return { ...common, ...nothing, bytes: await read(ctx, 'application/octet-stream', call.body) };
  return {
    ...common,
    ...nothing,
    body: jsonOf(await read(ctx, 'application/json', MAX_JSON_BYTES), call.body),
  };
}

async function read(ctx: Context, type: string, limit: number): Promise<Buffer> {
  if (ctx.is(type) === false || ctx.get('content-type') === '')
    throw new DomainError('REQUEST_MEDIA_TYPE_UNSUPPORTED', { detail: `send it as ${type}` });
  try {
    return await getRawBody(ctx.req, { limit, length: ctx.get('content-length') || undefined });
  } catch (error) {
    const isTooLarge = (error as { type?: unknown }).type === 'entity.too.large';
    if (isTooLarge)
      throw new DomainError('REQUEST_TOO_LARGE', { detail: `it may have ${limit} bytes`, cause: error });
    throw new DomainError('REQUEST_BODY_UNPARSABLE', { detail: 'it did not arrive whole', cause: error });
  }
}

function jsonOf(bytes: Buffer, fields: readonly string[]): Given {
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DomainError('REQUEST_BODY_UNPARSABLE', { detail: 'send a JSON object', cause: error });
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value) || inexactNumbers(text).length > 0)
    throw new DomainError('REQUEST_FIELD_INVALID', { detail: 'send a JSON object with whole numbers' });
  return known(value as Record<string, unknown>, fields, '#/');
}

function queryOf(ctx: Context, names: readonly string[]): Given {
  const values = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of new URLSearchParams(ctx.querystring)) {
    if (name in values)
      throw new DomainError('REQUEST_FIELD_UNKNOWN', { detail: 'a query parameter is named twice' });
    values[name] = value;
  }
  return known(values, names, '?');
}

function known(values: Record<string, unknown>, names: readonly string[], at: string): Given {
  const other = Object.keys(values).find((name) => !names.includes(name));
  if (other === undefined) return new Given(values, at);
  throw new DomainError('REQUEST_FIELD_UNKNOWN', {
    detail: names.length === 0 ? 'it takes none' : `it knows ${names.join(', ')}`,
  });
}

/** Values by name, each read by its form. Throws DomainError REQUEST_FIELD_INVALID. */
export class Given {
  constructor(
    private readonly values: Readonly<Record<string, unknown>>,
    private readonly at: string,
  ) {}

  optional(name: string, form: RegExp, inWords: string): string | undefined {
    const value = this.values[name];
    if (value === undefined) return undefined;
    if (typeof value === 'string' && form.test(value)) return value;
    throw this.invalid(name, `must be ${inWords}`);
  }

  text(name: string, form: RegExp, inWords: string): string {
    const value = this.optional(name, form, inWords);
    if (value === undefined) throw this.invalid(name, 'is required');
    return value;
  }

  /** A day that there is. */
  optionalDay(name: string): string | undefined {
    const day = this.optional(name, /^2\d{3}-\d\d-\d\d$/, 'a day such as 2026-11-28');
    if (day === undefined || new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day)) return day;
    throw this.invalid(name, 'must be a day of the calendar');
  }

  day(name: string): string {
    const day = this.optionalDay(name);
    if (day === undefined) throw this.invalid(name, 'is required');
    return day;
  }

  optionalId(name: string, kind: IdKind): string | undefined {
    const value = this.optional(name, /^[a-z]{3}_[0-9a-z]{26}$/, `an id of a ${kind}`);
    if (value === undefined) return undefined;
    const id = parsePublicId(kind, value);
    if (id === undefined) throw this.invalid(name, `must be an id of a ${kind}`);
    return id;
  }

  number(name: string, { from, to, otherwise }: { from: number; to: number; otherwise: number }): number {
    const text = this.optional(name, /^\d{1,6}$/, `a number from ${from} to ${to}`);
    const value = text === undefined ? otherwise : Number(text);
    if (value >= from && value <= to) return value;
    throw this.invalid(name, `must be from ${from} to ${to}`);
  }

  isNull(name: string): boolean {
    return this.values[name] === null;
  }

  invalid(name: string, detail: string): DomainError {
    return new DomainError('REQUEST_FIELD_INVALID', {
      detail: `${name} ${detail}`,
      errors: [{ pointer: `${this.at}${name}`, code: 'FIELD_FORM_WRONG', detail }],
    });
  }
}

/** The id of a path. Throws the refusal for one that cannot exist. */
export function idOf(kind: IdKind, text: string, missing: Refusal): string {
  const id = parsePublicId(kind, text);
  if (id === undefined) throw new DomainError(missing);
  return id;
}
