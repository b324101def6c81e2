import { addMs } from '../../platform/clock';
import type { FieldCipher } from '../../platform/encryption';
import { publicId } from '../../platform/ids';
import type { Reconfirm, Warning } from '../banks/ifsc';
import { bankOfIfsc } from '../banks/list';
import type { Beneficiaries, MadeBy } from '../beneficiaries/beneficiaries';
import { matchNames } from '../india/names';
import type { ValidationMethod } from '../validations/port';
import type { ValidationState } from '../validations/rows';
import { REGISTERED_NAME } from '../validations/sealed';
import type { PayeeRow } from './rows';
import type { CheckRule, PayeeRule } from './rules';

/** A beneficiary as its user sees it: the name as it was given, of the account the end alone. */
export interface PayeeView {
  id: string;
  object: 'beneficiary';
  status: 'active' | 'archived';
  name: string;
  kind: 'bank' | 'vpa';
  account: string;
  ifsc: string | null;
  bank: string | null;
  reconfirm: Reconfirm | null;
  made_by: MadeBy;
  /** Until then not all may be paid to it; null: it is not new, or nobody is. */
  new_until: string | null;
  verification: VerificationView | null;
  created_at: string;
  archived_at: string | null;
  links: { self: string };
  /** With the answer to its making only. */
  warnings?: Warning[];
}

export interface VerificationView {
  /** `checking` is asked about until it is known; `failed`: nobody could say, and it may be asked for again. */
  status: 'checking' | 'valid' | 'invalid' | 'failed';
  method: ValidationMethod;
  /** How far the name that the bank has is the one that was given; null until the account is known to be there. */
  name_match: NameVerdict | null;
  name_score: number | null;
  name_at_bank: string | null;
  /** The provider's, or ours until there is one. */
  reference: string;
  utr: string | null;
  asked_at: string;
  answered_at: string | null;
  /** So long the answer counts; null where there is none. */
  good_until: string | null;
}
/** `no_name`: the bank has the account and said no name. */
export type NameVerdict = 'match' | 'partial' | 'mismatch' | 'no_name';

const DAY_MS = 86_400_000;

export interface ViewDependencies {
  cipher: FieldCipher;
  beneficiaries: Pick<Beneficiaries, 'open'>;
}
export interface ViewRules {
  payees: PayeeRule;
  checks: CheckRule;
  at: Date;
}

export function viewOf(deps: ViewDependencies, row: PayeeRow, rules: ViewRules): PayeeView {
  const id = publicId('beneficiary', row.id);
  const { name } = deps.beneficiaries.open(row);
  const newUntil = addMs(row.restoredAt ?? row.createdAt, rules.payees.newForS * 1_000);
  const isNew = row.archivedAt === null && newUntil > rules.at;
  return {
    id,
    object: 'beneficiary',
    status: row.archivedAt === null ? 'active' : 'archived',
    name,
    kind: row.kind,
    account: row.hint,
    ifsc: row.ifsc,
    bank: row.ifsc === null ? null : bankOfIfsc(row.ifsc),
    reconfirm: row.reconfirm,
    made_by: row.madeBy,
    new_until: isNew ? newUntil.toISOString() : null,
    verification: verificationOf(deps, row, name, rules.checks),
    created_at: row.createdAt.toISOString(),
    archived_at: row.archivedAt?.toISOString() ?? null,
    links: { self: `/v1/beneficiaries/${id}` },
  };
}

function verificationOf(
  { cipher }: ViewDependencies,
  row: PayeeRow,
  name: string,
  rule: CheckRule,
): VerificationView | null {
  const { checkId, checkState, endedAt, registeredNameSealed } = row;
  if (checkId === null || checkState === null) return null;
  const nameAtBank =
    registeredNameSealed === null ? null : cipher.open(registeredNameSealed, REGISTERED_NAME.place(checkId));
  const score = nameAtBank === null ? null : matchNames(name, nameAtBank).score;
  const isAnswer = checkState === 'valid' || checkState === 'invalid';
  return {
    status: STATUSES[checkState],
    method: row.checkMethod!,
    name_match: checkState === 'valid' ? verdictOn(score, rule) : null,
    name_score: score,
    name_at_bank: nameAtBank,
    reference: row.providerReference ?? row.ourReference!,
    utr: row.utr,
    asked_at: row.begunAt!.toISOString(),
    answered_at: isAnswer ? endedAt!.toISOString() : null,
    good_until: isAnswer ? addMs(endedAt!, rule.freshDays * DAY_MS).toISOString() : null,
  };
}

export function verdictOn(score: number | null, { matchFrom, partialFrom }: CheckRule): NameVerdict {
  if (score === null) return 'no_name';
  if (score >= matchFrom) return 'match';
  return score >= partialFrom ? 'partial' : 'mismatch';
}

const STATUSES: Readonly<Record<ValidationState, VerificationView['status']>> = {
  begun: 'checking',
  sent: 'checking',
  valid: 'valid',
  invalid: 'invalid',
  failed: 'failed',
  refused: 'failed',
  unresolved: 'failed',
};
