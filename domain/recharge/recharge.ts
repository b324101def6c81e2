import type { Paise } from '../../platform/money';

/**
 * Operators of prepaid mobile numbers, under one set of names; a connector translates. Which are open, and by
 * whom, are rows (rules.ts).
 */
export const OPERATORS = ['jio', 'airtel', 'vi', 'bsnl', 'mtnl'] as const;
export type OperatorName = (typeof OPERATORS)[number];

/** Telecom circles, as every recharge provider words them. */
export const CIRCLES = [
  'Andhra Pradesh',
  'Assam',
  'Bihar & Jharkhand',
  'Chennai',
  'Delhi',
  'Gujarat',
  'Haryana',
  'Himachal Pradesh',
  'J&K',
  'Karnataka',
  'Kerala',
  'Kolkata',
  'Madhya Pradesh',
  'Maharashtra',
  'Mumbai',
  'NorthEast',
  'Orissa',
  'Punjab',
  'Rajasthan',
  'Tamil Nadu',
  'Uttar Pradesh (East)',
  'Uttar Pradesh (West)',
  'Uttaranchal',
  'West Bengal & AN Island',
] as const;
export type CircleName = (typeof CIRCLES)[number];

/** A recharge as requested, with checked fields. */
export interface RechargeRequest {
  /** Ten digits; never in a log, a URL or a job. */
  mobile: string;
  operator: OperatorName;
  circle: CircleName;
  amountPaise: Paise;
  currency: 'INR';
  reference: string;
  /** The repeat of the same number and amount is intended. */
  force: boolean;
}

/** A number as people may see it: `98XXXXXX10`. */
export function mobileHint(mobile: string): string {
  return `${mobile.slice(0, 2)}XXXXXX${mobile.slice(-2)}`;
}
