import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { sqlState } from '../../platform/database';
import { insertOne } from '../../platform/sql';
import type { ApprovalDetail } from '../approvals/approval.model';
import type { ApprovalAction, Proposal } from '../approvals/approvals';
import { DomainError } from '../errors/errors';
import { rulesAt, type RiskRule } from './rules';

/**
 * A rule is tuned by one person who proposes another row and another who approves it. It is in force at once, in every
 * process within seconds; the row before it stays.
 */
export const TUNE = 'risk.rule';

/** What may be tuned. Amounts in paise. */
export interface Tuning {
  isOn?: boolean | undefined;
  action?: RiskRule['action'] | undefined;
  windowS?: number | undefined;
  threshold?: number | undefined;
  leastPaise?: bigint | undefined;
  limitPaise?: bigint | undefined;
  percent?: number | undefined;
  stopS?: number | undefined;
}

export function tuningProposal({
  name,
  tuning,
  ...said
}: {
  name: string;
  tuning: Tuning;
  reason: string;
  evidence: string;
}): Proposal {
  const detail: Record<string, string | number | boolean> = { rule: name };
  for (const [field, value] of Object.entries(tuning) as [string, string | number | boolean | bigint][])
    if (value !== undefined)
      detail[COLUMN[field as keyof Tuning]] = typeof value === 'bigint' ? `${value}` : value;
  return { action: TUNE, subject: `risk_rule:${name}`, detail, ...said };
}

const COLUMN: Readonly<Record<keyof Tuning, string>> = {
  isOn: 'is_on',
  action: 'action',
  windowS: 'window_s',
  threshold: 'threshold',
  leastPaise: 'least_paise',
  limitPaise: 'limit_paise',
  percent: 'percent',
  stopS: 'stop_s',
};
const FIELDS = Object.entries(COLUMN) as [keyof Tuning, string][];

export function createTuning(deps: {
  knex: Knex;
  clock: Clock;
  profile: string;
}): Readonly<Record<string, ApprovalAction>> {
  const { profile, clock } = deps;
  const ruleOf = async (db: Knex | Knex.Transaction, { rule: name }: ApprovalDetail): Promise<RiskRule> => {
    const found = (await rulesAt(db, { profile, at: clock.now() })).find((rule) => rule.name === name);
    if (found === undefined) throw invalid(`there is no rule ${String(name)}: munim risk rules lists them`);
    return found;
  };
  return {
    [TUNE]: {
      async look({ detail }) {
        const rule = await ruleOf(deps.knex, detail);
        return { pattern: rule.pattern };
      },
      async changes(db, detail) {
        const rule = await ruleOf(db, detail);
        const changed = FIELDS.filter(([, column]) => detail[column] !== undefined);
        return Object.fromEntries(
          changed.map(([field, column]) => [column, { from: plain(rule[field]), to: detail[column]! }]),
        );
      },
      async carryOut(trx, approval, by) {
        const rule = await ruleOf(trx, approval.detail);
        await insertRule(trx, { rule, approval, profile, by: by.userId, now: clock.now() });
        return { journalId: null, result: { rule: rule.name } };
      },
    },
  };
}

const plain = (value: boolean | string | number | bigint | null): boolean | string | number | null =>
  typeof value === 'bigint' ? value.toString() : value;

interface NewRule {
  rule: RiskRule;
  approval: { detail: ApprovalDetail; reason: string };
  profile: string;
  by: string;
  now: Date;
}

async function insertRule(
  trx: Knex.Transaction,
  { rule, approval, profile, by, now }: NewRule,
): Promise<void> {
  const tuned = Object.fromEntries(
    FIELDS.map(([field, column]) => [column, approval.detail[column] ?? plain(rule[field])]),
  );
  try {
    await insertOne(trx, 'risk_rules', {
      ...tuned,
      name: rule.name,
      pattern: rule.pattern,
      profile,
      in_force_from: now,
      from_hour: rule.fromHour,
      to_hour: rule.toHour,
      source: approval.reason,
      set_by: by,
    });
  } catch (error) {
    if (sqlState(error) === CHECK_VIOLATION)
      throw invalid(`the rule would not hold: ${String((error as { constraint?: unknown }).constraint)}`);
    throw error;
  }
}

const CHECK_VIOLATION = '23514';

function invalid(detail: string): DomainError {
  return new DomainError('REQUEST_FIELD_INVALID', { detail });
}
