/** Cashfree's part of the control API, under `/__sandbox/cashfree`. */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import { paiseToJson } from '../../platform/money';
import { countsReport } from '../callbacks';
import {
  invalid,
  readBody,
  readDepositPaise,
  readFault,
  readListQuery,
  showFault,
  type FaultTarget,
  type MatchNames,
} from '../control-input';
import { addOrderRoutes } from '../order-routes';
import type { Orders } from '../orders';
import { SCENARIO_SUMMARIES } from '../scenarios';
import type { SendCounts } from '../webhooks';
import type { Book } from './book';
import { cfTransferId } from './entities';
import { STATUSES } from './entries';
import type { Lifecycle } from './lifecycle';
import { CASHFREE_PREFIX } from './routes';
import type { Transfer } from './tables';

const NAMES: MatchNames = { ending: 'account_ending', reference: 'transfer_id' };
const FAULT_TARGET: FaultTarget = {
  defaultPath: CASHFREE_PREFIX,
  isPath: (path) => path.startsWith(CASHFREE_PREFIX),
  pathMessage: `path must be the start of a path under ${CASHFREE_PREFIX}`,
  methods: ['GET', 'POST', 'DELETE'],
  refuses: true,
};

export interface CashfreeControlDeps {
  book: Book;
  lifecycle: Lifecycle;
  orders: Orders;
  sendCounts: () => SendCounts;
}

export function createCashfreeControl({ book, lifecycle, orders, sendCounts }: CashfreeControlDeps): Router {
  const router = new Router({ prefix: '/__sandbox/cashfree' });
  router.get('/book/summary', (ctx) => answer(book, ctx, summary(book)));
  router.get('/book/transfers', (ctx) => listTransfers(book, ctx));
  router.get('/webhooks', (ctx) => answer(book, ctx, countsReport(book.hooks, sendCounts())));
  router.get('/settings', (ctx) => answer(book, ctx, { queue_low_balance: book.queues }));
  router.post('/settings', async (ctx) => {
    const { queue_low_balance: queues } = await readBody(ctx, ['queue_low_balance']);
    if (typeof queues !== 'boolean') throw invalid('queue_low_balance must be true or false');
    book.setQueues(queues);
    await answer(book, ctx, { queue_low_balance: queues });
  });
  router.post('/deposits', async (ctx) => {
    const { amount_paise: amount } = await readBody(ctx, ['amount_paise']);
    book.addFunds(readDepositPaise(amount));
    lifecycle.releaseQueued();
    await answer(book, ctx, { balance_paise: paiseToJson(book.wallet.balancePaise) });
  });
  router.post('/withdrawals', async (ctx) => {
    const { amount_paise: amount } = await readBody(ctx, ['amount_paise']);
    try {
      book.addFunds(-readDepositPaise(amount));
    } catch (error) {
      throw error instanceof RangeError ? invalid(error.message) : error;
    }
    await answer(book, ctx, { balance_paise: paiseToJson(book.wallet.balancePaise) });
  });
  addOrderRoutes(router, {
    prefix: '',
    names: NAMES,
    ordersOf: () => orders,
    explanation: () => ({ table: SCENARIO_SUMMARIES }),
    readFault: (_ctx, body) => readFault(body, FAULT_TARGET),
    showFault,
  });
  return router;
}

async function answer(book: Book, ctx: Context, body: unknown): Promise<void> {
  await book.flushed();
  ctx.body = body;
}

function summary(book: Book) {
  const rows = book.transfers.all();
  const { balancePaise, creditsPaise, debitsPaise } = book.wallet;
  return {
    balance_paise: paiseToJson(balancePaise),
    credits_paise: paiseToJson(creditsPaise),
    debits_paise: paiseToJson(debitsPaise),
    beneficiaries: book.beneficiaries.count(),
    transfers: rows.length,
    by_status: Object.fromEntries(
      STATUSES.map((status) => {
        const of = rows.filter((row) => row.status === status);
        const sumPaise = of.reduce((sum, { amountPaise }) => sum + amountPaise, 0n);
        return [status, { count: of.length, amount_paise: paiseToJson(sumPaise) }];
      }),
    ),
    ids_seen_again: rows.filter(({ requestsSeen }) => requestsSeen > 1).length,
    ids_refused_and_not_booked: book.refusedCount,
  };
}

/** One transfer: how often its request came, and its effect on the balance. */
function transferReport(book: Book, row: Transfer) {
  return {
    transfer_id: row.transferId,
    cf_transfer_id: cfTransferId(book, row.n),
    scenario: row.scenario,
    status: row.status,
    status_code: row.code,
    amount_paise: paiseToJson(row.amountPaise),
    debit_paise: paiseToJson(row.debitPaise),
    credit_paise: paiseToJson(row.creditPaise),
    net_debit_paise: paiseToJson(row.debitPaise - row.creditPaise),
    requests_seen: row.requestsSeen,
    body_sha256: row.hashes,
  };
}

async function listTransfers(book: Book, ctx: Context): Promise<void> {
  const query = readListQuery(ctx, 'transfer_ids');
  const rows = book.transfers.all();
  if (query.references !== undefined) {
    const found = query.references.flatMap((id) => book.transfers.ofId(id) ?? []);
    return answer(book, ctx, { items: found.map((row) => transferReport(book, row)), next_after: null });
  }
  const last = query.first + query.limit;
  const items = rows.slice(query.first, last).map((row) => transferReport(book, row));
  return answer(book, ctx, { items, next_after: last < rows.length ? last - 1 : null });
}
