/**
 * A small catalogue in the shape of the real one. The numbers of categories 1, 8, 11, 22 and of operators 1,
 * 5, 53, 159, 190, 400, 541 are those of the samples; the others are the sandbox's ekoSettings.
 */
import { mix32 } from '../book/hash-index';
import type { BillScheme } from './fees';

export const CATEGORIES = [
  ['Broadband Postpaid', 1],
  ['Gas', 2],
  ['DTH', 4],
  ['Mobile Prepaid', 5],
  ['Credit Card', 7],
  ['Electricity', 8],
  ['Mobile Postpaid', 10],
  ['Water', 11],
  ['LPG Cylinder', 18],
  ['Insurance', 20],
  ['Loan EMI', 21],
  ['FASTag', 22],
] as const satisfies readonly (readonly [string, number])[];

export const PREPAID = 5;
export const DTH = 4;

export const LOCATIONS = [
  { operator_location_name: 'Haryana', operator_location_id: '06', abbreviation: 'HR' },
  { operator_location_name: 'Uttar Pradesh', operator_location_id: '09', abbreviation: 'UP' },
  { operator_location_name: 'Madhya Pradesh', operator_location_id: '23', abbreviation: 'MP' },
  { operator_location_name: 'Maharashtra', operator_location_id: '27', abbreviation: 'MH' },
  { operator_location_name: 'Karnataka', operator_location_id: '29', abbreviation: 'KA' },
  { operator_location_name: 'Andaman and Nicobar', operator_location_id: '35', abbreviation: 'AN' },
] as const;

export const DISCOMS = [
  { label: 'Agra', value: 'Agra-DVVNL' },
  { label: 'Lucknow', value: 'Lucknow-MVVNL' },
  { label: 'Kanpur Nagar', value: 'Kanpur Nagar-KESCO' },
  { label: 'Varanasi', value: 'Varanasi-PUVNL' },
] as const;
export const DISCOM_OPERATOR = 190;

/** `exact`: the amount of the bill; `at_least`: that amount or more; `any`: any amount. */
export type Exactness = 'exact' | 'at_least' | 'any';

export interface Param {
  param_label: string;
  param_name: string;
  param_id: string;
  param_type: 'Numeric' | 'AlphaNumeric' | 'List';
  regex: string;
  error_message: string;
}

/** `location` 0 is the whole country. `hasBill`: a bill can be fetched before it is paid. */
export interface Operator {
  id: number;
  name: string;
  category: number;
  location: number;
  hasBill: boolean;
  exactness: Exactness;
  scheme: BillScheme;
  params: readonly Param[];
}

const consumer = (label: string, regex: string, type: Param['param_type'] = 'Numeric'): Param => ({
  param_label: label,
  param_name: 'utility_acc_no',
  param_id: '1',
  param_type: type,
  regex,
  error_message: `Please enter a valid ${label}`,
});

const MOBILE_NUMBER = consumer('Mobile Number', '^[6-9][0-9]{9}$');

const recharge = (id: number, name: string, scheme: BillScheme, more: readonly Param[] = []): Operator => ({
  id,
  name,
  category: PREPAID,
  location: 0,
  hasBill: false,
  exactness: 'any',
  scheme,
  params: [MOBILE_NUMBER, ...more],
});
const dth = (id: number, name: string, scheme: BillScheme): Operator => ({
  id,
  name,
  category: DTH,
  location: 0,
  hasBill: false,
  exactness: 'any',
  scheme,
  params: [consumer('Subscriber Id', '^[0-9]{8,12}$')],
});
const bill = (
  id: number,
  name: string,
  rules: Pick<Operator, 'category' | 'location' | 'exactness' | 'scheme'>,
  params: readonly Param[],
): Operator => ({ id, name, hasBill: true, ...rules, params });

