/**
 * Errors that the control API orders for the day reports, for a reconciliation to find. In memory only; the
 * book stays correct.
 */
import type { Product } from './entries';

export const BREAK_KINDS = ['missing', 'late', 'amount', 'commission', 'status', 'twice', 'extra'] as const;
/**
 * The row is missing, or in the report of the next day instead (`late`); its amount or commission is one rupee more,
 * its status is the opposite, it appears twice; or (`extra`) the report has a row that is in no book.
 */
export type BreakKind = (typeof BREAK_KINDS)[number];

export interface ReportBreak {
  product: Product;
  kind: BreakKind;
  paymentRefId: string;
}

export interface ReportBreaks {
  add(item: ReportBreak): void;
  /** What was planted: a reconciliation has to find this, and nothing else. */
  all(product: Product): readonly ReportBreak[];
  /** Removes all breaks of a product and returns how many there were. */
  clear(product: Product): number;
  kindsOf(product: Product, paymentRefId: string): readonly BreakKind[];
  extras(product: Product): readonly string[];
}

const MAX_BREAKS = 1_000;

export function createReportBreaks(): ReportBreaks {
  let items: ReportBreak[] = [];
  return {
    add(item) {
      items = [...items, item].slice(-MAX_BREAKS);
    },
    all: (product) => items.filter((item) => item.product === product),
    clear(product) {
      const before = items.length;
      items = items.filter((item) => item.product !== product);
      return before - items.length;
    },
    kindsOf: (product, ref) =>
      items.filter((item) => item.product === product && item.paymentRefId === ref).map((item) => item.kind),
    extras: (product) =>
      items
        .filter((item) => item.product === product && item.kind === 'extra')
        .map((item) => item.paymentRefId),
  };
}
