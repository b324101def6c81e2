import type { Bill, Biller, ConvenienceFee, CustomerParameter, Exactness, ModeLimit } from './port';
import type { Paise } from '../../platform/money';

/**
 * Billers and bills as stored in JSON. Paise are text, because not every JSON reader keeps integers of their
 * size.
 */
type Kept<T> = {
  [K in keyof T]: T[K] extends Paise ? string : T[K] extends Paise | null ? string | null : T[K];
};
export type KeptBill = Kept<Bill>;
export type KeptBiller = Omit<Kept<Biller>, 'convenienceFees' | 'modeLimits'> & {
  /** Missing in what was kept before there were any. */
  modeLimits?: Kept<ModeLimit>[];
  convenienceFees?: Kept<ConvenienceFee>[];
  /** As it was kept when a fee had one slab. */
  convenienceFee?: Kept<ConvenienceFee> | null;
};
/** The result of a fetch. */
export interface FetchResult {
  bills: Bill[];
  exactness: Exactness | null;
  reason: string | null;
  additional: CustomerParameter[];
}

const text = (value: Paise | null): string | null => (value === null ? null : value.toString());
const paise = (value: string | null): Paise | null => (value === null ? null : BigInt(value));

/** Removes control characters and lone surrogates from a name, which is shown and stored. */
function plain(name: string): string {
  return name
    .replaceAll(/[\p{Cc}\p{Cs}]/gu, ' ')
    .trim()
    .slice(0, 200);
}

export function keepBiller(b: Biller): KeptBiller {
  return {
    ...b,
    name: plain(b.name),
    category: plain(b.category),
    minPaise: text(b.minPaise),
    maxPaise: text(b.maxPaise),
    modeLimits: b.modeLimits.map(({ mode, minPaise, maxPaise }) => ({
      mode,
      minPaise: text(minPaise),
      maxPaise: text(maxPaise),
    })),
    convenienceFees: b.convenienceFees.map((fee) => ({
      flatPaise: fee.flatPaise.toString(),
      percentBps: fee.percentBps,
      fromPaise: fee.fromPaise.toString(),
      toPaise: text(fee.toPaise),
    })),
  };
}

export function readBiller({ convenienceFee: only, convenienceFees, ...k }: KeptBiller): Biller {
  const fees = convenienceFees ?? (only === undefined || only === null ? [] : [only]);
  return {
    ...k,
    minPaise: paise(k.minPaise),
    maxPaise: paise(k.maxPaise),
    modeLimits: (k.modeLimits ?? []).map(({ mode, minPaise, maxPaise }) => ({
      mode,
      minPaise: paise(minPaise),
      maxPaise: paise(maxPaise),
    })),
    convenienceFees: fees.map((fee) => ({
      flatPaise: BigInt(fee.flatPaise),
      percentBps: fee.percentBps,
      fromPaise: BigInt(fee.fromPaise),
      toPaise: paise(fee.toPaise),
    })),
  };
}

export function keepBill(b: Bill): KeptBill {
  return {
    ...b,
    amountPaise: b.amountPaise.toString(),
    minPaise: text(b.minPaise),
    maxPaise: text(b.maxPaise),
    multiplePaise: text(b.multiplePaise),
  };
}

export function readBill(k: KeptBill): Bill {
  return {
    ...k,
    amountPaise: BigInt(k.amountPaise),
    minPaise: paise(k.minPaise),
    maxPaise: paise(k.maxPaise),
    multiplePaise: paise(k.multiplePaise),
  };
}

export function keepResult(r: FetchResult): string {
  return JSON.stringify({ ...r, bills: r.bills.map(keepBill) });
}

export function readResult(json: string): FetchResult {
  const kept = JSON.parse(json) as Omit<FetchResult, 'bills'> & { bills: KeptBill[] };
  return { ...kept, bills: kept.bills.map(readBill) };
}
