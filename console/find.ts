/**
 * From what a customer, an app or a provider says (a UTR, a mobile number, a reference, an id) to the transactions
 * that it may be, and to their calls in the API log. The form is posted, so that a number stands in no address
 * and no log.
 */
import type { Context } from 'koa';
import type { FoundTransaction, TransactionFinder } from '../domain/services/find';
import { publicId } from '../platform/ids';
import { formatRupees } from '../platform/money';
import { html, NOTHING, sendPage, type Html } from './html';
import { readForm } from './form';
import { pagesOf } from './pages';
import { isSameOrigin } from '../platform/http/same-origin';
import { timeOf } from './times';

export const FIND = '/ops/find';
const MAX_LENGTH = 64;

const page = pagesOf<{ finder: TransactionFinder; origin: string }>();
const COMMON = { path: FIND, access: 'transactions.find' } as const;

export const findRoutes = [
  page({
    ...COMMON,
    method: 'GET',
    summary: 'The form to find a transaction',
    handle: (ctx) => {
      show(ctx, 200, findForm());
    },
  }),
  page({
    ...COMMON,
    method: 'POST',
    summary: 'The transactions that were meant',
    handle: async (ctx, { finder, origin }) => {
      if (!isSameOrigin(ctx, origin))
        return show(ctx, 403, findForm(`This form must be sent from ${origin}.`));
      const text = (await readForm(ctx))?.get('what')?.trim() ?? '';
      if (text === '' || text.length > MAX_LENGTH) {
        const what = 'Give a UTR or RRN, a mobile number of ten digits, the reference of the app, or an id.';
        return show(ctx, 400, findForm(what));
      }
      const found = await finder.find(text);
      show(ctx, 200, html`${findForm()} ${tableOf(found)}`);
    },
  }),
];

function show(ctx: Context, status: number, main: Html): void {
  sendPage(ctx, status, { title: 'Find', main, isWide: true });
}

/** Shown on the page of the API log, too. What was typed is not shown again: it may be a customer's number. */
export function findForm(problem?: string): Html {
  return html`<h1>Find a transaction</h1>
    ${problem === undefined ? NOTHING : html`<p class="problem" role="alert">${problem}</p>`}
    <form method="post" action="${FIND}" autocomplete="off">
      <div>
        <label for="what"
          >UTR or RRN, mobile number, reference of the app, id of the provider, or txn_…</label
        >
        <input id="what" name="what" required maxlength="${MAX_LENGTH}" spellcheck="false" />
      </div>
      <div><button type="submit">Find</button></div>
    </form>`;
}

function tableOf(found: readonly FoundTransaction[]): Html {
  if (found.length === 0) return html`<p class="note">No transaction fits.</p>`;
  const columns = ['Accepted (IST)', 'Transaction', 'Service', 'State', 'Amount', 'Reference', 'UTR'];
  return html`<table>
    <thead>
      <tr>
        ${columns.map((name) => html`<th scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${found.map(rowOf)}
    </tbody>
  </table>`;
}

function rowOf(t: FoundTransaction): Html {
  const id = publicId('transaction', t.id);
  return html`<tr>
    <td data-label="Accepted (IST)">${timeOf(t.createdAt)}</td>
    <td class="long" data-label="Transaction"><a href="/ops/api-calls?transaction=${id}">${id}</a></td>
    <td data-label="Service">${t.service}</td>
    <td data-label="State">${t.state}</td>
    <td data-label="Amount" class="number">${formatRupees(t.amountPaise)}</td>
    <td class="long" data-label="Reference">${t.reference}</td>
    <td class="long" data-label="UTR">${t.utr ?? ''}</td>
  </tr>`;
}
