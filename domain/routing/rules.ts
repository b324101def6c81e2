import { businessDate, IST_OFFSET_MS } from '../../platform/clock';
import { inForceOn, IN_FORCE_FROM, type Dated, type RuleTable } from '../../platform/in-force';
import type { Paise } from '../../platform/money';
import { compareTexts } from '../../platform/order';
import type { ServiceName } from '../provider/service-name';

/** What of a transaction says by which provider it may go. */
export interface Asked {
  service: ServiceName;
  /** What price lists tell apart: the mode of a payout, the category of a biller, an operator. */
  class: string | null;
  /** The bank of the payee, by the first four letters of its IFSCs, or the biller. */
  subject: string | null;
  amountPaise: Paise;
  at: Date;
}

/**
 * A rule: the transactions that it is of, and the providers by which they go, each with its weight. Those of weight 0
 * take what the others cannot, in the order in which they are named. What is null is not looked at.
 */
export interface RoutingRule extends Dated {
  service: string;
  name: string;
  /** The rule of the lowest is looked at first. */
  priority: number;
  class: string | null;
  subject: string | null;
  fromPaise: Paise | null;
  /** Included. */
  upToPaise: Paise | null;
  /** Minutes of the day in India; to an earlier one is past midnight. */
  fromMinute: number | null;
  /** Not included. */
  toMinute: number | null;
  /** None: the rule has ended. */
  providers: string[];
  weights: number[];
}

export const ROUTING_RULES: RuleTable<RoutingRule> = {
  name: 'routing_rules',
  columns: {
    from: IN_FORCE_FROM,
    service: 'service',
    name: 'name',
    priority: 'priority',
    class: 'class',
    subject: 'subject',
    fromPaise: 'from_paise',
    upToPaise: 'up_to_paise',
    fromMinute: 'from_minute',
    toMinute: 'to_minute',
    providers: 'providers',
    weights: 'weights',
  },
};

/** The rules of a service on a business date, in the order in which they are looked at. */
export function rulesOn(rules: readonly RoutingRule[], service: string, date: string): RoutingRule[] {
  const own = rules.filter((rule) => rule.service === service);
  return [...new Set(own.map(({ name }) => name))]
    .flatMap(
      (name) =>
        inForceOn(
          own.filter((rule) => rule.name === name),
          date,
        ) ?? [],
    )
    .filter(({ providers }) => providers.length > 0)
    .toSorted((a, b) => a.priority - b.priority || compareTexts(a.name, b.name));
}

/** The first of the rules that is of this transaction. */
export function ruleOf(inOrder: readonly RoutingRule[], asked: Asked): RoutingRule | undefined {
  return inOrder.find((rule) => isOf(rule, asked));
}

function isOf(rule: RoutingRule, asked: Asked): boolean {
  return (
    (rule.class === null || rule.class === asked.class) &&
    (rule.subject === null || rule.subject === asked.subject) &&
    (rule.fromPaise === null || asked.amountPaise >= rule.fromPaise) &&
    (rule.upToPaise === null || asked.amountPaise <= rule.upToPaise) &&
    isWithin(rule, asked.at)
  );
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

function isWithin({ fromMinute, toMinute }: RoutingRule, at: Date): boolean {
  if (fromMinute === null || toMinute === null) return true;
  const minute = Math.floor((at.getTime() + IST_OFFSET_MS) / MINUTE_MS) % DAY_MINUTES;
  return fromMinute < toMinute
    ? fromMinute <= minute && minute < toMinute
    : minute >= fromMinute || minute < toMinute;
}

/** Answers for one date from one read of the rules, since every transaction asks. */
export function createRuleFinder(): (rules: readonly RoutingRule[], asked: Asked) => RoutingRule | undefined {
  const found = new Map<string, RoutingRule[]>();
  let foundFor: { rules: readonly RoutingRule[]; date: string } | undefined;
  return (rules, asked) => {
    if (rules.length === 0) return undefined;
    const date = businessDate(asked.at);
    if (foundFor?.rules !== rules || foundFor.date !== date) {
      found.clear();
      foundFor = { rules, date };
    }
    let inOrder = found.get(asked.service);
    if (inOrder === undefined) found.set(asked.service, (inOrder = rulesOn(rules, asked.service, date)));
    return ruleOf(inOrder, asked);
  };
}
