/**
 * Entities, collections and callbacks as RazorpayX shows them, with the fields and their order from its
 * samples.
 */
import { createHmac } from 'node:crypto';
import { paiseToJson } from '../../platform/money';
import type { Book } from './book';
import type { ContactEntry, FundAccountEntry, PayoutEntry, PayoutStatus } from './entries';
import type { Hook } from './hooks';
import { OPENING_REFERENCE, utrOf } from './ids';
import { isDebit, type StatementRow } from './statement';

/** `status_details` by reason (docs: errors/x/payout-status-details). */
const STATUS_DETAILS: Readonly<Record<string, { description: string; source: string }>> = {
  payout_bank_processing: {
    description:
      'Payout is being processed by the partner bank. Please check the final status after some time.',
    source: 'gateway',
  },
  payout_processed: {
    description: "Payout is processed and the money has been credited into the beneficiary's account.",
    source: 'beneficiary_bank',
  },
  low_balance: {
    description: 'Payout is queued as there is insufficient balance in your account to process the payout.',
    source: 'business',
  },
  insufficient_funds: {
    description: 'Payout failed due to insufficient funds in your account.',
    source: 'business',
  },
  bank_account_invalid: {
    description: 'Payout failed due to invalid beneficiary account details.',
    source: 'beneficiary_bank',
  },
  beneficiary_bank_rejected: {
    description: 'Payout rejected by the beneficiary bank. Please contact the beneficiary bank.',
    source: 'beneficiary_bank',
  },
  beneficiary_bank_offline: {
    description: 'Beneficiary bank systems are offline. Please retry after 30 min.',
    source: 'beneficiary_bank',
  },
  gateway_timeout: {
    description: 'Payout timed out at the partner bank. Please retry after 30 min.',
    source: 'gateway',
  },
};

/** A payout as it is now, or as it was when a callback was created. */
export interface PayoutView {
  status: PayoutStatus;
  reason: string | null;
}

export function contactEntity(book: Book, contact: ContactEntry) {
  return {
    id: book.ids.of('cont', contact.n),
    entity: 'contact',
    name: contact.name,
    contact: contact.contact,
    email: contact.email,
    type: contact.type,
    reference_id: contact.reference_id,
    batch_id: null,
    active: book.parties.isActive('contact', contact.n),
    notes: contact.notes,
    created_at: contact.at,
  };
}

export function fundAccountEntity(book: Book, fundAccount: FundAccountEntry) {
  const { account } = fundAccount;
  const at = account.type === 'vpa' ? account.address.indexOf('@') : -1;
  const details =
    account.type === 'vpa'
      ? {
          vpa: {
            username: account.address.slice(0, at),
            handle: account.address.slice(at + 1),
            address: account.address,
          },
        }
      : {
          bank_account: {
            ifsc: account.ifsc,
            bank_name: account.ifsc.slice(0, 4),
            name: account.name,
            account_number: account.account_number,
            notes: [],
          },
        };
  return {
    id: book.ids.of('fa', fundAccount.n),
    entity: 'fund_account',
    contact_id: book.ids.of('cont', fundAccount.contact),
    account_type: account.type,
    ...details,
    active: book.parties.isActive('fund_account', fundAccount.n),
    batch_id: null,
    created_at: fundAccount.at,
  };
}

/** `fetched` entities (of GET and callbacks) also name the debited account. */
export function payoutEntity(book: Book, row: PayoutEntry, view: PayoutView, fetched: boolean) {
  const { feesPaise, taxPaise } = book.payouts.state(row.n);
  const charged = view.status === 'processing' || view.status === 'processed' || view.status === 'reversed';
  return {
    id: book.ids.of('pout', row.n),
    entity: 'payout',
    fund_account_id: book.ids.of('fa', row.fund_account),
    amount: row.amount,
    currency: 'INR',
    notes: row.notes,
    fees: charged ? paiseToJson(feesPaise) : 0,
    tax: charged ? paiseToJson(taxPaise) : 0,
    status: view.status,
    utr: view.status === 'processed' || view.status === 'reversed' ? utrOf(row.mode, row.n, row.at) : null,
    mode: row.mode,
    purpose: row.purpose,
    reference_id: row.reference_id,
    narration: row.narration,
    debit_account_number: fetched ? book.accountNumber : undefined,
    batch_id: null,
    status_details: statusDetails(view.reason),
    created_at: row.at,
    fee_type: '',
  };
}

