/** What was ordered for Eko: scenarios for single transactions (as for every provider), faults, breaks of the report (in memory only), and its own settings (in the book). */
import { createList, createOrders, type Orders, type Settings } from '../orders';

export interface EkoSettings {
  /** When set, every OTP is this one. */
  otp: string | null;
  otpTtlMs: number;
  /** Added to the clock: what the signature, the limits and the daily KYC go by. */
  clockShiftMs: number;
  /** How much one bank account may receive in a calendar month. */
  recipientLimitPaise: bigint;
}

/** `status`: an answer instead of the real one, without effect. `body`: the effect happens, and the answer is spoilt. `path` is the start of the path after the prefix. */
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

/** How the day report differs from the book for one transaction. */
export interface ReportBreak {
  id: number;
  left: number;
  clientRefId: string;
  break: 'missing' | 'amount' | 'status';
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
