/**
 * Our names of operators and circles, and Eko's codes. The names are those of the telecom industry's circles
 * as every recharge provider words them; the codes of circles are those of `GET …/bbps/locations`, which are
 * the census codes of the states that a circle covers.
 */
export const MOBILE_PREPAID = '5';

interface OperatorCode {
  code: string;
  /** A parameter that the operator requires and we do not know: its numbers are recognised, not recharged. */
  asks?: string;
}

const OPERATORS: Readonly<Record<string, OperatorCode>> = {
  airtel: { code: '1' },
  bsnl: { code: '5', asks: 'type of recharge' },
  jio: { code: '90' },
  vi: { code: '400' },
};

/** State codes of each circle; the first is the one that we send. */
const CIRCLES: Readonly<Record<string, readonly string[]>> = {
  'Andhra Pradesh': ['28', '36'],
  Assam: ['18'],
  'Bihar & Jharkhand': ['10', '20'],
  Delhi: ['07'],
  Gujarat: ['24', '25', '26'],
  Haryana: ['06'],
  'Himachal Pradesh': ['02'],
  'J&K': ['01', '37'],
  Karnataka: ['29'],
  Kerala: ['32', '31'],
  'Madhya Pradesh': ['23', '22'],
  Maharashtra: ['27', '30'],
  NorthEast: ['12', '11', '13', '14', '15', '16', '17'],
  Orissa: ['21'],
  Punjab: ['03', '04'],
  Rajasthan: ['08'],
  'Tamil Nadu': ['33', '34'],
  Uttaranchal: ['05'],
  'West Bengal & AN Island': ['19', '35'],
};

/** Circles that share a state with another: they have a code to be sent, and none tells them apart. */
const WITHIN: Readonly<Record<string, string>> = {
  Chennai: '33',
  Kolkata: '19',
  Mumbai: '27',
  'Uttar Pradesh (East)': '09',
  'Uttar Pradesh (West)': '09',
};

const BY_OPERATOR_CODE = new Map(Object.entries(OPERATORS).map(([name, { code }]) => [code, name]));
const BY_CIRCLE_CODE = new Map(
  Object.entries(CIRCLES).flatMap(([name, codes]) => codes.map((code) => [code, name] as const)),
);

export function codeOfOperator(operator: string): OperatorCode | undefined {
  return Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
}
export function operatorOfCode(code: string): string | undefined {
  return BY_OPERATOR_CODE.get(code);
}
/** As `circleid` wants it: without the leading zero that locations have. */
export function codeOfCircle(circle: string): string | undefined {
  const code = Object.hasOwn(CIRCLES, circle)
    ? CIRCLES[circle]![0]
    : Object.hasOwn(WITHIN, circle)
      ? WITHIN[circle]
      : undefined;
  return code?.replace(/^0/, '');
}
/** Undefined for a state of two circles (09, Uttar Pradesh): the agent has to say which. */
export function circleOfCode(code: string): string | undefined {
  return BY_CIRCLE_CODE.get(code.padStart(2, '0'));
}
