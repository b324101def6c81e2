import { publicId } from '../../platform/ids';
import { paiseToJson, type Paise } from '../../platform/money';
import type { FetchResult } from './biller-json';
import type { FetchRow } from './fetch-rows';
import type { Bill, Biller } from './port';

/** Answers to callers; amounts are JSON integers of paise. */
const amount = (value: Paise | null): number | null => (value === null ? null : paiseToJson(value));

export function billerView(b: Biller) {
  return {
    id: b.id,
    object: 'biller' as const,
    name: b.name,
    category: b.category,
    fetch: b.fetch,
    exactness: b.exactness,
    min_amount: amount(b.minPaise),
    max_amount: amount(b.maxPaise),
    payment_modes: b.paymentModes,
    payment_mode_limits: b.modeLimits.map(({ mode, minPaise, maxPaise }) => ({
      payment_mode: mode,
      min_amount: amount(minPaise),
      max_amount: amount(maxPaise),
    })),
    available: b.isAvailable,
    convenience_fees: b.convenienceFees.map((fee) => ({
      flat: paiseToJson(fee.flatPaise),
      percent_bps: fee.percentBps,
      from_amount: paiseToJson(fee.fromPaise),
      to_amount: amount(fee.toPaise),
    })),
    parameters: b.parameters.map((p) => ({
      name: p.name,
      label: p.label,
      type: p.dataType === 'NUMERIC' ? 'numeric' : 'alphanumeric',
      optional: p.isOptional,
      pattern: p.pattern,
      min_length: p.minLength,
      max_length: p.maxLength,
    })),
  };
}

function billView(b: Bill) {
  return {
    amount: paiseToJson(b.amountPaise),
    bill_number: b.billNumber,
    bill_date: b.billDate,
    due_date: b.dueDate,
    period: b.period,
    customer_name: b.customerName,
    min_amount: amount(b.minPaise),
    max_amount: amount(b.maxPaise),
    amount_multiple: amount(b.multiplePaise),
  };
}

export type FetchView = ReturnType<typeof fetchView>;

export function fetchView(
  row: Pick<FetchRow, 'id' | 'billerId' | 'state' | 'createdAt' | 'expiresAt'> & { isUsed: boolean },
  result: FetchResult | undefined,
) {
  const id = publicId('billFetch', row.id);
  return {
    id,
    object: 'bill_fetch' as const,
    biller: row.billerId,
    state: row.state,
    reason: result?.reason ?? null,
    exactness: result?.exactness ?? null,
    bills: (result?.bills ?? []).map(billView),
    additional: result?.additional ?? [],
    used: row.isUsed,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
    links: { self: `/v1/bbps/fetches/${id}` },
  };
}