function statusDetails(
  reason: string | null,
): { description: string; source: string; reason: string } | null {
  const details = reason === null ? undefined : STATUS_DETAILS[reason];
  return details === undefined ? null : { ...details, reason: reason! };
}

/**
 * A row of the statement. The debit of a payout is its amount, with its fees (which include the tax) where the
 * account takes them along.
 */
export async function transactionEntity(book: Book, index: number) {
  const row = book.statement.row(index);
  const amount = paiseToJson(row.amountPaise);
  return {
    id: book.ids.of('txn', index),
    entity: 'transaction',
    account_number: book.accountNumber,
    amount,
    currency: 'INR',
    credit: isDebit(row) ? 0 : amount,
    debit: isDebit(row) ? amount : 0,
    balance: paiseToJson(row.balancePaise),
    source: await sourceOf(book, row),
    created_at: row.at,
  };
}

async function sourceOf(book: Book, row: StatementRow) {
  switch (row.kind) {
    case 'deposit':
    case 'withdrawal': // how the statement shows money that goes elsewhere is not documented
      return depositSource(book, row);
    case 'fees':
      return feesSource(book, row);
    case 'payout':
    case 'reversal':
      return payoutSource(book, row);
  }
}

/** Beyond the slots of payouts, so that no payout has its id. */
const FEE_SLOTS = 4_000_000_000;

/** "The fees and taxes are collected once everyday and appear as a payout" (docs: x/manage-teams/billing). */
function feesSource(book: Book, row: StatementRow) {
  return {
    id: book.ids.of('pout', FEE_SLOTS + row.slot),
    entity: 'payout',
    amount: paiseToJson(row.amountPaise),
    notes: [],
    fees: 0,
    tax: 0,
    status: 'processed',
    utr: utrOf('IMPS', row.slot, row.at),
    mode: 'IMPS',
    created_at: row.at,
    fee_type: null,
  };
}

function depositSource(book: Book, row: StatementRow) {
  return {
    id: book.ids.of('bt', row.kind === 'deposit' ? row.slot : FEE_SLOTS + row.slot),
    entity: 'bank_transfer',
    payer_name: 'Munim Sandbox',
    payer_account: '000000000000',
    payer_ifsc: 'SNDB0000001',
    mode: 'NEFT',
    bank_reference: referenceOf(book, row),
    amount: paiseToJson(row.amountPaise),
  };
}

/** Of what a new book opens with it is known before there is a book: whoever begins both sides has booked it by that. */
const referenceOf = ({ openingBalancePaise }: Book, { kind, slot, at }: StatementRow): string =>
  kind === 'deposit' && slot === 0 && openingBalancePaise > 0n ? OPENING_REFERENCE : utrOf('NEFT', slot, at);

async function payoutSource(book: Book, row: StatementRow) {
  const payout = await book.payouts.row(row.slot);
  const state = book.payouts.state(row.slot);
  // as charged, even when refunded later
  const charge = { fees: paiseToJson(state.feesPaise), tax: paiseToJson(state.taxPaise) };
  const utr =
    state.status === 'processed' || state.status === 'reversed'
      ? utrOf(payout.mode, payout.n, payout.at)
      : null;
  if (row.kind === 'reversal') {
    return {
      id: book.ids.of('rvrsl', row.slot),
      entity: 'reversal',
      payout_id: book.ids.of('pout', row.slot),
      amount: payout.amount,
      ...charge,
      currency: 'INR',
      notes: payout.notes,
      utr,
      created_at: row.at,
    };
  }
  return {
    id: book.ids.of('pout', row.slot),
    entity: 'payout',
    fund_account_id: book.ids.of('fa', payout.fund_account),
    amount: payout.amount,
    notes: payout.notes,
    ...charge,
    status: state.status,
    utr,
    mode: payout.mode,
    created_at: payout.at,
    fee_type: null,
  };
}

export function collection<T>(items: T[]) {
  return { entity: 'collection', count: items.length, items };
}

/** The body of a callback: the same bytes on every attempt. */
export function webhookBody(book: Book, row: PayoutEntry, hook: Hook): string {
  const entity = payoutEntity(book, row, hook.spec, true);
  return JSON.stringify({
    entity: 'event',
    account_id: book.ids.of('acc', 0),
    event: hook.spec.event,
    contains: ['payout'],
    payload: { payout: { entity } },
    created_at: hook.at,
  });
}

/** Hex HMAC-SHA256 of the raw body with the webhook's secret: `X-Razorpay-Signature`. */
export function sign(body: string, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}
