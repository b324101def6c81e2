import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { rows } from '../../platform/database';

/** Rules of risk: rows in force from an instant. The newest of each name counts. */
export const PATTERNS = [
  'velocity',
  'amount',
  'just_under',
  'night',
  'declines',
  'new_device',
  'dormant',
  'sprayed',
  'guessed',
  'customer_at_many',
  'payee_of_many',
  'penny_drops',
] as const;
export type Pattern = (typeof PATTERNS)[number];

export interface RiskRule {
  name: string;
  pattern: Pattern;
  isOn: boolean;
  /** `hold`: what follows, or is about the same, is not sent before a person has looked. */
  action: 'case' | 'hold';
  windowS: number;
  /** More than so many, or so much. */
  threshold: number;
  leastPaise: bigint;
  limitPaise: bigint | null;
  percent: number | null;
  fromHour: number | null;
  toHour: number | null;
  /** So long what follows is stopped. */
  stopS: number | null;
  /** Why it is so. */
  source: string;
  inForceFrom: Date;
}

export const RULE_COLUMNS = `name, pattern, is_on as "isOn", action, window_s as "windowS", threshold,
  least_paise as "leastPaise", limit_paise as "limitPaise", percent, from_hour as "fromHour", to_hour as "toHour",
  stop_s as "stopS", source, in_force_from as "inForceFrom"`;

/** Of each name the newest row in force, switched off or not. */
export function rulesAt(
  db: Knex | Knex.Transaction,
  { profile, at }: { profile: string; at: Date },
): Promise<RiskRule[]> {
  return rows<RiskRule>(
    db,
    `select distinct on (name) ${RULE_COLUMNS} from risk_rules
     where profile = :profile and in_force_from <= :at order by name, in_force_from desc`,
    { profile, at },
  );
}

/** The subject of the case of a finding: `mule:payee:<uuid>`. */
export const alarmSubject = (rule: string, subject: string): string => `${rule}:${subject}`;

const KEPT_MS = 5_000;

/** The rules in force as a process knows them: read again after some seconds. */
export function createKnownRules(deps: {
  knex: Knex;
  clock: Clock;
  profile: string;
}): () => Promise<RiskRule[]> {
  let known: { at: number; rules: Promise<RiskRule[]> } | undefined;
  return () => {
    const at = deps.clock.now();
    if (known === undefined || Math.abs(at.getTime() - known.at) > KEPT_MS) {
      const rules = rulesAt(deps.knex, { profile: deps.profile, at });
      rules.catch(() => {
        known = undefined;
      });
      known = { at: at.getTime(), rules };
    }
    return known.rules;
  };
}
