/** The API log for ops staff: what was said between providers and us, with filters, and each line with its masked JSON. Any role may look; nothing changes. */
import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { ApiCall, ApiCallDetails, ApiCallFilter, ApiCallReader } from '../domain/api-log/read';
import type { Sessions } from '../domain/auth/sessions';
import { parsePublicId, publicId } from '../platform/ids';
import { escapeHtml, page } from './html';
import { current } from './login';

const HOME = '/ops/api-calls';
const PAGE = 50;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function apiCallRoutes(deps: { apiCalls: ApiCallReader; sessions: Sessions }): Router {
  const router = new Router();
  router.get(HOME, signedIn(deps.sessions), async (ctx) => {
    const { filter, cursor, problem, values } = readQuery(new URLSearchParams(ctx.querystring));
    if (problem !== undefined) return show(ctx, 400, 'API log', formOf(values, problem));
    const found = await deps.apiCalls.list(filter, {
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    show(ctx, 200, 'API log', formOf(values) + tableOf(found.data) + nextOf(values, found.nextCursor));
  });
  router.get(`${HOME}/:id`, signedIn(deps.sessions), async (ctx) => {
    const id = ctx.params.id ?? '';
    const found = UUID.test(id) ? await deps.apiCalls.get(id) : undefined;
    if (found === undefined)
      return show(
        ctx,
        404,
        'API log',
        `<h1>There is no such call</h1><a class="back" href="${HOME}">Back to the list</a>`,
      );
    show(ctx, 200, 'API call', detailsOf(found));
  });
  return router;
}

function signedIn(sessions: Sessions): Middleware {
  return async (ctx, next) => {
    if (await current(ctx, sessions)) return next();
    ctx.redirect('/ops/login');
  };
}

function show(ctx: Context, status: number, title: string, main: string): void {
  ctx.status = status;
  ctx.type = 'html';
  ctx.body = page(title, main, { wide: true });
}

/** The fields of the form, in order: name, label, and what a value of it must look like. */
const FIELDS = [
  ['provider', 'Provider', /^[a-z0-9_-]{1,60}$/],
  ['operation', 'Operation', /^[a-z0-9_.-]{1,100}$/i],
  ['transaction', 'Transaction (txn_…)', /^(?:txn_[0-9a-z]{26}|[0-9a-f-]{36})$/],
  ['reference', 'Our reference', /^[\w-]{1,100}$/],
  ['result', 'Result (200, timeout …)', /^[\w<> :-]{1,100}$/],
  ['from', 'From (UTC)', /^2\d{3}-\d\d-\d\dT\d\d:\d\d$/],
  ['before', 'Before (UTC)', /^2\d{3}-\d\d-\d\dT\d\d:\d\d$/],
] as const;
type Name = (typeof FIELDS)[number][0];
type Values = Partial<Record<Name, string>>;

interface Query {
  filter: ApiCallFilter;
  cursor?: string;
  problem?: string;
  values: Values;
}

function readQuery(query: URLSearchParams): Query {
  const values: Values = {};
  for (const [name, , form] of FIELDS) {
    const value = (query.get(name) ?? '').trim();
    if (value === '') continue;
    values[name] = value.slice(0, 100);
    if (!form.test(value))
      return { filter: {}, values, problem: `The filter ${name} does not have the required form.` };
  }
  const transactionId =
    values.transaction === undefined
      ? undefined
      : UUID.test(values.transaction)
        ? values.transaction
        : parsePublicId('transaction', values.transaction);
  if (values.transaction !== undefined && transactionId === undefined)
    return { filter: {}, values, problem: 'There is no transaction of this id.' };
  const [from, before] = [instantOf(values.from), instantOf(values.before)];
  if (from === null || before === null) return { filter: {}, values, problem: 'There is no such day.' };
  const cursor = query.get('cursor') ?? '';
  const { provider, operation, reference: ourReference, result } = values;
  const filter = Object.fromEntries(
    Object.entries({ provider, operation, ourReference, result, transactionId, from, before }).filter(
      ([, value]) => value !== undefined,
    ),
  ) as ApiCallFilter;
  return { filter, values, ...(UUID.test(cursor) ? { cursor } : {}) };
}

function instantOf(text: string | undefined): Date | null | undefined {
  if (text === undefined) return undefined;
  const at = new Date(`${text}:00Z`);
  return Number.isNaN(at.getTime()) || !at.toISOString().startsWith(text) ? null : at;
}

function formOf(values: Values, problem?: string): string {
  const inputs = FIELDS.map(
    ([name, label]) => `<div><label for="${name}">${label}</label>
<input id="${name}" name="${name}"${name === 'from' || name === 'before' ? ' type="datetime-local"' : ' spellcheck="false" autocapitalize="none"'} value="${escapeHtml(values[name] ?? '')}"></div>`,
  );
  return `<h1>API log</h1>
${problem === undefined ? '' : `<p class="problem" role="alert">${escapeHtml(problem)}</p>`}
<form method="get" action="${HOME}">
${inputs.join('\n')}
<div><button type="submit">Search</button></div>
</form>`;
}

function tableOf(calls: readonly ApiCall[]): string {
  if (calls.length === 0) return '<p class="note">No call fits.</p>';
  const rows = calls.map(
    (
      c,
    ) => `<tr><td><a href="${HOME}/${c.id}">${timeOf(c.at)}</a></td><td>${escapeHtml(c.provider)}</td><td>${escapeHtml(c.operation)}</td><td>${escapeHtml(`${c.method} ${c.route}`)}</td>
<td>${escapeHtml(c.result)}</td><td class="number">${c.latencyMs}</td><td>${transactionOf(c)}</td><td>${escapeHtml(c.ourReference ?? '')}</td></tr>`,
  );
  return `<div class="scroll"><table>
<thead><tr><th scope="col">Time (UTC)</th><th scope="col">Provider</th><th scope="col">Operation</th><th scope="col">Route</th><th scope="col">Result</th><th scope="col">ms</th><th scope="col">Transaction</th><th scope="col">Our reference</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table></div>`;
}

function nextOf(values: Values, cursor: string | null): string {
  if (cursor === null) return '';
  return `<a class="back" href="${escapeHtml(`${HOME}?${new URLSearchParams({ ...values, cursor }).toString()}`)}">Older calls</a>`;
}

function detailsOf(c: ApiCallDetails): string {
  const facts: [string, string][] = [
    ['Time', `${timeOf(c.at)} UTC`],
    ['Provider', escapeHtml(c.provider)],
    ['Operation', escapeHtml(c.operation)],
    ['Route', escapeHtml(`${c.method} ${c.route}`)],
    ['Result', escapeHtml(c.result)],
    ['Latency', `${c.latencyMs} ms`],
    ['Transaction', transactionOf(c) || 'none'],
    ['Our reference', escapeHtml(c.ourReference ?? 'none')],
  ];
  return `<h1>API call</h1>
<dl>${facts.map(([name, html]) => `<dt>${name}</dt><dd>${html}</dd>`).join('\n')}</dl>
${jsonOf('Request', c.request)}
${jsonOf('Answer', c.response)}
<a class="back" href="${HOME}">Back to the list</a>`;
}

function jsonOf(title: string, value: unknown): string {
  return `<h2>${title}</h2>\n${value === null ? '<p class="note">Nothing was noted.</p>' : `<pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre>`}`;
}

function transactionOf({ transactionId }: ApiCall): string {
  if (transactionId === null) return '';
  const id = publicId('transaction', transactionId);
  return `<a href="${HOME}?transaction=${id}">${id}</a>`;
}

function timeOf(at: Date): string {
  return at.toISOString().slice(0, 23).replace('T', ' ');
}
