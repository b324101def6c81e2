/** What Eko's book holds, for the control API: sums per service, single transactions, and the report of a day as CSV. */
import { rupeesFromPaise } from '../../platform/decimal';
import { paiseToJson } from '../../platform/money';
import type { EkoBook } from './book';
import type { ReportBreak } from './eko-orders';
import {
  SERVICES,
  TX_STATUS_DESC,
  TX_STATUSES,
  type Service,
  type TransactionEntry,
  type TxStatus,
} from './entries';
import { referenceOf } from './inquiry';
import { turnoverOf } from './money-state';
import { istDate, istDateTime } from './times';
import { tidOf, type TransactionState } from './transactions';

interface Sums {
  count: number;
  amountPaise: bigint;
  feePaise: bigint;
  taxPaise: bigint;
  commissionPaise: bigint;
  tdsPaise: bigint;
}

const noSums = (): Sums => ({
  count: 0,
  amountPaise: 0n,
  feePaise: 0n,
  taxPaise: 0n,
  commissionPaise: 0n,
  tdsPaise: 0n,
});

/** Balance, what AEPS owes, and for each service and tx_status the count and the sums in paise. */
export function summary(book: EkoBook) {
  const sums = new Map<string, Sums>();
  for (let slot = 0; slot < book.transactions.count; slot += 1) {
    const state = book.transactions.state(slot);
    const key = `${state.service} ${state.status}`;
    const entry = sums.get(key) ?? noSums();
    entry.count += 1;
    for (const field of ['amountPaise', 'feePaise', 'taxPaise', 'commissionPaise', 'tdsPaise'] as const)
      entry[field] += state[field];
    sums.set(key, entry);
  }
  const show = (service: Service, status: TxStatus) => {
    const s = sums.get(`${service} ${status}`) ?? noSums();
    return {
      count: s.count,
      amount_paise: paiseToJson(s.amountPaise),
      fee_paise: paiseToJson(s.feePaise),
      gst_paise: paiseToJson(s.taxPaise),
      commission_paise: paiseToJson(s.commissionPaise),
      tds_paise: paiseToJson(s.tdsPaise),
    };
  };
  return {
    opening_balance_paise: paiseToJson(book.openingPaise),
    balance_paise: paiseToJson(book.money.balancePaise),
    debits_paise: paiseToJson(book.money.debitsPaise),
    credits_paise: paiseToJson(book.money.creditsPaise),
    aeps_receivable_paise: paiseToJson(book.money.aepsTotalPaise),
    transactions: book.transactions.count,
    senders: book.parties.senders.size,
    recipients: book.parties.recipientCount,
    agents: book.parties.agents.size,
    services: Object.fromEntries(
      SERVICES.map((service) => [
        service,
        Object.fromEntries(TX_STATUSES.map((status) => [status, show(service, status)])),
      ]),
    ),
  };
}

/** One transaction. `net_debit_paise` is what it has cost the float (or AEPS, then below zero when it brought money). */
export async function transactionReport(book: EkoBook, slot: number) {
  const row = await book.transactions.row(slot);
  const state = book.transactions.state(slot);
  return {
    tid: tidOf(slot),
    client_ref_id: row.ref,
    service: state.service,
    user_code: state.user,
    tx_status: state.status,
    txstatus_desc: TX_STATUS_DESC[state.status],
    scenario: state.scenario,
    reason: row.reason,
    amount_paise: paiseToJson(state.amountPaise),
    fee_paise: paiseToJson(state.feePaise),
    gst_paise: paiseToJson(state.taxPaise),
    commission_paise: paiseToJson(state.commissionPaise),
    tds_paise: paiseToJson(state.tdsPaise),
    net_debit_paise: paiseToJson(netDebitOf(state)),
    bank_ref_num: referenceOf(slot, state),
    requests_seen: book.transactions.requestsSeen(slot),
    created_at: Math.floor(state.at / 1_000),
  };
}

function netDebitOf(state: TransactionState): bigint {
  const { service, status } = state;
  if (service === 'aeps_withdrawal' || service === 'aeps_statement')
    return status === '0' ? -turnoverOf(state) : 0n;
  return status === '1' || status === '4' ? 0n : turnoverOf(state);
}

const COLUMNS =
  'tid,client_ref_id,service,user_code,amount,fee,gst,commission,tds,tx_status,txstatus_desc,bank_ref_num,timestamp';

/** The transactions of one date in India (`20261101`), in booking order, as they stand now. Breaks that were ordered change single rows. */
export async function dayReport(book: EkoBook, day: string, breaks: readonly ReportBreak[]): Promise<string> {
  const lines = [COLUMNS];
  for (let slot = 0; slot < book.transactions.count; slot += 1) {
    const state = book.transactions.state(slot);
    if (istDate(state.at).replaceAll('-', '') !== day) continue;
    const row = await book.transactions.row(slot);
    const kind = breaks.find((b) => b.clientRefId === row.ref)?.break;
    if (kind !== 'missing') lines.push(csvLine(row, state, kind));
  }
  return `${lines.join('\n')}\n`;
}

const oppositeOf = (status: TxStatus): TxStatus => (status === '0' ? '1' : '0');

/** Every value is digits, letters, blanks, `-`, `_`, `:` or `.`, so none needs quotes. */
function csvLine(
  row: TransactionEntry,
  state: TransactionState,
  kind: 'amount' | 'status' | undefined,
): string {
  const amountPaise = kind === 'amount' ? state.amountPaise + 100n : state.amountPaise;
  const status = kind === 'status' ? oppositeOf(state.status) : state.status;
  const money = [amountPaise, state.feePaise, state.taxPaise, state.commissionPaise, state.tdsPaise].map(
    rupeesFromPaise,
  );
  return [
    tidOf(row.n),
    row.ref ?? '',
    state.service,
    state.user ?? '',
    ...money,
    status,
    TX_STATUS_DESC[status],
    referenceOf(row.n, { ...state, status }),
    istDateTime(state.at),
  ].join(',');
}
