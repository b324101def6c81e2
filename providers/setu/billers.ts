import type { Bill, Biller, BillerParameter, ConvenienceFee, FetchedBill } from '../../domain/bbps/port';
import { paiseFromRupeeNumber } from '../../platform/decimal';
import type { BillerFields, BillFields, FetchFields, SlabFields } from './catalogue-schemas';
import { listed, type OnUnlisted } from '../answers';
import { forPeople } from '../known-words';
import { AGENT_MODES } from './instruments';
import { EXACTNESS, FETCH_STATES, FETCH_TYPES } from './transformers';

/** Theirs → ours for billers and bills; the words are in transformers.ts. */

/** Our counters are offline agents. */
const CHANNEL = 'AGT';

/**
 * A fetch whose biller answers with a list must name the bill that is paid, and only the fetch knows. So the
 * reference that we hand out says so; it is ours to read again, and Setu's references have no dot.
 */
const LIST_MARK = '.list';
export const fetchRefOf = (refId: string, isList: boolean): string =>
  isList ? `${refId}${LIST_MARK}` : refId;
export function readFetchRef(ref: string): { refId: string; isList: boolean } {
  return ref.endsWith(LIST_MARK)
    ? { refId: ref.slice(0, -LIST_MARK.length), isList: true }
    : { refId: ref, isList: false };
}

/**
 * Undefined for words that we do not know: such a biller cannot be offered. `today` is the business date,
 * `YYYY-MM-DD`.
 */
export function billerOf(fields: BillerFields, today: string, onUnlisted: OnUnlisted): Biller | undefined {
  const fetch = listed(FETCH_TYPES, fields.fetchApiType);
  const exactness = listed(EXACTNESS, fields.exactness);
  if (fetch === undefined && fields.fetchApiType !== 'BILL_MANDATE') onUnlisted(fields.fetchApiType);
  if (exactness === undefined) onUnlisted(fields.exactness);
  if (fetch === undefined || exactness === undefined) return undefined;
  const channel = fields.channels.find(({ name }) => name === CHANNEL);
  const modes = fields.modes.filter(({ name }) => AGENT_MODES.has(name));
  const paymentModes = modes.map(({ name }) => name);
  const fees = feesOf(fields.slabs, today);
  return {
    id: fields.id,
    name: fields.name,
    category: fields.category,
    fetch,
    exactness,
    parameters: fields.parameters.map(parameterOf),
    paymentModes,
    modeLimits: modes.flatMap(({ name, minPaise = null, maxPaise = null }) =>
      minPaise === null && maxPaise === null ? [] : [{ mode: name, minPaise, maxPaise }],
    ),
    minPaise: channel?.minPaise ?? null,
    maxPaise: channel?.maxPaise ?? null,
    convenienceFees: fees ?? [],
    isAvailable:
      (fields.status ?? 'ACTIVE') === 'ACTIVE' &&
      channel !== undefined &&
      paymentModes.length > 0 &&
      fees !== undefined &&
      fields.planRequirement !== 'MANDATORY',
  };
}

/**
 * The expression is passed on as text: it is the biller's, and run by a linear-time engine only. A closed
 * list says more than the expression beside it.
 */
function parameterOf({
  name,
  dataType,
  isOptional,
  regex,
  choices,
  minLength,
  maxLength,
}: BillerFields['parameters'][number]): BillerParameter {
  return {
    name,
    label: name,
    dataType: dataType === 'NUMERIC' ? 'NUMERIC' : 'ALPHANUMERIC',
    isOptional,
    pattern: choices.length > 0 ? oneOf(choices) : (regex ?? null),
    minLength: minLength ?? null,
    maxLength: maxLength ?? null,
  };
}

function oneOf(choices: readonly string[]): string {
  return `^(?:${choices.map((choice) => choice.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)).join('|')})$`;
}

/**
 * The slabs of the fee in force, without those that cost nothing; undefined when one is not of whole paise and
 * hundredths of a percent, which is all that we can say, or when two hold the same amount.
 */
export function feesOf(slabs: SlabFields[] | undefined, today: string): ConvenienceFee[] | undefined {
  if (slabs === undefined) return undefined;
  const inForce = slabs
    .filter(({ from, to }) => (from === undefined || from <= today) && (to === undefined || to >= today))
    .toSorted((a, b) => Number(a.fromPaise - b.fromPaise));
  if (inForce.some((slab, i) => i > 0 && slab.fromPaise <= inForce[i - 1]!.toPaise)) return undefined;
  const fees: ConvenienceFee[] = [];
  for (const { flatFee, percentFee, fromPaise, toPaise } of inForce) {
    const percentBps = hundredths(percentFee);
    if (percentBps === undefined || !Number.isSafeInteger(flatFee) || flatFee < 0) return undefined;
    if (flatFee > 0 || percentBps > 0)
      fees.push({ flatPaise: BigInt(flatFee), percentBps, fromPaise, toPaise });
  }
  return fees;
}

/** Percent as basis points, by its decimal text: two decimals at the most, up to a hundred percent. */
function hundredths(percent: number): number | undefined {
  try {
    const bps = paiseFromRupeeNumber(percent);
    return bps >= 0n && bps <= 10_000n ? Number(bps) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A fetch as it stands. Bills that have to be paid together can not be chosen from, so they count as a failed
 * fetch.
 */
export function fetchedBillOf(fields: FetchFields, onUnlisted: OnUnlisted): FetchedBill {
  const isList = fields.responseType === 'LIST';
  const state = listed(FETCH_STATES, fields.status);
  if (state === undefined) onUnlisted(fields.status);
  const nothing = { refId: fetchRefOf(fields.refId, isList), bills: [], exactness: null, additional: [] };
  if (state !== 'fetched')
    return { ...nothing, state: state ?? 'processing', reason: state === 'failed' ? reasonOf(fields) : null };
  if (isList && fields.selectionType === 'ALL' && fields.bills.length > 1)
    return { ...nothing, state: 'failed', reason: 'the biller takes its bills together only' };
  return {
    refId: nothing.refId,
    state,
    bills: fields.bills.map(billOf),
    exactness: listed(EXACTNESS, fields.exactness ?? '') ?? null,
    reason: null,
    additional: fields.additional,
  };
}

function reasonOf({ status, failure }: FetchFields): string {
  const words = [failure.code, forPeople(failure.message)].filter((w) => w !== undefined);
  return words.length === 0 ? status : words.join(': ');
}

/** A bill without an amount of its own (the customer chooses) has 0. */
function billOf(bill: BillFields): Bill {
  return {
    amountPaise: bill.amountPaise ?? 0n,
    billNumber: bill.billNumber ?? null,
    billDate: bill.billDate ?? null,
    dueDate: bill.dueDate ?? null,
    period: bill.period ?? null,
    customerName: bill.customerName ?? null,
    minPaise: bill.minPaise ?? null,
    maxPaise: bill.maxPaise ?? null,
    multiplePaise: bill.multiplePaise ?? null,
  };
}
