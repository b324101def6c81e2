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
const all = (ctx: Context, name: string): string[] =>
  [ctx.query[name] ?? []]
    .flat()
    .flatMap((text) => (LISTS.has(name) ? text.split(',') : text))
    .filter((text) => text !== '');
const one = (ctx: Context, name: string): string | undefined => all(ctx, name)[0];

/** A test for the values of a parameter. A missing parameter accepts every value. */
function filter(ctx: Context, name: string): (value: string) => boolean {
  const wanted = new Set(all(ctx, name));
  return (value) => wanted.size === 0 || wanted.has(value);
}

/** The catalogue never changes after LISTED_AT. */
function isUpdatedSince(ctx: Context): boolean {
  const since = one(ctx, 'updatedSince');
  if (since === undefined) return true;
  if (Number.isNaN(Date.parse(since))) throw validationError('updatedSince must be a date-time');
  return Date.parse(since) <= Date.parse(LISTED_AT);
}

/** One page of a list, and the address of the next page. */
function page<T>(
  ctx: Context,
  list: keyof typeof PAGE_LIMITS,
  found: readonly T[],
  keyOf: (item: T) => string,
): { items: T[]; next: { nextPage?: string }; total: number } {
  const text = one(ctx, 'limit') ?? String(DEFAULT_LIMIT);
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > PAGE_LIMITS[list]) throw invalidLimit(PAGE_LIMITS[list]);
  const after = one(ctx, 'after');
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
  const categories = all(ctx, 'categoryName');
  if (categories.some((name) => !CATEGORIES.includes(name))) throw invalidCategory();
  const search = one(ctx, 'search')?.toLowerCase() ?? '';
  const is = {
    category: filter(ctx, 'categoryName'),
    id: filter(ctx, 'ids'),
    coverage: filter(ctx, 'coverage'),
  };
  const isUpdated = isUpdatedSince(ctx);
  const isWanted = (b: Biller): boolean =>
    isUpdated &&
    is.category(b.category) &&
    is.id(b.id) &&
    is.coverage(b.coverage) &&
    b.name.toLowerCase().includes(search) &&
    all(ctx, 'paymentMode').every((mode) => modesOf(b).includes(mode)) &&
    all(ctx, 'paymentChannel').every((channel) => channelsOf(b).includes(channel)) &&
    one(ctx, 'upmsEnabled') !== 'true' &&
    one(ctx, 'pseudoBiller') !== 'true';
  const { items, next, total } = page(ctx, 'billers', BILLERS.filter(isWanted), (b) => b.id);
  ctx.body = ok({ billers: items.map(billerEntity), total, ...next });
}

function listPlans(ctx: Context): void {
  if (all(ctx, 'billerIds').length === 0) throw validationError('billerIds is required');
  const isWanted = filter(ctx, 'billerIds');
  const isUpdated = isUpdatedSince(ctx);
  const { items, next, total } = page(
    ctx,
    'billers/plans',
    PLANS.filter((p) => isUpdated && isWanted(p.billerId)),
    (p) => `${p.billerId}.${p.id}`,
  );
  ctx.body = ok({ plans: items.map(planEntity), total, ...next });
}

/** Selects by the partner's own timestamps, both days included. */
async function listTransactions({ book }: BillpayDeps, ctx: Context): Promise<void> {
  const [from, to] = [istDayBounds(one(ctx, 'startDate') ?? ''), istDayBounds(one(ctx, 'endDate') ?? '')];
  if (from === undefined || to === undefined || to.toMs <= from.fromMs)
    throw validationError('startDate and endDate must be dates, in order');
  const months = all(ctx, 'months').map((month) => month.slice(0, 7));
  const ids = new Set(all(ctx, 'ids'));
  const is = {
    biller: filter(ctx, 'billerId'),
    category: filter(ctx, 'categories'),
    type: filter(ctx, 'billerFetchApiType'),
    mobile: filter(ctx, 'mobile'),
    customer: filter(ctx, 'customerId'),
    refund: filter(ctx, 'refundStatus'),
    status: filter(ctx, 'status'),
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
      is.biller(billerId) &&
      is.category(biller.category) &&
      is.type(biller.fetchApiType) &&
      is.mobile(mobile) &&
      is.customer(customerId ?? '') &&
      is.refund(row.status === 'Credit_Adjustment' ? 'Processed' : '') &&
      is.status(row.status === 'Failure' ? 'Error' : row.status)
    );
  };
  const { items, next } = page(
    ctx,
    'transactions',
    book.tables.payment.rows().filter(isWanted),
    (row) => row.refId,
  );
  await answer(
    book,
    ctx,
    ok({
      transactions: items.map((row) => transactionEntity(book, row, all(ctx, 'expand').includes('BILLER'))),
      ...next,
    }),
  );
}

async function listDisputes({ book }: BillpayDeps, ctx: Context): Promise<void> {
  const is = {
    status: filter(ctx, 'status'),
    biller: filter(ctx, 'billerIds'),
    category: filter(ctx, 'categories'),
    mobile: filter(ctx, 'mobile'),
    customer: filter(ctx, 'customerId'),
    ref: filter(ctx, 'paymentRefIds'),
    id: filter(ctx, 'transactionIds'),
  };
  const months = all(ctx, 'months').map((month) => month.slice(0, 7));
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
      is.status(row.status) &&
      is.biller(biller) &&
      is.category(billerOf(biller)!.category) &&
      is.mobile(mobile) &&
      is.customer(customerId ?? '') &&
      is.ref(paymentRefId) &&
      is.id(book.ids.transaction(payment.n, payment.atMs))
    );
  };
  const { items, next } = page(
    ctx,
    'disputes',
    book.tables.dispute.rows().filter(isWanted),
    (row) => row.refId,
  );
  const expand = {
    biller: all(ctx, 'expand').includes('BILLER'),
    transaction: all(ctx, 'expand').includes('TRANSACTION'),
  };
  await answer(book, ctx, ok({ disputes: items.map((row) => disputeEntity(book, row, expand)), ...next }));
}
