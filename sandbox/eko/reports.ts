/**
 * The contents of Eko's book for the control API: sums per service, single transactions, and the CSV report
 * of a day.
 */
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

/** The balance, the AEPS money owed, and count and sums in paise by service and tx_status. */
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

/**
 * One transaction. `net_debit_paise` is its cost to the float or the AEPS balance; negative when it added
 * money.
 */
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

/**
 * The transactions of a date in India (`20261101`) in booking order, in their present state and with the
 * ordered errors.
 */
export async function dayReport(book: EkoBook, day: string, breaks: readonly ReportBreak[]): Promise<string> {
  const lines = [COLUMNS];
  for (let slot = 0; slot < book.transactions.count; slot += 1) {
    const state = book.transactions.state(slot);
    const date = dayOf(state.at);
    if (date !== day && dayOf(state.at + DAY_MS) !== day) continue;
    const row = await book.transactions.row(slot);
    const kinds = breaks.filter((b) => b.clientRefId === row.ref).map((b) => b.break);
    if (kinds.includes('late') === (date === day) || kinds.includes('missing')) continue;
    const line = csvLine(row, state, kinds);
    lines.push(...(kinds.includes('twice') ? [line, line] : [line]));
  }
  const extras = breaks.filter((b) => b.break === 'extra');
  lines.push(...extras.map(({ id, clientRefId }) => extraLine(id, clientRefId, day)));
  return `${lines.join('\n')}\n`;
}

const DAY_MS = 86_400_000;
const dayOf = (atMs: number): string => istDate(atMs).replaceAll('-', '');

/** A recharge of ₹100 that nobody made. */
function extraLine(id: number, clientRefId: string, day: string): string {
  const at = `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)} 12:00:00`;
  const money = ['100.00', '0.00', '0.00', '1.00', '0.02'];
  return [
    `9${String(id).padStart(9, '0')}`,
    clientRefId,
    'recharge',
    '',
    ...money,
    '0',
    TX_STATUS_DESC['0'],
    '',
    at,
  ].join(',');
}

const oppositeOf = (status: TxStatus): TxStatus => (status === '0' ? '1' : '0');

/** No value needs quotes: all consist of digits, letters, blanks, `-`, `_`, `:` and `.`. */
function csvLine(
  row: TransactionEntry,
  state: TransactionState,
  kinds: readonly ReportBreak['break'][],
): string {
  const dearer = (what: ReportBreak['break'], paise: bigint): bigint =>
    kinds.includes(what) ? paise + 100n : paise;
  const status = kinds.includes('status') ? oppositeOf(state.status) : state.status;
  const money = [
    dearer('amount', state.amountPaise),
    dearer('fee', state.feePaise),
    state.taxPaise,
    dearer('commission', state.commissionPaise),
    state.tdsPaise,
  ].map(rupeesFromPaise);
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