const OPERATORS: readonly Operator[] = [
  recharge(1, 'Airtel Prepaid', 'prepaid_large'),
  recharge(90, 'Jio Prepaid', 'prepaid_large'),
  recharge(400, 'Vi Prepaid', 'prepaid_vi'),
  recharge(5, 'BSNL  Prepaid', 'prepaid_bsnl', [
    {
      param_label: 'Recharge Type',
      param_name: 'Recharge Type',
      param_id: '99',
      param_type: 'List',
      regex: '1|3',
      error_message: 'Please enter valid Recharge Type',
    },
  ]),
  dth(16, 'Airtel Digital TV', 'dth'),
  dth(20, 'Tata Play', 'dth_low'),
  bill(41, 'Airtel Postpaid', { category: 10, location: 0, exactness: 'any', scheme: 'connection' }, [
    MOBILE_NUMBER,
  ]),
  bill(53, 'B.E.S.T Mumbai', { category: 8, location: 27, exactness: 'exact', scheme: 'utility' }, [
    consumer('Consumer Number', '^[0-9]{9,10}$'),
  ]),
  bill(
    DISCOM_OPERATOR,
    'Uttar Pradesh Power Corp Ltd (UPPCL)',
    { category: 8, location: 9, exactness: 'exact', scheme: 'utility' },
    [
      consumer('Account Number', '^[0-9]{10,12}$'),
      {
        param_label: 'District',
        param_name: 'district_discome',
        param_id: '2',
        param_type: 'List',
        regex: '^[A-Za-z ]{2,40}-[A-Z]{4,8}$',
        error_message: 'Please choose the district',
      },
    ],
  ),
  bill(159, 'ACT Fibernet', { category: 1, location: 0, exactness: 'any', scheme: 'connection' }, [
    consumer('Account Number', '^[0-9]{6,15}$'),
  ]),
  bill(
    541,
    'Port Blair Municipal Council - Water',
    { category: 11, location: 35, exactness: 'at_least', scheme: 'utility' },
    [consumer('Consumer Number', '^[0-9]{6,15}$')],
  ),
  bill(310, 'Mahanagar Gas', { category: 2, location: 27, exactness: 'exact', scheme: 'utility' }, [
    consumer('Customer Account Number', '^[0-9]{12}$'),
  ]),
  bill(620, 'NETC FASTag', { category: 22, location: 0, exactness: 'any', scheme: 'fastag' }, [
    consumer('Vehicle Number', '^[A-Z]{2}[0-9]{1,2}[A-Z]{1,3}[0-9]{4}$', 'AlphaNumeric'),
  ]),
  bill(630, 'Bharat Gas Cylinder', { category: 18, location: 0, exactness: 'exact', scheme: 'cylinder' }, [
    consumer('Consumer Number', '^[0-9]{10,17}$'),
  ]),
  bill(
    700,
    'Life Insurance Corporation of India',
    { category: 20, location: 0, exactness: 'exact', scheme: 'insurance' },
    [consumer('Policy Number', '^[0-9]{8,10}$')],
  ),
  bill(710, 'Consumer Finance EMI', { category: 21, location: 0, exactness: 'exact', scheme: 'loan' }, [
    consumer('Loan Number', '^[0-9]{8,16}$'),
  ]),
  bill(720, 'Credit Card', { category: 7, location: 0, exactness: 'any', scheme: 'card' }, [
    consumer('Card Ending', '^[0-9]{4,10}$'),
  ]),
];

const BY_ID: ReadonlyMap<number, Operator> = new Map(OPERATORS.map((operator) => [operator.id, operator]));
export const operatorOf = (id: number): Operator | undefined => BY_ID.get(id);
export const operatorsOf = (category: number | null, location: number | null): Operator[] =>
  OPERATORS.filter(
    (o) =>
      (category === null || o.category === category) &&
      (location === null || o.location === location || o.location === 0),
  );

/** The amount due for a consumer number, ₹100 to ₹4,999, computed so that it need not be stored. */
export function billPaise(operator: Operator, consumerNumber: string): bigint {
  let hash = operator.id;
  for (const char of consumerNumber) hash = mix32(hash ^ char.charCodeAt(0));
  return BigInt(100 + (hash % 4_900)) * 100n;
}

const PREPAID_OPERATORS = [1, 90, 400, 5] as const;
const CIRCLES = ['23', '9', '27', '29', '6'] as const;

/** The operator and circle of a mobile number, chosen by its second and third digit. */
export function seriesOf(mobile: string): { operator: number; circle: string } {
  return {
    operator: PREPAID_OPERATORS[Number(mobile[1]) % PREPAID_OPERATORS.length]!,
    circle: CIRCLES[Number(mobile[2]) % CIRCLES.length]!,
  };
}

const PLANS: readonly { amount: string; validity: string; plan_description: string }[] = [
  { amount: '224', validity: '30 Days', plan_description: 'Unlimited Calls + 4GB data' },
  { amount: '299', validity: '28 Days', plan_description: '1 GB/day + Unlimited Calls' },
  { amount: '349', validity: '28 Days', plan_description: '1.5 GB/day + Unlimited Calls' },
  { amount: '719', validity: '84 Days', plan_description: '1.5 GB/day + Unlimited Calls' },
];

/** The plans of an operator in a circle; none for an operator without plans. */
export const plansOf = (operator: number, circle: string): typeof PLANS =>
  (PREPAID_OPERATORS as readonly number[]).includes(operator) &&
  (CIRCLES as readonly string[]).includes(circle)
    ? PLANS
    : [];
