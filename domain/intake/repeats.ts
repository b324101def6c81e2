import { businessDate } from '../../platform/clock';
import {
  createInForce,
  inForceOn,
  IN_FORCE_FROM,
  type Dated,
  type InForceDependencies,
  type RuleTable,
} from '../../platform/in-force';
import type { Caller } from '../auth/api-keys';
import { isAmong, type Whom } from '../auth/whom';

/**
 * Whose orders are refused that look like one of moments ago: the same service, target and amount of one user. The
 * services decide it where the order is stored; bills and recharges have windows of their own, which bind everybody.
 */
export interface RepeatRules {
  /** How long an order stands in the way of the next one of this caller; undefined: in nobody's, or not in this one's. */
  repeatOf(
    service: 'payout' | 'dmt',
    caller: Pick<Caller, 'by'>,
    asked: { at: Date; force: boolean | undefined },
  ): Repeat | undefined;
  refresh(): Promise<void>;
  close(): void;
}

export interface Repeat {
  windowMs: number;
  /** The caller says so (`force`). Later orders are still compared with it. */
  isMeant: boolean;
}

const RULES: RuleTable<Dated & { service: string; binds: Whom; windowS: number }> = {
  name: 'repeat_rules',
  columns: { from: IN_FORCE_FROM, service: 'service', binds: 'binds', windowS: 'window_s' },
  hasProfile: true,
};

export async function createRepeatRules(deps: InForceDependencies): Promise<RepeatRules> {
  const inForce = await createInForce(deps, { rules: RULES });
  return {
    repeatOf(service, caller, { at, force = false }) {
      const rows = inForce.rows().rules.filter((row) => row.service === service);
      const rule = inForceOn(rows, businessDate(at));
      if (rule === undefined || rule.windowS === 0 || !isAmong(rule.binds, caller)) return undefined;
      return { windowMs: rule.windowS * 1_000, isMeant: force };
    },
    refresh: () => inForce.refresh(),
    close: () => inForce.close(),
  };
}
