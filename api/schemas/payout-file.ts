import Joi from 'joi';
import { fieldError } from '../../domain/errors/errors';
import { PAYOUT_FILE_ERRORS } from '../../domain/payout-files/errors';
import type { LineState } from '../../domain/payout-files/file-rows';
import type { FileLine, ReadFile } from '../../domain/payout-files/payout-files';
import { paiseFromRupees } from '../../platform/decimal';
import { paiseToJson, type Paise } from '../../platform/money';
import { askedPayout } from './asked-payout';
import { readCsvLines, type CsvCells, type CsvForm } from './csv';
import { page, REFERENCE } from './fields';
import { payoutBody, type PayoutBody } from './payouts';
import { validate } from './validate';

/** What a file of payouts may hold. */
export const MOST_PAYOUT_FILE_BYTES = 4_194_304;
const MOST_LINES = 10_000;

const REQUIRED = ['amount', 'reference'] as const;
const OTHERS = [
  'name',
  'account_number',
  'ifsc',
  'vpa',
  'beneficiary_id',
  'mode',
  'narration',
  'force',
] as const;
type Column = (typeof REQUIRED)[number] | (typeof OTHERS)[number];
const FORM = {
  required: REQUIRED,
  others: OTHERS,
  mostLines: MOST_LINES,
  invalid: PAYOUT_FILE_ERRORS.PAYOUT_FILE_INVALID,
  headerInvalid: PAYOUT_FILE_ERRORS.PAYOUT_FILE_HEADER_INVALID,
} as const satisfies CsvForm<Column>;

/**
 * The lines of a CSV file, each checked as the body of `POST /v1/payouts` is, but that its amount is in rupees
 * (`1234.50`). Throws DomainError PAYOUT_FILE_INVALID, PAYOUT_FILE_HEADER_INVALID.
 */
export const readPayoutFile = (bytes: Buffer): Promise<ReadFile> =>
  readCsvLines<Column, Omit<FileLine, 'line'>>(
    bytes,
    FORM,
    (cells) => ({ ...toldBy(cells), asked: askedPayout(bodyOf(cells)) }),
    (refusal, cells) => ({ ...toldBy(cells), asked: refusal }),
  );

/** What of a line can be told, also where it is refused. */
const toldBy = ({ reference = '', amount }: CsvCells<Column>) => ({
  reference: REFERENCE.test(reference) ? reference : null,
  amountPaise: amount === undefined ? null : paiseOf(amount),
});

/** Null for what is no amount: a mistyped one is never read as another. */
function paiseOf(text: string): Paise | null {
  if (!/^\d{1,12}(?:\.\d{1,2})?$/.test(text)) return null;
  return paiseFromRupees(text);
}

function bodyOf({ amount, name, ...cells }: CsvCells<Column>): PayoutBody {
  const paise = amount === undefined ? null : paiseOf(amount);
  const { account_number, ifsc, vpa, reference, beneficiary_id, mode, narration, force } = cells;
  if (amount !== undefined && paise === null)
    throw fieldError(PAYOUT_FILE_ERRORS.PAYOUT_FILE_INVALID, '#/amount', RUPEES);
  const isSpelledOut = [name, account_number, ifsc, vpa].some((part) => part !== undefined);
  const body = {
    ...(paise === null ? {} : { amount: paiseToJson(paise) }),
    currency: 'INR',
    ...(isSpelledOut ? { beneficiary: { name, account_number, ifsc, vpa } } : {}),
    ...{ beneficiary_id, mode: mode?.toUpperCase(), reference, narration },
    force: force?.toLowerCase() === 'yes' ? true : force, // anything else is refused by the rule of the field
  };
  return validate<PayoutBody>(payoutBody, withoutMissing(body), '#');
}
const RUPEES = 'must be rupees with a point and at most two decimals, without commas: 1234.50';

/** Fields that are not there are left out, as they are from JSON. */
const withoutMissing = (body: object): unknown => JSON.parse(JSON.stringify(body));

const MOST_PAISE = 1_000_000_000_000_000;
const lines = Joi.number().integer().min(1).max(MOST_LINES).required().example(2);
const sum = Joi.number().integer().min(1).max(MOST_PAISE).required().example(150_000);

/** POST /v1/payout-files: what is in the file, told apart from it. */
export const payoutFileTotals = Joi.object<{ lines: number; amount: number }>({
  lines: lines.description('How many payouts the file has'),
  amount: sum.description('What they come to, in paise'),
}).required();

/** POST /v1/payout-files/{id}/release */
export const payoutFileReleaseBody = Joi.object<{ lines: number; amount: number }>({
  lines: lines.description('`ready_lines` of the file'),
  amount: sum.description('`ready_amount` of the file, in paise'),
}).required();

/** GET /v1/payout-files/{id}/lines */
export const payoutFileLinesQuery = Joi.object<{ limit: number; cursor?: string; state?: LineState }>({
  ...page,
  state: Joi.string().valid('ready', 'accepted', 'refused', 'dropped'),
});
