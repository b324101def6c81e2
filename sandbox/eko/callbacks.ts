/** Eko's callbacks: a JSON POST to one URL, without any signature; 2xx is the acknowledgement. From what the book owes to what the other side took. */
import { rupeesFromPaise } from '../../platform/decimal';
import type { Log } from '../../platform/logger';
import { createHookEnds } from '../hook-ends';
import { createWebhookSender, type WebhookSender } from '../webhooks';
import { shortRupees } from './amounts';
import type { EkoBook } from './book';
import { TX_STATUS_DESC, type TransactionEntry } from './entries';
import type { Hook } from './hooks';
import { bankReference, istDateTime } from './times';
import { tidOf } from './transactions';

const IMPS = '5';

export interface Callbacks {
  sender: WebhookSender;
  owe(hook: Hook): void;
  close(): Promise<void>;
}

/** Field names are those of the docs; every value is a text but `beneficiary_account_type`, which is null. Times are `YYYY-MM-DD HH:mm:ss` in India. */
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

export function createCallbacks({
  book,
  url,
  nowMs,
  log,
}: {
  book: EkoBook;
  url: string;
  nowMs: () => number;
  log: Log;
}): Callbacks {
  const ends = createHookEnds(book, log, 'eko');
  const sender = createWebhookSender({
    url,
    nowMs,
    async render(seq) {
      const hook = book.hooks.get(seq);
      if (hook === undefined) throw new Error(`callback ${seq} is not owed`);
      return {
        headers: { 'content-type': 'application/json', 'user-agent': 'Eko-Callback/3' },
        body: callbackBody(await book.transactions.row(hook.slot), hook),
      };
    },
    onTaken: (seq) => {
      ends.taken(seq);
    },
    onGivenUp: (seq) => {
      ends.givenUp(seq);
    },
  });

  return {
    sender,
    owe({ seq, spec }) {
      sender.enqueue({
        seq,
        bornAtMs: nowMs(),
        dueAtMs: spec.afterMs === 0 ? 0 : nowMs() + spec.afterMs,
        once: spec.forged === true,
      });
    },
    async close() {
      await sender.close();
      ends.settleNow();
    },
  };
}
