/**
 * Operators, circles and plans. The operator and the circle of a number are derived from its digits. Amounts
 * are paise.
 */
import { createHash } from 'node:crypto';
import { paiseToJson } from '../../../platform/money';

export const OPERATORS = { jio: 'Jio', airtel: 'Airtel', vi: 'Vi', bsnl: 'BSNL', mtnl: 'MTNL' } as const;
export type Operator = keyof typeof OPERATORS;

export const CIRCLES = [
  'Kolkata',
  'Mumbai',
  'Delhi',
  'Chennai',
  'Maharashtra',
  'Gujarat',
  'Andhra Pradesh',
  'Karnataka',
  'Tamil Nadu',
  'Kerala',
  'Punjab',
  'Haryana',
  'Uttar Pradesh (East)',
  'Uttar Pradesh (West)',
  'Madhya Pradesh',
  'Rajasthan',
  'West Bengal & AN Island',
  'Orissa',
  'Himachal Pradesh',
  'Bihar & Jharkhand',
  'Assam',
  'NorthEast',
  'J&K',
  'Uttaranchal',
  'All',
  'IND',
] as const;

/** Our commission in basis points of the amount. */
export const COMMISSION_BPS: Readonly<Record<Operator, bigint>> = {
  jio: 100n,
  airtel: 100n,
  vi: 300n,
  bsnl: 300n,
  mtnl: 300n,
};

export const isOperator = (text: string): text is Operator => Object.hasOwn(OPERATORS, text);
export const isCircle = (text: string): boolean => (CIRCLES as readonly string[]).includes(text);

export function numberDetails(mobile: string) {
  const seed = createHash('sha256').update(mobile).digest();
  const names = Object.keys(OPERATORS) as Operator[];
  const pick = (i: number) => ({
    operator: names[seed[i]! % names.length]!,
    circle: CIRCLES[seed[i + 1]! % 24]!,
  });
  const current = pick(0);
  const ported = seed[4]! % 8 === 0;
  const previous = ported ? pick(2) : undefined;
  return {
    mobile_number: mobile,
    current_operator: current.operator,
    current_location: current.circle,
    previous_operator: previous?.operator ?? 'None',
    previous_location: previous?.circle ?? 'None',
    ported,
  };
}

const PLANS = [
  {
    amountPaise: 1_000n,
    name: 'Talktime (top up voucher)',
    description: 'Talktime : Rs 7.47',
    talktime: '7.47',
    validity: 'NA',
  },
  {
    amountPaise: 1_900n,
    name: 'Data voucher',
    description: '1 GB for a day',
    talktime: '0.0',
    validity: '1 day',
  },
  {
    amountPaise: 19_900n,
    name: 'Unlimited',
    description: 'Unlimited calls, 1.5 GB a day',
    talktime: '0.0',
    validity: '28 days',
  },
  {
    amountPaise: 29_900n,
    name: 'Unlimited',
    description: 'Unlimited calls, 2 GB a day',
    talktime: '0.0',
    validity: '28 days',
  },
  {
    amountPaise: 71_900n,
    name: 'Unlimited',
    description: 'Unlimited calls, 2 GB a day',
    talktime: '0.0',
    validity: '84 days',
  },
] as const;

/** Jio accepts the amounts of its plans only, the others any amount from ₹10 to ₹5,000. */
export function takesAmount(operator: Operator, amountPaise: bigint): boolean {
  if (operator === 'jio') return PLANS.some((plan) => plan.amountPaise === amountPaise);
  return amountPaise >= 1_000n && amountPaise <= 500_000n;
}

export const plansOf = (operator: Operator) =>
  PLANS.map(({ amountPaise, name, description, talktime, validity }) => ({
    amount: paiseToJson(amountPaise),
    plan_name: name,
    plan_description: description,
    talktime,
    validity,
    service_provider: `${OPERATORS[operator]} Prepaid`,
  }));
