import { isFields, isPaise, no, paise, yes, type Fields, type Reading } from '../reading';
import {
  cursorOf,
  date,
  isAbsent,
  isRef,
  isStatus,
  readData,
  readFailure,
  text,
  type FailureReason,
} from './schemas';

/**
 * Setu's answers about billers and bills; see schemas.ts. Status words stay theirs: transformers.ts and
 * billers.ts translate.
 */
/** `choices`: the values that a closed list has; empty where any will do. */
export interface ParameterFields {
  name: string;
  dataType: string | undefined;
  isOptional: boolean;
  regex: string | undefined;
  choices: string[];
  minLength: number | undefined;
  maxLength: number | undefined;
}
export interface LimitFields {
  name: string;
  minPaise: bigint | undefined;
  maxPaise: bigint | undefined;
}
/** A slab of the fee that the customer pays to the biller: paise and percent, both as numbers of JSON. */
export interface SlabFields {
  fromPaise: bigint;
  toPaise: bigint;
  flatFee: number;
  percentFee: number;
  from: string | undefined;
  to: string | undefined;
}
export interface BillerFields {
  id: string;
  name: string;
  category: string;
  status: string | undefined;
  fetchApiType: string;
  exactness: string;
  planRequirement: string | undefined;
  parameters: ParameterFields[];
  modes: LimitFields[];
  channels: LimitFields[];
  /** Undefined when the fee cannot be read: such a biller must not be offered with a fee of nothing. */
  slabs: SlabFields[] | undefined;
}
export interface BillFields {
  amountPaise: bigint | undefined;
  billNumber: string | undefined;
  billDate: string | undefined;
  dueDate: string | undefined;
  period: string | undefined;
  customerName: string | undefined;
  minPaise: bigint | undefined;
  maxPaise: bigint | undefined;
  multiplePaise: bigint | undefined;
}
export interface FetchFields {
  refId: string;
  status: string;
  bills: BillFields[];
  exactness: string | undefined;
  responseType: string | undefined;
  selectionType: string | undefined;
  additional: { name: string; value: string }[];
  failure: FailureReason;
}

const MAX_BILLS = 100;
const MAX_INFO = 50;
const MAX_CHOICES_LENGTH = 5_000;

/** Names; a category has no other id. */
export function readCategories(json: unknown): Reading<string[]> {
  const read = readData(json);
  if (!read.ok) return read;
  if (!Array.isArray(read.value.categories)) return no('data.categories');
  return yes(
    (read.value.categories as unknown[])
      .slice(0, 500)
      .flatMap((item) => (isFields(item) ? (text(item.name, 100) ?? []) : [])),
  );
}

/**
 * One page. Billers that break the contract are counted and left out, so that one bad line does not hide
 * thousands of others.
 */
export function readBillers(
  json: unknown,
): Reading<{ billers: BillerFields[]; unreadable: number; after: string | undefined }> {
  const read = readData(json);
  if (!read.ok) return read;
  if (!Array.isArray(read.value.billers)) return no('data.billers');
  const items = read.value.billers as unknown[];
  const billers = items.flatMap((item) => readBiller(item) ?? []);
  return yes({ billers, unreadable: items.length - billers.length, after: cursorOf(read.value.nextPage) });
}

function readBiller(value: unknown): BillerFields | undefined {
  if (!isFields(value) || typeof value.id !== 'string' || !/^[A-Za-z0-9]{4,30}$/.test(value.id))
    return undefined;
  const name = text(value.name, 200);
  const category = text(value.categoryName, 100);
  const parameters = listOf(value.customerParams, readParameter);
  const modes = listOf(value.paymentModes, (item) => readLimit(item, 'paymentMode'));
  const channels = listOf(value.paymentChannels, (item) => readLimit(item, 'paymentChannel'));
  if (
    name === undefined ||
    category === undefined ||
    parameters === undefined ||
    modes === undefined ||
    channels === undefined
  )
    return undefined;
  if (!isStatus(value.fetchApiType) || !isStatus(value.exactness)) return undefined;
  return {
    id: value.id,
    name,
    category,
    parameters,
    modes,
    channels,
    fetchApiType: value.fetchApiType,
    exactness: value.exactness,
    status: isAbsent(value.status)
      ? undefined
      : typeof value.status === 'string'
        ? value.status
        : '<not a word>',
    planRequirement: text(value.planRequirement, 40),
    slabs: readSlabs(value.interchangeFee),
  };
}

/**
 * `CHOICE1,CHOICE2`. A list longer than any can be is not enforced: the network checks it anyway.
 */
function choicesOf(values: unknown): string[] {
  if (typeof values !== 'string' || values.length > MAX_CHOICES_LENGTH || isAbsent(values)) return [];
  return values
    .split(',')
    .map((choice) => choice.trim())
    .filter((choice) => choice !== '');
}

