import type { Knex } from 'knex';
import { businessDate, isCalendarDay, type Clock } from '../../platform/clock';
import { sqlState } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { insertOne } from '../../platform/sql';
import type { ApprovalDetail, ApprovalModel } from '../approvals/approval.model';
import type { ApprovalAction, Proposal } from '../approvals/approvals';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import { COMMISSION_ERRORS } from './errors';
import { faultsOf, type RuleFault, type Slab } from './rule-check';
import { findScheme, hasTerms, incomesOf, insertRule, memberOn, type SchemeRow } from './rule-rows';
import { slabsFromText, slabsToText } from './slab-text';

/**
 * What one person proposes and another approves about commissions:
 *   scheme.make   a scheme: for all, for those of a plan, for a network or for one user
 *   scheme.rule   a version of the rule of a place in a scheme, in force from a later day
 *   scheme.plan   the plan of a user from a later day
 */
interface Said {
  reason: string;
  evidence: string;
}

export interface RuleDraft {
  scheme: string;
  service: string;
  category: string | null;
  operator: string | null;
  /** `YYYY-MM-DD`, after today: a day that has begun keeps its rules. */
  inForceFrom: string;
  /** None: from that day the place has no rule, and the next less specific one counts. */
  slabs: readonly Slab[];
}

const NAME = /^[a-z][a-z0-9_-]{1,39}$/;
const MAX_SLABS = 60;
const SCOPES = ['all', 'plan', 'network', 'user'] as const;

export function schemeProposal(
  given: { name: string; scope: SchemeRow['scope']; user: UserId | null } & Said,
): Proposal {
  const { name, scope, user, ...said } = given;
  const faults: RuleFault[] = [];
  if (!NAME.test(name))
    faults.push({ field: 'name', reason: '2 to 40 small letters, digits, - and _, a letter first' });
  if (!SCOPES.includes(scope)) faults.push({ field: 'scope', reason: `it is one of ${SCOPES.join(', ')}` });
  if ((scope === 'network' || scope === 'user') !== (user !== null))
    faults.push({
      field: 'user',
      reason: 'a scheme of a network or of one user names that user, others none',
    });
  refuse(faults);
  return { action: 'scheme.make', subject: `scheme:${name}`, detail: { name, scope, user }, ...said };
}

export function ruleProposal({ slabs, ...given }: RuleDraft & Said): Proposal {
  const { scheme, service, category, operator, inForceFrom, ...said } = given;
  const place = [service, category ?? '', operator ?? ''].join(':');
  return {
    action: 'scheme.rule',
    subject: `scheme:${scheme}:${place}`,
    detail: { scheme, service, category, operator, in_force_from: inForceFrom, slabs: slabsToText(slabs) },
    ...said,
  };
}

/** `scheme` null: of no plan from that day. */
export function planProposal(
  given: { user: UserId; scheme: string | null; inForceFrom: string } & Said,
): Proposal {
  const { user, scheme, inForceFrom, ...said } = given;
  return {
    action: 'scheme.plan',
    subject: `scheme_plan:${user}`,
    detail: { user, scheme, in_force_from: inForceFrom },
    ...said,
  };
}

export function createSchemeActions(deps: {
  knex: Knex;
  clock: Clock;
  ids: Ids;
}): Readonly<Record<string, ApprovalAction>> {
  const { knex, clock, ids } = deps;
  const today = (): string => businessDate(clock.now());
  return {
    'scheme.make': {
      async look({ detail }) {
        if ((await findScheme(knex, String(detail.name))) !== undefined)
          throw new DomainError(COMMISSION_ERRORS.COMMISSION_SCHEME_EXISTS);
        return {};
      },
      async carryOut(trx, approval) {
        await makeScheme(trx, { id: ids.uuid(), approval, at: clock.now() });
        return done({ scheme: String(approval.detail.name) });
      },
    },
    'scheme.rule': {
      async look({ detail }) {
        await readDraft(knex, detail, today());
        return {};
      },
      async carryOut(trx, { id, detail }) {
        const draft = await readDraft(trx, detail, today());
        const ruleId = await insertRule(trx, { ...draft, approvalId: id, createdAt: clock.now() });
        return done({ rule: ruleId.toString(), in_force_from: draft.inForceFrom });
      },
    },
    'scheme.plan': {
      async look({ detail }) {
        await readPlan(knex, detail, today());
        return {};
      },
      async carryOut(trx, { id, detail }) {
        const { userId, schemeId, inForceFrom } = await readPlan(trx, detail, today());
        await insertOne(trx, 'commission_plan_members', {
          user_id: userId,
          in_force_from: inForceFrom,
          scheme_id: schemeId,
          approval_id: id,
          created_at: clock.now(),
        });
        return done({ in_force_from: inForceFrom });
      },
    },
  };
}

