/** What the book holds, as Cashfree shows it: rupees as JSON numbers with two decimals, times in UTC. */
import { createHmac } from 'node:crypto';
import { mix32 } from '../book/hash-index';
import { CHARGE_PAISE, TAX_PAISE, type Book } from './book';
import type { Status } from './entries';
import type { Beneficiary, Transfer } from './tables';

/** A sentence for each status; each is Cashfree's only in its sense. */
const SENTENCES: Readonly<Record<Status, string>> = {
  RECEIVED: 'The transfer was received and is processed further.',
  QUEUED: 'The balance does not cover the transfer; it waits until it does.',
  PENDING: 'The partner bank has not confirmed the transfer yet.',
  SUCCESS: 'The account is debited, and the partner bank has taken the transfer.',
  FAILED: 'The transfer failed.',
  REJECTED: 'The transfer was rejected.',
  REVERSED: 'The bank of the beneficiary has returned the transfer.',
};

/** `17000n` is written `170.00`, as a number: whoever parses and prints it writes `170`. */
const rupees = (paise: bigint): string => `rupees:${paise / 100n}.${String(paise % 100n).padStart(2, '0')}`;

/** The JSON text of a value whose amounts are `rupees:…`. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/"rupees:(\d+\.\d{2})"/g, '$1');

const second = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** An id of theirs: digits, each book its own. The last nine hold the number of the transfer. */
export function cfTransferId(book: Book, n: number): string {
  return `${(mix32(book.seed) % 9_000) + 1_000}${String(n).padStart(9, '0')}`;
}

export function numberOf(book: Book, id: string): number | undefined {
  const n = /^\d{13}$/.test(id) ? Number(id.slice(4)) : -1;
  return n >= 0 && n < book.transfers.all().length && cfTransferId(book, n) === id ? n : undefined;
}

/** The reference of the network: 12 digits for IMPS and UPI, 16 characters for NEFT, 22 for RTGS. */
function utrOf({ mode, n, atMs }: Transfer): string {
  const day = new Date(atMs).toISOString().slice(0, 10).replaceAll('-', '');
  if (mode === 'neft') return `SNDBN${day.slice(2)}${String(n % 100_000).padStart(5, '0')}`;
  if (mode === 'rtgs') return `SNDBR${day}${String(n).padStart(9, '0')}`;
  return `${day.slice(3)}${String(n % 10_000_000).padStart(7, '0')}`;
}

export function beneficiaryEntity({ id, name, instrument, atMs }: Beneficiary) {
  return {
    beneficiary_id: id,
    beneficiary_name: name,
    beneficiary_instrument_details: instrument,
    beneficiary_status: 'VERIFIED',
    added_on: second(atMs),
  };
}

/** `more` where a webhook tells of an earlier state. */
export function transferEntity(book: Book, row: Transfer, more: Partial<Transfer> = {}) {
  const shown = { ...row, ...more };
  const { id, instrument } = book.beneficiaries.get(row.beneficiary);
  const isWithBank = ['PENDING', 'SUCCESS'].includes(shown.status);
  return {
    transfer_id: row.transferId,
    cf_transfer_id: cfTransferId(book, row.n),
    status: shown.status,
    status_code: shown.code,
    status_description: SENTENCES[shown.status],
    beneficiary_details: { beneficiary_id: id, beneficiary_instrument_details: instrument },
    transfer_amount: rupees(row.amountPaise),
    ...(shown.status === 'SUCCESS'
      ? { transfer_service_charge: rupees(CHARGE_PAISE), transfer_service_tax: rupees(TAX_PAISE) }
      : {}),
    transfer_mode: row.mode === 'banktransfer' ? 'BANK' : row.mode.toUpperCase(),
    ...(isWithBank ? { transfer_utr: utrOf(row) } : {}),
    fundsource_id: row.fundsource,
    added_on: second(row.atMs),
    updated_on: second(shown.movedAtMs),
  };
}

const IST_OFFSET_MS = 19_800_000;

/** The text of a webhook: amounts keep their two decimals, the time of the event is India's and says no zone. */
export function webhookText(
  book: Book,
  type: string,
  row: Transfer,
  { more = {}, eventAtMs = row.movedAtMs }: { more?: Partial<Transfer>; eventAtMs?: number } = {},
): string {
  const event_time = new Date(eventAtMs + IST_OFFSET_MS).toISOString().slice(0, 19);
  return jsonText({ type, event_time, data: transferEntity(book, row, more) });
}

/** base64 HMAC-SHA256 of the time and the body. */
export const sign = (timestamp: string, body: string, secret: string): string =>
  createHmac('sha256', secret).update(`${timestamp}${body}`).digest('base64');
