/** Eko's callbacks: an unsigned JSON POST to one URL; 2xx is the acknowledgement. */
import { rupeesFromPaise } from '../../platform/decimal';
import type { Log } from '../../platform/logger';
import { createCallbacks, type Callbacks } from '../callbacks';
import { shortRupees } from './amounts';
import type { EkoBook } from './book';
import { TX_STATUS_DESC, type TransactionEntry } from './entries';
import type { Hook } from './hooks';
import { bankReference, istDateTime } from './times';
import { tidOf } from './transactions';

const IMPS = '5';

/**
 * Field names are those of the docs. Every value is a text except `beneficiary_account_type`, which is null.
 * Times are `YYYY-MM-DD HH:mm:ss` in India.
 */
export function callbackBody(row: TransactionEntry, { spec, at }: Hook): string {
  const isNew = spec.old === null;
  return JSON.stringify({
    tx_status: spec.status,
    amount: shortRupees(BigInt(row.amount)),
    payment_mode: IMPS,
    txstatus_desc: TX_STATUS_DESC[spec.status],
    fee: shortRupees(BigInt(row.fee)),
    gst: rupeesFromPaise(BigInt(row.tax)),
    sender_name: row.name,
    tid: tidOf(row.n),
    beneficiary_account_type: null,
    client_ref_id: row.ref ?? '',
    old_tx_status: isNew ? '' : spec.old,
    old_tx_status_desc: spec.old === null ? '' : TX_STATUS_DESC[spec.old],
    bank_ref_num: spec.status === '0' || spec.status === '4' ? bankReference(row.n, row.at) : '',
    ifsc: row.ifsc,
    recipient_name: row.payee,
    account: row.target,
    timestamp: istDateTime(at),
  });
}

export function createEkoCallbacks({
  book,
  url,
  nowMs,
  log,
}: {
  book: EkoBook;
  url: string;
  nowMs: () => number;
  log: Log;
}): Callbacks<Hook> {
  return createCallbacks<Hook>({
    provider: 'eko',
    book,
    url,
    nowMs,
    log,
    bornAtMs: nowMs, // `hook.at` follows Eko's clock, which may be shifted
    render: async (hook) => ({
      headers: { 'content-type': 'application/json', 'user-agent': 'Eko-Callback/3' },
      body: callbackBody(await book.transactions.row(hook.slot), hook),
    }),
  });
}
