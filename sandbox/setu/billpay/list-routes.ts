/**
 * Lists, oldest first. `after` is the last id of the previous page. `nextPage` is written as in the
 * contract's examples, without the version; clients use its query only. A parameter with several values is
 * comma-separated (`explode: false`) or repeated, and matches any of them.
 */
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { answer } from '../product';
import type { Row } from '../tables';
import { istDate, istDayBounds } from '../times';
import { ok, type BillpayDeps } from './answers';
import { BILLERS, billerOf, CATEGORIES, type Biller } from './catalogue';
import { billerEntity, disputeEntity, LISTED_AT, planEntity, transactionEntity } from './entities';
import { invalidCategory, invalidLimit, validationError } from './errors';
import { channelsOf, modesOf } from './limits';
import { PLANS } from './plans';

const DEFAULT_LIMIT = 100;
/** Parameters that are arrays in the contract. */
const LISTS: ReadonlySet<string> = new Set([
  'ids',
  'categoryName',
  'paymentChannel',
  'paymentMode',
  'categories',
  'months',
  'status',
  'transactionIds',
  'paymentRefIds',
  'billerIds',
  'expand',
]);
const PAGE_LIMITS = { billers: 250, 'billers/plans': 4_000, transactions: 1_000, disputes: 1_000 } as const;

export function createListRoutes(router: Router, deps: BillpayDeps): void {
  router.get('/bbps/categories', (ctx) => {
    ctx.body = ok({
      categories: CATEGORIES.map((name) => ({
        name,
        billerCount: BILLERS.filter((b) => b.category === name).length,
      })),
    });
  });
  router.get('/bbps/billers', (ctx) => {
    listBillers(ctx);
  });
  router.get('/bbps/billers/plans', (ctx) => {
    listPlans(ctx);
  });
  router.get('/bbps/transactions', (ctx) => listTransactions(deps, ctx));
  router.get('/bbps/disputes', (ctx) => listDisputes(deps, ctx));
}

/** All values of a parameter in their order; empty when it is missing. */
const valuesOf = (ctx: Context, name: string): string[] =>
  [ctx.query[name] ?? []]
    .flat()
    .flatMap((text) => (LISTS.has(name) ? text.split(',') : text))
    .filter((text) => text !== '');
const firstValue = (ctx: Context, name: string): string | undefined => valuesOf(ctx, name)[0];

/** A test for the values of a parameter. A missing parameter accepts every value. */
function matcher(ctx: Context, name: string): (value: string) => boolean {
  const wanted = new Set(valuesOf(ctx, name));
  return (value) => wanted.size === 0 || wanted.has(value);
}

/** The catalogue never changes after LISTED_AT. */
function isUpdatedSince(ctx: Context): boolean {
  const since = firstValue(ctx, 'updatedSince');
  if (since === undefined) return true;
  if (Number.isNaN(Date.parse(since))) throw validationError('updatedSince must be a date-time');
  return Date.parse(since) <= Date.parse(LISTED_AT);
}

/** One page of a list, and the address of the next page. */
function pageOf<T>(
  ctx: Context,
  list: keyof typeof PAGE_LIMITS,
  found: readonly T[],
  keyOf: (item: T) => string,
): { items: T[]; next: { nextPage?: string }; total: number } {
  const text = firstValue(ctx, 'limit') ?? String(DEFAULT_LIMIT);
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > PAGE_LIMITS[list]) throw invalidLimit(PAGE_LIMITS[list]);
  const after = firstValue(ctx, 'after');
  const start = after === undefined ? 0 : found.findIndex((item) => keyOf(item) === after) + 1;
  if (after !== undefined && start === 0) throw validationError('after is not an id of this list');
  const items = found.slice(start, start + limit);
  if (start + items.length >= found.length) return { items, next: {}, total: found.length };
  const query = new URLSearchParams(
    Object.entries(ctx.query).flatMap(([name, value]) =>
      name === 'after' ? [] : [value ?? []].flat().map((v): [string, string] => [name, v]),
    ),
  );
  query.append('after', keyOf(items.at(-1)!));
  return { items, next: { nextPage: `/api/bbps/${list}?${query.toString()}` }, total: found.length };
}

function listBillers(ctx: Context): void {
  const categories = valuesOf(ctx, 'categoryName');
  if (categories.some((name) => !CATEGORIES.includes(name))) throw invalidCategory();
  const search = firstValue(ctx, 'search')?.toLowerCase() ?? '';
  const matches = {
    category: matcher(ctx, 'categoryName'),
    id: matcher(ctx, 'ids'),
    coverage: matcher(ctx, 'coverage'),
  };
  const isUpdated = isUpdatedSince(ctx);
  const isWanted = (b: Biller): boolean =>
    isUpdated &&
    matches.category(b.category) &&
    matches.id(b.id) &&
    matches.coverage(b.coverage) &&
    b.name.toLowerCase().includes(search) &&
    valuesOf(ctx, 'paymentMode').every((mode) => modesOf(b).includes(mode)) &&
    valuesOf(ctx, 'paymentChannel').every((channel) => channelsOf(b).includes(channel)) &&
    firstValue(ctx, 'upmsEnabled') !== 'true' &&
    firstValue(ctx, 'pseudoBiller') !== 'true';
  const { items, next, total } = pageOf(ctx, 'billers', BILLERS.filter(isWanted), (b) => b.id);
  ctx.body = ok({ billers: items.map(billerEntity), total, ...next });
}

