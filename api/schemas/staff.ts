import Joi from 'joi';
import { APPROVAL_STATES, type ApprovalState } from '../../domain/approvals/approval.model';
import type { DueState } from '../../domain/commissions/desk';
import { RECEIVABLES, SHORT_CAUSES, type Receivable, type ShortCause } from '../../domain/funds/receipts';
import { SERVICES, type ServiceName } from '../../domain/provider/service-name';
import { TAXES } from '../../domain/remittances/desk';
import type { Tax } from '../../domain/remittances/dues';
import { SETTLEMENT_STATUSES, type SettlementStatus } from '../../domain/settlements/read';
import { USER_TYPES, type UserType } from '../../domain/users/types';
import { amount, day, page } from './fields';
import {
  idIn,
  month,
  nameIn,
  note,
  numberIn,
  saidOfProposal,
  statementReference,
  wordIn,
  type Said,
} from './staff-fields';

interface Page {
  limit: number;
  cursor?: string;
}
const oneOf = (...values: readonly string[]): Joi.StringSchema => Joi.string().valid(...values);

// What persons decide

export const approvalsQuery = Joi.object<Page & { state?: ApprovalState }>({
  ...page,
  state: oneOf(...APPROVAL_STATES),
});
export const refusalBody = Joi.object<{ note: string }>({ note: note.required() }).required();

// Reconciliation

const source = nameIn('escrow').description('One of the sources');
export const sourceDayQuery = Joi.object<Page & { source?: string; date?: string }>({
  ...page,
  source,
  date: day,
});
export const fileQuery = Joi.object<{ source: string; date: string; name: string }>({
  source: source.required(),
  date: day.required(),
  name: Joi.string()
    .max(100)
    .pattern(/^[A-Za-z0-9_ .()+-]+$/, 'letters, digits, blanks and _ . - + ( )')
    .example('statement.csv')
    .required(),
});
export const linesQuery = Joi.object<Page & { source: string; file?: number; state?: string }>({
  ...page,
  source: source.required(),
  file: numberIn(1, 999_999_999, '1').description('The number of the file'),
  state: oneOf('open', 'matched', 'agreed'),
});

export interface BreaksQuery extends Page {
  source?: string;
  provider?: string;
  kind?: string;
  date?: string;
  state: 'open' | 'resolved';
  owner?: string;
  min_age_days?: number;
}
export const breaksQuery = Joi.object<BreaksQuery>({
  ...page,
  source,
  provider: nameIn('eko'),
  kind: wordIn('bank_credit_unmatched'),
  date: day,
  state: oneOf('open', 'resolved').default('open'),
  owner: Joi.string()
    .max(30)
    .pattern(/^(?:nobody|usr_[0-7][0-9a-hjkmnp-tv-z]{25})$/, 'the id of a user, or nobody')
    .example('nobody'),
  min_age_days: numberIn(1, 3_650, '7'),
});
export const ownerBody = Joi.object<{ owner: string | null }>({
  owner: idIn('user').allow(null).required(),
}).required();
export const breakProposalBody = Joi.object<Said & { choice: string; transaction?: string }>({
  choice: wordIn('write_off').required(),
  transaction: idIn('transaction').description('Of `link`: the candidate that the row is about'),
  ...saidOfProposal,
}).required();
export const sourceOfDay = Joi.object<{ source: string; date: string }>({
  source: source.required(),
  date: day.required(),
}).required();

// Settlements

const bank = nameIn('escrow').description('Our bank account by its name in the books').required();
const settled = { ...page, status: oneOf(...SETTLEMENT_STATUSES) };
export const itemsOfBatchQuery = Joi.object<Page & { status?: SettlementStatus }>(settled);
export const itemsQuery = Joi.object<Page & { date: string; status?: SettlementStatus }>({
  ...settled,
  date: day.description('The business day').required(),
});
export const bankBody = Joi.object<{ bank: string }>({ bank }).required();
export const bankQuery = Joi.object<{ bank: string }>({ bank });
export const proposalBody = Joi.object<Said>(saidOfProposal).required();
const utr = Joi.string()
  .min(6)
  .max(40)
  .pattern(/^[A-Z0-9]+$/, 'capitals and digits');
export interface EndProposal extends Said {
  says: 'PAID' | 'REJECTED' | 'RETURNED';
  utr?: string;
  return_utr?: string;
}
export const endProposalBody = Joi.object<EndProposal>({
  says: oneOf('PAID', 'REJECTED', 'RETURNED')
    .description('What the bank would have said: it was paid, it never went, or it was paid and came back')
    .required(),
  utr: utr.description('Of the payment; none where it never went').example('HDFCN52026110200001'),
  return_utr: utr
    .description('Of what came back, where it has one of its own')
    .example('HDFCN52026110300009'),
  ...saidOfProposal,
}).required();
export const fileProposalBody = Joi.object<Said & { choice: 'release' | 'cancel' }>({
  choice: oneOf('release', 'cancel').required(),
  ...saidOfProposal,
}).required();

// Taxes, and what providers owe

export const taxDocumentsQuery = Joi.object<
  Page & { user?: string; kind?: 'invoice' | 'credit_note'; month?: string; number?: string }
>({
  ...page,
  user: idIn('user'),
  kind: oneOf('invoice', 'credit_note'),
  month,
  number: Joi.string()
    .max(16)
    .pattern(/^(INV|CRN)\/[0-9]{4}\/[0-9]{7}$/, 'as on the document')
    .example('INV/2627/0000001'),
});
export const remittancesQuery = Joi.object<Page & { tax?: Tax }>({ ...page, tax: oneOf(...TAXES) });

