import Joi from 'joi';
import { APPROVAL_STATES, type ApprovalModel } from '../../domain/approvals/approval.model';
import { publicId } from '../../platform/ids';
import { paiseToJson } from '../../platform/money';
import { characters } from '../schemas/fields';
import { answer, id, instant, is, list, paise, part, path, words } from './fields';

/** What one person proposed and another decides, for staff. */

/** Several lines too, and nothing. */
export const anyText = (most: number): Joi.StringSchema =>
  characters(0, most).pattern(/^[^\p{Cs}\p{Co}]*$/u, 'a text');

export interface Fact {
  name: string;
  value: string | null;
}
const MOST_FACTS = 200;
export const facts = (): Joi.ArraySchema =>
  Joi.array()
    .items(part<Fact>({ name: words(120), value: anyText(20_000).allow(null) }))
    .max(MOST_FACTS);

/** Names and values, one line for each; of what holds others the names are joined by a dot. */
export function factsOf(values: Readonly<Record<string, unknown>>, before = ''): Fact[] {
  return Object.entries(values).flatMap(([key, value]): Fact[] => {
    const name = `${before}${key}`;
    if (typeof value === 'object' && value !== null)
      return factsOf(value as Record<string, unknown>, `${name}.`);
    return [{ name, value: value === null || value === undefined ? null : written(value) }];
  });
}

const written = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

export interface ApprovalAnswer {
  object: 'approval';
  id: string;
  action: string;
  subject: string;
  state: ApprovalModel['state'];
  area: string | null;
  case: string | null;
  amount: number | null;
  reason: string;
  evidence: string;
  detail: Fact[];
  changes: { field: string; from: string | null; to: string | null }[];
  proposed_by: string;
  proposed_at: string;
  expires_at: string | null;
  decided_by: string | null;
  decided_at: string | null;
  note: string | null;
  links: { self: string; page: string };
}

export const approval = answer<ApprovalAnswer>('Approval', 'What one person proposed and another decides', {
  object: is('approval'),
  id: id('approval'),
  action: words(60).example('settlement.release'),
  subject: anyText(400),
  state: is(...APPROVAL_STATES).description('`alone`: so small that the proposer did it'),
  area: words(40).allow(null).example('settlements'),
  case: id('case').allow(null),
  amount: paise().allow(null),
  reason: anyText(1_000),
  evidence: anyText(1_000),
  detail: facts().description('What is to be done, and what the proposer saw'),
  changes: Joi.array()
    .items(
      part<ApprovalAnswer['changes'][number]>({
        field: words(120),
        from: anyText(2_000).allow(null),
        to: anyText(2_000).allow(null),
      }),
    )
    .max(MOST_FACTS)
    .description('Of a proposal that changes values: what they were and what they are to be'),
  proposed_by: id('user'),
  proposed_at: instant(),
  expires_at: instant().allow(null),
  decided_by: id('user').allow(null),
  decided_at: instant().allow(null),
  note: anyText(1_000).allow(null),
  links: part<ApprovalAnswer['links']>({
    self: path('/admin/v1/approvals/apr_01jxvqexvqexvt0xvqexvqexvq'),
    page: path('/ops/approvals/apr_01jxvqexvqexvt0xvqexvqexvq').description('Where people decide'),
  }),
});
export const approvals = list(approval, 'ApprovalList');

export interface CarriedOutAnswer {
  object: 'carried_out';
  approval: ApprovalAnswer;
  result: Fact[];
}
export const carriedOut = answer<CarriedOutAnswer>('CarriedOut', 'What was approved and is done', {
  object: is('carried_out'),
  approval,
  result: facts(),
});

const textOf = (value: string | number | boolean | null): string | null =>
  value === null ? null : String(value);

export function approvalOf(one: ApprovalModel): ApprovalAnswer {
  const shown = publicId('approval', one.id);
  return {
    object: 'approval',
    id: shown,
    action: one.action,
    subject: one.subject,
    state: one.state,
    area: one.area,
    case: one.caseId === null ? null : publicId('case', one.caseId),
    amount: one.amountPaise === null ? null : paiseToJson(one.amountPaise),
    reason: one.reason,
    evidence: one.evidence,
    detail: factsOf(one.detail),
    changes: Object.entries(one.changes ?? {}).map(([field, { from, to }]) => ({
      ...{ field, from: textOf(from), to: textOf(to) },
    })),
    proposed_by: publicId('user', one.proposedBy),
    proposed_at: one.proposedAt.toISOString(),
    expires_at: one.expiresAt?.toISOString() ?? null,
    decided_by: one.decidedBy === null ? null : publicId('user', one.decidedBy),
    decided_at: one.decidedAt?.toISOString() ?? null,
    note: one.note,
    links: { self: `/admin/v1/approvals/${shown}`, page: `/ops/approvals/${shown}` },
  };
}