function listPlans(ctx: Context): void {
  if (valuesOf(ctx, 'billerIds').length === 0) throw validationError('billerIds is required');
  const isWanted = matcher(ctx, 'billerIds');
  const isUpdated = isUpdatedSince(ctx);
  const { items, next, total } = pageOf(
    ctx,
    'billers/plans',
    PLANS.filter((p) => isUpdated && isWanted(p.billerId)),
    (p) => `${p.billerId}.${p.id}`,
  );
  ctx.body = ok({ plans: items.map(planEntity), total, ...next });
}

/** Selects by the partner's own timestamps, both days included. */
async function listTransactions({ book }: BillpayDeps, ctx: Context): Promise<void> {
  const [from, to] = [
    istDayBounds(firstValue(ctx, 'startDate') ?? ''),
    istDayBounds(firstValue(ctx, 'endDate') ?? ''),
  ];
  if (from === undefined || to === undefined || to.toMs <= from.fromMs)
    throw validationError('startDate and endDate must be dates, in order');
  const months = valuesOf(ctx, 'months').map((month) => month.slice(0, 7));
  const ids = new Set(valuesOf(ctx, 'ids'));
  const matches = {
    biller: matcher(ctx, 'billerId'),
    category: matcher(ctx, 'categories'),
    type: matcher(ctx, 'billerFetchApiType'),
    mobile: matcher(ctx, 'mobile'),
    customer: matcher(ctx, 'customerId'),
    refund: matcher(ctx, 'refundStatus'),
    status: matcher(ctx, 'status'),
  };
  const isNamed = (row: Row<'payment'>): boolean =>
    ids.size === 0 ||
    ids.has(row.refId) ||
    ids.has(row.details.payment.paymentRefId) ||
    ids.has(book.ids.transaction(row.n, row.atMs));
  const isWanted = (row: Row<'payment'>): boolean => {
    const { payment, biller: billerId, mobile, customer_id: customerId } = row.details;
    const at = Date.parse(payment.timestamp);
    if (at < from.fromMs || at >= to.toMs || (months.length > 0 && !months.includes(istDate(at).slice(0, 7))))
      return false;
    const biller = billerOf(billerId)!;
    return (
      isNamed(row) &&
      matches.biller(billerId) &&
      matches.category(biller.category) &&
      matches.type(biller.fetchApiType) &&
      matches.mobile(mobile) &&
      matches.customer(customerId ?? '') &&
      matches.refund(row.status === 'Credit_Adjustment' ? 'Processed' : '') &&
      matches.status(row.status === 'Failure' ? 'Error' : row.status)
    );
  };
  const { items, next } = pageOf(
    ctx,
    'transactions',
    book.tables.payment.rows().filter(isWanted),
    (row) => row.refId,
  );
  await answer(
    book,
    ctx,
    ok({
      transactions: items.map((row) =>
        transactionEntity(book, row, valuesOf(ctx, 'expand').includes('BILLER')),
      ),
      ...next,
    }),
  );
}

async function listDisputes({ book }: BillpayDeps, ctx: Context): Promise<void> {
  const matches = {
    status: matcher(ctx, 'status'),
    biller: matcher(ctx, 'billerIds'),
    category: matcher(ctx, 'categories'),
    mobile: matcher(ctx, 'mobile'),
    customer: matcher(ctx, 'customerId'),
    ref: matcher(ctx, 'paymentRefIds'),
    id: matcher(ctx, 'transactionIds'),
  };
  const months = valuesOf(ctx, 'months').map((month) => month.slice(0, 7));
  const isWanted = (row: Row<'dispute'>): boolean => {
    const payment = book.tables.payment.get(row.details.payment);
    const {
      biller,
      mobile,
      customer_id: customerId,
      payment: { paymentRefId },
    } = payment.details;
    return (
      (months.length === 0 || months.includes(istDate(row.atMs).slice(0, 7))) &&
      matches.status(row.status) &&
      matches.biller(biller) &&
      matches.category(billerOf(biller)!.category) &&
      matches.mobile(mobile) &&
      matches.customer(customerId ?? '') &&
      matches.ref(paymentRefId) &&
      matches.id(book.ids.transaction(payment.n, payment.atMs))
    );
  };
  const { items, next } = pageOf(
    ctx,
    'disputes',
    book.tables.dispute.rows().filter(isWanted),
    (row) => row.refId,
  );
  const expand = {
    biller: valuesOf(ctx, 'expand').includes('BILLER'),
    transaction: valuesOf(ctx, 'expand').includes('TRANSACTION'),
  };
  await answer(book, ctx, ok({ disputes: items.map((row) => disputeEntity(book, row, expand)), ...next }));
}