function readParameter(item: Fields): ParameterFields | undefined {
  const name = text(item.paramName, 200);
  if (name === undefined) return undefined;
  const length = (value: unknown): number | undefined =>
    isPaise(value) && value > 0 && value <= 10_000 ? value : undefined;
  return {
    name,
    dataType: text(item.dataType, 40),
    isOptional: item.optional === true,
    regex:
      typeof item.regex === 'string' && item.regex !== '' && item.regex.length <= 1_000
        ? item.regex
        : undefined,
    choices: choicesOf(item.values),
    minLength: length(item.minLength),
    maxLength: length(item.maxLength),
  };
}

function readLimit(item: Fields, key: 'paymentMode' | 'paymentChannel'): LimitFields | undefined {
  const name = text(item[key], 40);
  return name === undefined
    ? undefined
    : { name, minPaise: limit(item.minLimit), maxPaise: limit(item.maxLimit) };
}

/** Nothing and 0 are no limit. */
const limit = (value: unknown): bigint | undefined =>
  isPaise(value) && value > 0 ? BigInt(value) : undefined;

/**
 * The slabs of the customer convenience fee: `CCF1`, from the customer to the biller. Other fees are between
 * biller and network.
 */
function readSlabs(value: unknown): SlabFields[] | undefined {
  if (isAbsent(value)) return [];
  const fees = listOf(value, (item) => item);
  if (fees === undefined) return undefined;
  const ours = fees.filter((fee) => fee.feeCode === 'CCF1' && fee.feeDirection === 'C2B');
  const slabs = ours.map((fee) =>
    listOf(
      Array.isArray(fee.interchangeFeeDetailsV2) && fee.interchangeFeeDetailsV2.length > 0
        ? fee.interchangeFeeDetailsV2
        : [fee.interchangeFeeDetails],
      readSlab,
    ),
  );
  return slabs.some((list) => list === undefined) ? undefined : slabs.flatMap((list) => list!);
}

/** One of the two parts of a fee may be left out, which is none of it; without both it cannot be read. */
function readSlab(slab: Fields): SlabFields | undefined {
  const { tranAmtRangeMin: min, tranAmtRangeMax: max, effctvFrom, effctvTo } = slab;
  if (isAbsent(slab.flatFee) && isAbsent(slab.percentFee)) return undefined;
  const [flatFee, percentFee] = [slab.flatFee ?? 0, slab.percentFee ?? 0];
  if (!isPaise(min) || !isPaise(max) || typeof flatFee !== 'number' || typeof percentFee !== 'number')
    return undefined;
  return {
    fromPaise: BigInt(min),
    toPaise: BigInt(max),
    flatFee,
    percentFee,
    from: date(effctvFrom),
    to: date(effctvTo),
  };
}

export function readFetch(json: unknown): Reading<FetchFields> {
  const read = readData(json);
  if (!read.ok) return read;
  const {
    refId,
    status,
    bills,
    exactness,
    billerResponseType,
    billerSelectionType,
    additionalInfo,
    failureReason,
  } = read.value;
  if (!isRef(refId)) return no('data.refId');
  if (!isStatus(status)) return no('data.status');
  const list = isAbsent(bills) ? [] : bills;
  if (!Array.isArray(list) || list.length > MAX_BILLS) return no('data.bills');
  const billsRead: BillFields[] = [];
  for (const bill of list as unknown[]) {
    const one = readBill(bill);
    if (!one.ok) return no(`data.bills.${one.field}`);
    billsRead.push(one.value);
  }
  return yes({
    refId,
    status,
    bills: billsRead,
    exactness: text(exactness, 40),
    responseType: text(billerResponseType, 40),
    selectionType: text(billerSelectionType, 40),
    additional: Array.isArray(additionalInfo)
      ? (additionalInfo as unknown[]).slice(0, MAX_INFO).flatMap(readInfo)
      : [],
    failure: readFailure(failureReason),
  });
}

/** An amount that cannot be read spoils the bill: it would be paid wrong. */
function readBill(value: unknown): Reading<BillFields> {
  if (!isFields(value)) return no('item');
  for (const field of ['amount', 'minAmount', 'maxAmount', 'amountMultiple'])
    if (!isAbsent(value[field]) && !isPaise(value[field])) return no(field);
  return yes({
    amountPaise: paise(value.amount),
    minPaise: paise(value.minAmount),
    maxPaise: paise(value.maxAmount),
    multiplePaise: limit(value.amountMultiple),
    billNumber: text(value.billNumber, 100),
    billDate: date(value.billDate),
    dueDate: date(value.dueDate),
    period: text(value.billPeriod, 40),
    customerName: text(value.customerName, 100),
  });
}

function readInfo(item: unknown): { name: string; value: string }[] {
  const [name, value] = isFields(item) ? [text(item.name, 100), text(item.value, 500)] : [];
  return name === undefined || value === undefined ? [] : [{ name, value }];
}

/** Undefined when it is no list, or an item of it cannot be read. */
function listOf<T>(value: unknown, read: (item: Fields) => T | undefined): T[] | undefined {
  if (!Array.isArray(value) || value.length > 500) return undefined;
  const items = (value as unknown[]).map((item) => (isFields(item) ? read(item) : undefined));
  return items.some((item) => item === undefined) ? undefined : (items as T[]);
}