const done = (result: ApprovalDetail) => ({ journalId: null, result });

async function makeScheme(
  trx: Knex.Transaction,
  { id, approval, at }: { id: string; approval: ApprovalModel; at: Date },
): Promise<void> {
  const { name, scope, user } = approval.detail;
  try {
    await insertOne(trx, 'commission_schemes', {
      ...{ id, name, scope, scope_user_id: user, approval_id: approval.id, created_at: at },
    });
  } catch (error) {
    if (sqlState(error) === '23505')
      throw new DomainError(COMMISSION_ERRORS.COMMISSION_SCHEME_EXISTS, { cause: error });
    if (sqlState(error) === '23503') refuse([{ field: 'user', reason: 'there is no such user' }]);
    throw error;
  }
}

/** What was proposed, if it can be used on what is known now. Throws DomainError COMMISSION_RULE_INVALID. */
async function readDraft(db: Knex | Knex.Transaction, detail: ApprovalDetail, today: string) {
  const scheme = await schemeOf(db, detail.scheme);
  const place = {
    schemeId: scheme.id,
    service: String(detail.service),
    category: textOrNull(detail.category),
    operator: textOrNull(detail.operator),
  };
  const inForceFrom = String(detail.in_force_from);
  const slabs = slabsFromText(String(detail.slabs));
  const faults = faultsOfDay(inForceFrom, today);
  if (place.category !== null && place.operator !== null)
    faults.push({ field: 'operator', reason: 'a rule is for a category or for an operator, not both' });
  if (!(await hasTerms(db, place.service)))
    faults.push({ field: 'service', reason: 'nothing is shared of such a service' });
  if (slabs.length > MAX_SLABS) faults.push({ field: 'slabs', reason: `there are ${MAX_SLABS} at most` });
  refuse(faults);
  const incomes = await incomesOf(db, place, inForceFrom);
  refuse(faultsOf(slabs, incomes));
  return { ...place, inForceFrom, slabs };
}

async function readPlan(db: Knex | Knex.Transaction, detail: ApprovalDetail, today: string) {
  const scheme = detail.scheme === null ? null : await schemeOf(db, detail.scheme);
  const inForceFrom = String(detail.in_force_from);
  const faults = faultsOfDay(inForceFrom, today);
  if (scheme !== null && scheme.scope !== 'plan')
    faults.push({ field: 'scheme', reason: `${scheme.name} is no plan` });
  refuse(faults);
  refuse(await faultsOfMember(db, String(detail.user), inForceFrom));
  return { userId: String(detail.user), schemeId: scheme?.id ?? null, inForceFrom };
}

async function faultsOfMember(db: Knex | Knex.Transaction, user: string, day: string): Promise<RuleFault[]> {
  const { isKnown, isTaken } = await memberOn(db, user, day);
  if (!isKnown) return [{ field: 'user', reason: 'there is no such user' }];
  return isTaken
    ? [{ field: 'in_force_from', reason: 'what was approved for that day stays: choose another day' }]
    : [];
}

async function schemeOf(db: Knex | Knex.Transaction, name: unknown): Promise<SchemeRow> {
  const found = await findScheme(db, String(name));
  if (found === undefined) throw new DomainError(COMMISSION_ERRORS.COMMISSION_SCHEME_NOT_FOUND);
  return found;
}

function faultsOfDay(day: string, today: string): RuleFault[] {
  if (!isCalendarDay(day)) return [{ field: 'in_force_from', reason: 'a day, such as 2026-04-01' }];
  return day > today
    ? []
    : [
        {
          field: 'in_force_from',
          reason: `it is after today, ${today}: a day that has begun keeps its rules`,
        },
      ];
}

function refuse(faults: readonly RuleFault[]): void {
  if (faults.length === 0) return;
  throw new DomainError(COMMISSION_ERRORS.COMMISSION_RULE_INVALID, {
    detail: faults.map(({ field, reason }) => `${field}: ${reason}`).join('; '),
    errors: faults.map(({ field, reason }) => ({
      pointer: `#/${field.replaceAll(/[.[]/g, '/').replaceAll(']', '')}`,
      code: 'COMMISSION_RULE_INVALID',
      detail: reason,
    })),
  });
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
