/**
 * What the control API orders for Eko: scenarios, faults and errors in the report (in memory only), and Eko's
 * settings (noted in the book).
 */
import { createList, createOrders, type Orders, type Settings } from '../orders';

export interface EkoSettings {
  /** When set, this is the value of every OTP. */
  otp: string | null;
  otpTtlMs: number;
  /** Added to the clock that signatures, limits and the daily KYC use. */
  clockShiftMs: number;
  /** The most that one bank account may receive in a calendar month. */
  recipientLimitPaise: bigint;
  /** A withdrawal above this needs a one-time password. */
  withdrawalOtpAbovePaise: bigint;
}

/**
 * `status`: answered instead, and the request has no effect. `body`: the request has its effect, but the
 * answer is spoilt. Matches paths that start with `path`.
 */
export interface EkoFault {
  status?: 429 | 500 | 503;
  body?: 'garbage' | 'oversized' | 'empty' | 'other_amount';
  retryAfterS: number | null;
  path: string;
  method: string | null;
}
export interface EkoFaultOrder extends EkoFault {
  id: number;
  left: number;
}

/**
 * An error in the day report about one transaction. `missing`: it is left out; `late`: it is in the report of the next
 * day instead; `amount`, `fee`, `commission`: one rupee more; `status`: the opposite; `twice`: it is there two times;
 * `extra`: a row that is in no book.
 */
export const REPORT_BREAKS = [
  'missing',
  'late',
  'amount',
  'fee',
  'commission',
  'status',
  'twice',
  'extra',
] as const;
export interface ReportBreak {
  id: number;
  left: number;
  clientRefId: string;
  break: (typeof REPORT_BREAKS)[number];
}

export interface EkoOrders extends Pick<
  Orders,
  'addScenario' | 'scenarios' | 'removeScenarios' | 'takeScenario'
> {
  addFault(order: Omit<EkoFaultOrder, 'id'>): EkoFaultOrder;
  faults(): EkoFaultOrder[];
  removeFaults(id?: number): number;
  takeFault(request: { method: string; path: string }): EkoFault | undefined;
  addBreak(order: Pick<ReportBreak, 'clientRefId' | 'break'>): ReportBreak;
  breaks(): ReportBreak[];
  removeBreaks(id?: number): number;
}

export const defaultSettings = (): EkoSettings => ({
  otp: null,
  otpTtlMs: 300_000,
  clockShiftMs: 0,
  recipientLimitPaise: 20_000_000n,
  withdrawalOtpAbovePaise: 500_000n,
});

export function createEkoOrders(settings: Settings): EkoOrders {
  const shared = createOrders(settings);
  const faults = createList<EkoFaultOrder>();
  const breaks = createList<ReportBreak>();
  return {
    addScenario: (order) => shared.addScenario(order),
    scenarios: () => shared.scenarios(),
    removeScenarios: (id) => shared.removeScenarios(id),
    takeScenario: (transaction) => shared.takeScenario(transaction),
    addFault: (order) => faults.add(order),
    faults: () => faults.all(),
    removeFaults: (id) => faults.remove(id),
    takeFault: ({ method, path }) =>
      faults.take((f) => path.startsWith(f.path) && (f.method === null || f.method === method)),
    addBreak: (order) => breaks.add({ ...order, left: 1 }),
    breaks: () => breaks.all(),
    removeBreaks: (id) => breaks.remove(id),
  };
}
