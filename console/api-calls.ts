/**
 * The API log for ops staff: each call between a provider and us, with filters, and a page for each with its
 * masked JSON. Every role may read it; nothing here changes anything.
 */
import type { ApiCall, ApiCallDetails, ApiCallFilter, ApiCallReader } from '../domain/api-log/read';
import { parsePublicId, publicId, UUID } from '../platform/ids';
import { html, NOTHING, sendPage, type Html } from './html';
import { pagesOf } from './pages';
import { instantOfIst, timeOf } from './times';

const HOME = '/ops/api-calls';
const PAGE_SIZE = 50;

const BACK = html`<a class="back" href="${HOME}">Back to the list</a>`;

const page = pagesOf<{ apiCalls: ApiCallReader }>();
const COMMON = { method: 'GET', access: 'api_calls.read' } as const;

export const apiCallRoutes = [
  page({
    ...COMMON,
    path: HOME,
    summary: 'The API log, with filters',
    handle: async (ctx, { apiCalls }) => {
      const { filter, cursor, problem, values } = readQuery(new URLSearchParams(ctx.querystring));
      const title = 'API log';
      if (problem !== undefined)
        return sendPage(ctx, 400, { title, main: formOf(values, problem), isWide: true });
      const found = await apiCalls.list(filter, {
        limit: PAGE_SIZE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      const main = html`${formOf(values)} ${tableOf(found.data)} ${nextOf(values, found.nextCursor)}`;
      sendPage(ctx, 200, { title, main, isWide: true });
    },
  }),
  page({
    ...COMMON,
    path: `${HOME}/{id}`,
    summary: 'A call with its masked JSON',
    handle: async (ctx, { apiCalls }) => {
      const { id = '' } = ctx.params as { id?: string };
      const found = UUID.test(id) ? await apiCalls.get(id) : undefined;
      if (found !== undefined)
        return sendPage(ctx, 200, { title: 'API call', main: detailsOf(found), isWide: true });
      const main = html`<h1>There is no such call</h1>
        ${BACK}`;
      sendPage(ctx, 404, { title: 'API log', main, isWide: true });
    },
  }),
];

/** The fields of the form, in order: name, label, the form that a value must have, and that form in words. */
const FIELDS = [
  ['provider', 'Provider', /^[a-z0-9_-]{1,60}$/, 'small letters, digits, _ and -'],
  ['operation', 'Operation', /^[a-z0-9_.-]{1,100}$/i, 'letters, digits and _ . -'],
  [
    'transaction',
    'Transaction (txn_…)',
    /^(?:txn_[0-9a-z]{26}|[0-9a-f-]{36})$/,
    'txn_ and 26 letters or digits, or a UUID',
  ],
  ['reference', 'Our reference', /^[\w-]{1,100}$/, 'letters, digits, _ and -'],
  ['result', 'Result (200, timeout …)', /^[\w<> :-]{1,100}$/, 'letters, digits, spaces and < > : _ -'],
  ['from', 'From (IST)', /^2\d{3}-\d\d-\d\dT\d\d:\d\d$/, 'a time as 2026-11-01T00:00'],
  ['before', 'Before (IST)', /^2\d{3}-\d\d-\d\dT\d\d:\d\d$/, 'a time as 2026-11-01T00:00'],
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
  for (const [name, , form, inWords] of FIELDS) {
    const value = (query.get(name) ?? '').trim();
    if (value === '') continue;
    values[name] = value.slice(0, 100);
    if (!form.test(value)) return { filter: {}, values, problem: `The filter ${name} must be ${inWords}.` };
  }
  const transactionId = transactionIdOf(values.transaction);
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

/** Both forms of a transaction's id are taken: `txn_…`, and the UUID that logs hold. */
function transactionIdOf(text: string | undefined): string | undefined {
  if (text === undefined || UUID.test(text)) return text;
  return parsePublicId('transaction', text);
}

/** A time of the form, in IST; null when there is no such day. */
function instantOf(text: string | undefined): Date | null | undefined {
  return text === undefined ? undefined : instantOfIst(text);
}

function formOf(values: Values, problem?: string): Html {
  const inputs = FIELDS.map(([name, label]) => {
    const isTime = name === 'from' || name === 'before';
    const kind = isTime ? html`type="datetime-local"` : html`spellcheck="false" autocapitalize="none"`;
    return html`<div>
      <label for="${name}">${label}</label>
      <input id="${name}" name="${name}" ${kind} value="${values[name] ?? ''}" />
    </div>`;
  });
  return html`<h1>API log</h1>
    ${problem === undefined ? NOTHING : html`<p class="problem" role="alert">${problem}</p>`}
    <form method="get" action="${HOME}">
      ${inputs}
      <div><button type="submit">Search</button></div>
    </form>`;
}

const COLUMNS = [
  'Time (IST)',
  'Provider',
  'Operation',
  'Route',
  'Result',
  'ms',
  'Transaction',
  'Our reference',
] as const;

function tableOf(calls: readonly ApiCall[]): Html {
  if (calls.length === 0) return html`<p class="note">No call fits.</p>`;
  return html`<table>
    <thead>
      <tr>
        ${COLUMNS.map((name) => html`<th scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${calls.map(rowOf)}
    </tbody>
  </table>`;
}

/** These may be broken anywhere, so that the table fits the page. */
const LONG: ReadonlySet<string> = new Set(['Route', 'Transaction', 'Our reference']);

/** On a phone each line is a card, and `data-label` names its parts. */
function rowOf(call: ApiCall): Html {
  const cells: Record<(typeof COLUMNS)[number], string | number | Html> = {
    'Time (IST)': html`<a href="${HOME}/${call.id}">${timeOf(call.at)}</a>`,
    Provider: call.provider,
    Operation: call.operation,
    Route: `${call.method} ${call.route}`,
    Result: call.result,
    ms: call.latencyMs,
    Transaction: transactionOf(call) ?? NOTHING,
    'Our reference': call.ourReference ?? '',
  };
  return html`<tr>
    ${COLUMNS.map((name) => html`<td class="${LONG.has(name) ? 'long' : ''}" data-label="${name}">${cells[name]}</td>`)}
  </tr>`;
}

function nextOf(values: Values, cursor: string | null): Html {
  if (cursor === null) return NOTHING;
  const query = new URLSearchParams({ ...values, cursor }).toString();
  return html`<a class="back" href="${HOME}?${query}">Older calls</a>`;
}

function detailsOf(call: ApiCallDetails): Html {
  const facts: [string, string | Html][] = [
    ['Time (IST)', timeOf(call.at)],
    ['Provider', call.provider],
    ['Operation', call.operation],
    ['Route', `${call.method} ${call.route}`],
    ['Result', call.result],
    ['Latency', `${call.latencyMs} ms`],
    ['Transaction', transactionOf(call) ?? 'none'],
    ['Our reference', call.ourReference ?? 'none'],
  ];
  return html`<h1>API call</h1>
    <dl>
      ${facts.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
    ${jsonOf('Request', call.request)} ${jsonOf('Answer', call.response)} ${BACK}`;
}

function jsonOf(title: string, value: unknown): Html {
  const shown =
    value === null
      ? html`<p class="note">Nothing was noted.</p>`
      : html`<pre>${JSON.stringify(value, null, 2)}</pre>`;
  return html`<h2>${title}</h2>
    ${shown}`;
}

function transactionOf({ transactionId }: ApiCall): Html | undefined {
  if (transactionId === null) return undefined;
  const id = publicId('transaction', transactionId);
  return html`<a href="${HOME}?transaction=${id}">${id}</a>`;
}
