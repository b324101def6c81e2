/** The contents of the book for tests and demos that compare them with ours. Money is paise. */
import { paiseToJson } from '../../platform/money';
import { countsReport } from '../callbacks';
import type { SendCounts } from '../webhooks';
import type { Book } from './book';
import { PAYOUT_STATUSES } from './entries';

export function summary(book: Book) {
  const totals = book.payouts.totals();
  return {
    opening_balance_paise: paiseToJson(book.openingBalancePaise),
    balance_paise: paiseToJson(book.statement.balancePaise),
    credits_paise: paiseToJson(book.statement.creditsPaise),
    debits_paise: paiseToJson(book.statement.debitsPaise),
    account_type: book.account.type,
    known_balance_paise: paiseToJson(book.account.known().balancePaise),
    fees_due_paise: paiseToJson(book.feesDuePaise),
    statement_rows: book.statement.count,
    contacts: book.parties.contactCount,
    fund_accounts: book.parties.fundAccountCount,
    payouts: book.payouts.count,
    by_status: Object.fromEntries(
      PAYOUT_STATUSES.map((status) => [
        status,
        { count: totals[status].count, amount_paise: paiseToJson(totals[status].amountPaise) },
      ]),
    ),
    keys_seen_again: book.payouts.repeatedKeyCount,
    keys_refused_and_not_booked: book.refusedKeyCount,
  };
}

/** One payout: the request, how often it came, and its effect on the balance. */
export async function payoutReport(book: Book, slot: number) {
  const row = await book.payouts.row(slot);
  const { count, hashes } = await book.payouts.requestsSeen(slot);
  const { status, amountPaise, feesPaise, taxPaise, debitPaise, creditPaise, scenario } =
    book.payouts.state(slot);
  return {
    id: book.ids.of('pout', slot),
    reference_id: row.reference_id,
    idempotency_key: row.key,
    scenario,
    status,
    amount: paiseToJson(amountPaise),
    fees: status === 'failed' ? 0 : paiseToJson(feesPaise),
    tax: status === 'failed' ? 0 : paiseToJson(taxPaise),
    debit_paise: paiseToJson(debitPaise),
    credit_paise: paiseToJson(creditPaise),
    net_debit_paise: paiseToJson(debitPaise - creditPaise),
    requests_seen: count,
    body_sha256: hashes,
    created_at: row.at,
  };
}

export function webhookReport(book: Book, sending: SendCounts) {
  return {
    ...countsReport(book.hooks, sending),
    disabled_events: book.hooks.disabled().map((hook) => ({
      event_id: book.ids.bare('evt', hook.eventSeq),
      event: hook.spec.event,
      payout_id: book.ids.of('pout', hook.slot),
    })),
  };
}