interface RemittanceBody extends Said {
  month: string;
  challan: string;
  paid_on: string;
}
interface StatementLine {
  amount: number;
  bank: string;
  reference: string;
}
const line = { amount, bank, reference: statementReference.required() };
const remitted = {
  month: month.required(),
  challan: Joi.string()
    .max(40)
    .pattern(/^[A-Za-z0-9][A-Za-z0-9/-]{2,39}$/, '3 to 40 letters, digits, / and -')
    .example('CH-00042')
    .required(),
  paid_on: day.required(),
  ...saidOfProposal,
};
export const tdsRemittanceBody = Joi.object<RemittanceBody & StatementLine & { section: string }>({
  ...remitted,
  ...line,
  section: Joi.string()
    .max(24)
    .pattern(/^[0-9]{3}[0-9A-Za-z()-]{0,20}$/, 'a section, as 393(1)-1(ii)')
    .example('393(1)-1(ii)')
    .required(),
}).required();
export interface GstRemittanceBody extends RemittanceBody {
  paid?: StatementLine;
  input?: number;
}
export const gstRemittanceBody = Joi.object<GstRemittanceBody>({
  ...remitted,
  paid: Joi.object(line).description('What the bank paid; none where `input` pays all of it'),
  input: amount
    .optional()
    .description(
      'Tax on our own purchases that is set against it; none where the bank pays all of it; paise',
    ),
})
  .or('paid', 'input')
  .required();

export interface ReceiptBody extends Said {
  provider: string;
  of: Receivable;
  bank: string;
  amount: number;
  reference: string;
  short?: { amount: number; cause: ShortCause };
}
export const receiptBody = Joi.object<ReceiptBody>({
  provider: nameIn('eko').required(),
  of: oneOf(...RECEIVABLES).required(),
  bank,
  amount,
  reference: statementReference.required(),
  short: Joi.object({ amount, cause: oneOf(...SHORT_CAUSES).required() }).description(
    'What is missing, and why',
  ),
  ...saidOfProposal,
}).required();

export const compensationsQuery = Joi.object<Page & { date?: string; transaction?: string }>({
  ...page,
  date: day,
  transaction: idIn('transaction'),
});

// Commissions

const SCOPES = ['all', 'plan', 'network', 'user'] as const;
const scheme = Joi.string()
  .max(40)
  .pattern(/^[a-z][a-z0-9_-]{1,39}$/, '2 to 40 small letters, digits, - and _, a letter first')
  .example('gold');
const code = Joi.string()
  .max(60)
  .pattern(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'letters, digits and _ . -');
const place = {
  service: oneOf(...SERVICES).required(),
  category: code.example('IMPS').description('Of billers; a mode; a kind of withdrawal'),
  operator: code.example('jio').description('A biller or an operator'),
};
interface Place {
  service: ServiceName;
  category?: string;
  operator?: string;
}
const counts = day.description('From this day on; after today').required();

export interface SchemeBody extends Said {
  name: string;
  scope: (typeof SCOPES)[number];
  user?: string;
}
export const schemeBody = Joi.object<SchemeBody>({
  name: scheme.required(),
  scope: oneOf(...SCOPES).required(),
  user: idIn('user').description('Whose network, or who'),
  ...saidOfProposal,
}).required();

export interface SlabBody {
  from: number;
  to: number;
  basis: 'amount' | 'commission';
  shares: { level: UserType; flat: number; bps: number; cap: number | null }[];
}
const share = Joi.object({
  level: oneOf(...USER_TYPES).required(),
  flat: Joi.number().integer().min(0).max(1_000_000_000_000).default(0).description('Paise'),
  bps: Joi.number()
    .integer()
    .min(0)
    .max(10_000)
    .default(0)
    .description('Of the amount, or of the commission'),
  cap: Joi.number().integer().min(1).max(1_000_000_000_000).allow(null).default(null).description('Paise'),
});
export interface RuleBody extends Said, Place {
  from: string;
  slabs: SlabBody[];
}
export const ruleBody = Joi.object<RuleBody>({
  ...place,
  from: counts,
  slabs: Joi.array()
    .items(
      Joi.object({
        from: amount.description('The least amount of it; paise'),
        to: amount.description('The largest amount of it; paise'),
        basis: oneOf('amount', 'commission').required(),
        shares: Joi.array().items(share).max(USER_TYPES.length).required(),
      }),
    )
    .max(60)
    .required()
    .description('None: from that day the place has no rule'),
  ...saidOfProposal,
}).required();
export const planBody = Joi.object<Said & { user: string; scheme: string | null; from: string }>({
  user: idIn('user').required(),
  scheme: scheme.allow(null).required().description('A scheme of the scope plan; null: none'),
  from: counts,
  ...saidOfProposal,
}).required();

export const previewOfUserQuery = Joi.object<Place & { user: string; amount: number }>({
  user: idIn('user').required(),
  ...place,
  amount,
});
const dueState = oneOf('open', 'paid').description('Whether all of what is payable with it is paid');
export const duesQuery = Joi.object<Page & { date: string; user?: string; state?: DueState }>({
  ...page,
  date: day.required().description('From which it is paid'),
  user: idIn('user'),
  state: dueState,
});
export const accrualsQuery = Joi.object<Page & { user: string; from: string; to: string; state?: DueState }>({
  ...page,
  user: idIn('user').required(),
  from: day.required(),
  to: day.required(),
  state: dueState,
});
export const payoutsQuery = Joi.object<Page & { user?: string; date?: string }>({
  ...page,
  user: idIn('user'),
  date: day,
});
