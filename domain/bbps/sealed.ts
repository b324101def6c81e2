import { sealedColumn } from '../../platform/encryption';
import type { KeptBill } from './biller-json';
import type { Counter, Remitter } from './port';

export const FETCH_REQUEST = sealedColumn('bbps_fetches', 'request_sealed');
export const FETCH_RESULT = sealedColumn('bbps_fetches', 'result_sealed');
export const COMPLAINT_DESCRIPTION = sealedColumn('bbps_complaints', 'description_sealed');
export const COMPLAINT_REMARKS = sealedColumn('bbps_complaints', 'remarks_sealed');
/** Customer, counter, remitter and bill of a payment, as JSON: see `KeptInstruction`. */
export const BILL_INSTRUCTION = sealedColumn('bbps_payments', 'instruction_sealed', 'transaction_id');

export interface Customer {
  mobile: string;
  name: string | null;
  parameters: { name: string; value: string }[];
}
/** Sealed with a fetch: the customer and the counter. */
export interface FetchRequest {
  customer: Customer;
  counter: Counter;
}

/** Sealed with the payment's row; all of it is sent to the provider or shown on the receipt. */
export interface KeptInstruction extends FetchRequest {
  bill: KeptBill | null;
  /** Missing in payments that were accepted before it was asked for. */
  remitter?: Remitter;
}
