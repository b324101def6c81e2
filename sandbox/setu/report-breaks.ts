/** What a day report says wrongly, by order, so that a reconciliation has something to find. In memory only; the book stays right. */
import type { Product } from './entries';

export const BREAK_KINDS = ['missing', 'amount', 'status', 'twice', 'extra'] as const;
/** The row is left out, its amount is one rupee more, its status is the other one, it comes twice; or a row of the day that no book has. */
export type BreakKind = (typeof BREAK_KINDS)[number];

export interface ReportBreak {
  product: Product;
  kind: BreakKind;
  paymentRefId: string;
}

export interface ReportBreaks {
  add(item: ReportBreak): void;
  /** Returns how many there were. */
  clear(product: Product): number;
  kindsOf(product: Product, paymentRefId: string): readonly BreakKind[];
  extras(product: Product): readonly string[];
}

const MOST_BREAKS = 1_000;

export function createReportBreaks(): ReportBreaks {
  let items: ReportBreak[] = [];
  return {
    add(item) {
      items = [...items, item].slice(-MOST_BREAKS);
    },
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
