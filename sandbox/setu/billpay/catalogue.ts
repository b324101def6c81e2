/** Invented billers in the shape of the network's own. Amounts and limits are paise. */
import { plansOf, type Plan } from './plans';

export type FetchApiType = 'BILL_FETCH' | 'BILL_VALIDATE' | 'BILL_DIRECT';
export type Exactness = 'Exact' | 'Exact and above' | 'Exact and below' | 'Any' | 'RANGE';

/** `choices` lists the only values allowed. */
export interface CustomerParam {
  name: string;
  regex: string;
  minLength: number;
  maxLength: number;
  dataType: 'NUMERIC' | 'ALPHANUMERIC';
  optional?: true;
  choices?: readonly string[];
}

/** The fee is `(flat + amount × percent / 100) × 1.18`, from the slab that contains the amount. */
export interface FeeSlab {
  minPaise: bigint;
  maxPaise: bigint;
  flatPaise: bigint;
  percent: number;
}

export interface Biller {
  id: string;
  name: string;
  category: string;
  coverage: string;
  fetchApiType: FetchApiType;
  exactness: Exactness;
  params: readonly CustomerParam[];
  responseType?: 'SINGLE' | 'LIST' | 'SELECTIVE';
  selectionType?: 'SINGLE' | 'MULTIPLE' | 'ALL';
  /** The customer convenience fee; no fee when missing. */
  slabs?: readonly FeeSlab[];
  planRequirement?: 'MANDATORY' | 'OPTIONAL';
  status?: 'DEACTIVATED';
  /** Our commission per payment, and whether complaints must wait 24 hours. */
  commissionPaise: bigint;
  coolsOff: boolean;
  /** Payment modes and channels that the biller does not accept. */
  without?: readonly string[];
}

const LAST = 999_999_999_999n;
const flat = (flatPaise: bigint): FeeSlab[] => [{ minPaise: 1n, maxPaise: LAST, flatPaise, percent: 0 }];
const UTILITY = { commissionPaise: 120n, coolsOff: true } as const;
const AT_ONCE = { commissionPaise: 200n, coolsOff: false } as const;

export const BILLERS: readonly Biller[] = [
  {
    id: 'BACK00000NAT10',
    name: 'Backwater Public School',
    category: 'Education Fees',
    coverage: 'IND',
    fetchApiType: 'BILL_FETCH',
    exactness: 'Exact',
    ...UTILITY,
    // In a backtracking engine "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!" takes exponential time: a client
    // must not trust a biller's expression.
    params: [
      {
        name: 'Admission Number',
        regex: '^(([a-zA-Z0-9])+.?)+[0-9]{4}$',
        minLength: 5,
        maxLength: 40,
        dataType: 'ALPHANUMERIC',
      },
    ],
  },
  {
    id: 'CHAL00000MAH08',
    name: 'Sahyadri Traffic eChallan',
    category: 'eChallan',
    coverage: 'IND-MAH',
    fetchApiType: 'BILL_FETCH',
    exactness: 'Exact',
    ...UTILITY,
    params: [
      {
        name: 'Vehicle Number',
        regex: '^[A-Z]{2}[0-9]{1,2}[A-Z]{0,3}[0-9]{4}$',
        minLength: 7,
        maxLength: 11,
        dataType: 'ALPHANUMERIC',
      },
    ],
    responseType: 'LIST',
    selectionType: 'MULTIPLE',
  },
  {
    id: 'DEAC00000NAT12',
    name: 'Discontinued Cable',
    category: 'Cable TV',
    coverage: 'IND',
    fetchApiType: 'BILL_FETCH',
    exactness: 'Exact',
    ...UTILITY,
    status: 'DEACTIVATED',
    params: [
      { name: 'Customer ID', regex: '^[0-9]{8,12}$', minLength: 8, maxLength: 12, dataType: 'NUMERIC' },
    ],
  },
  {
    id: 'GODA00000GUJ11',
    name: 'Godavari Piped Gas',
    category: 'Gas',
    coverage: 'IND-GUJ',
    fetchApiType: 'BILL_FETCH',
    exactness: 'Exact and below',
    ...UTILITY,
    params: [
      { name: 'Customer Number', regex: '^[0-9]{10}$', minLength: 10, maxLength: 10, dataType: 'NUMERIC' },
    ],
    slabs: [{ minPaise: 1n, maxPaise: LAST, flatPaise: 0n, percent: 0 }],
  },
  {
    id: 'KAVE00000KAR02',
    name: 'Kaveri Electricity Supply',
    category: 'Electricity',
    coverage: 'IND-KAR',
    fetchApiType: 'BILL_FETCH',
    exactness: 'Exact',
    ...UTILITY,
    params: [
      { name: 'Account ID', regex: '^[0-9]{10}$', minLength: 10, maxLength: 10, dataType: 'NUMERIC' },
      {
        name: 'Subdivision',
        regex: '^[A-Z]{3,12}$',
        minLength: 3,
        maxLength: 12,
        dataType: 'ALPHANUMERIC',
        choices: ['NORTH', 'SOUTH', 'EAST', 'WEST'],
      },
    ],
  },
  {
    id: 'MOBI00000NAT09',
    name: 'Mobi Prepaid',
    category: 'Mobile Prepaid',
    coverage: 'IND',
    fetchApiType: 'BILL_VALIDATE',
    exactness: 'Any',
    ...AT_ONCE,
    planRequirement: 'MANDATORY',
    params: [
      { name: 'Mobile Number', regex: '^[6-9][0-9]{9}$', minLength: 10, maxLength: 10, dataType: 'NUMERIC' },
    ],
  },
  {
    id: 'NILA00000NAT03',
    name: 'Nila Housing Finance',
    category: 'Loan Repayment',
    coverage: 'IND',
    fetchApiType: 'BILL_FETCH',
    exactness: 'Exact and above',
    ...UTILITY,
    params: [
      {
        name: 'Loan Account Number',
        regex: '^[a-zA-Z0-9]{7,15}',
        minLength: 7,
        maxLength: 15,
        dataType: 'ALPHANUMERIC',
      },
    ],
    slabs: [
      { minPaise: 1n, maxPaise: 200_000n, flatPaise: 100n, percent: 0 },
      { minPaise: 200_001n, maxPaise: LAST, flatPaise: 0n, percent: 0.5 },
    ],
  },
  {
    id: 'PATH00000NAT05',
    name: 'Path FASTag',
    category: 'Fastag',
    coverage: 'IND',
    fetchApiType: 'BILL_FETCH',
    exactness: 'RANGE',
    ...AT_ONCE,
    params: [
      {
        name: 'Vehicle Registration Number',
        regex: '^[A-Z]{2}[0-9]{1,2}[A-Z]{0,3}[0-9]{4}$',
        minLength: 7,
        maxLength: 11,
        dataType: 'ALPHANUMERIC',
      },
    ],
  },
  {
    id: 'RATN00000NAT13',
    name: 'Ratna Credit Card',
    category: 'Credit Card',
    coverage: 'IND',
    fetchApiType: 'BILL_FETCH',
    exactness: 'Any',
    ...UTILITY,
    responseType: 'SELECTIVE',
    without: ['Credit Card', 'Cash'],
    params: [
      { name: 'Last 4 digits of card', regex: '^[0-9]{4}$', minLength: 4, maxLength: 4, dataType: 'NUMERIC' },
      {
        name: 'Registered Mobile Number',
        regex: '^[6-9][0-9]{9}$',
        minLength: 10,
        maxLength: 10,
        dataType: 'NUMERIC',
      },
    ],
  },
  {
    id: 'SUND00000MAH01',
    name: 'Sundar Power Distribution',
    category: 'Electricity',
    coverage: 'IND-MAH',
    fetchApiType: 'BILL_FETCH',
    exactness: 'Exact',
    ...UTILITY,
    params: [
      { name: 'Consumer Number', regex: '^[0-9]{12}$', minLength: 12, maxLength: 12, dataType: 'NUMERIC' },
    ],
  },
  {
    id: 'SURA00000NAT07',
    name: 'Suraksha Life Insurance',
    category: 'Insurance',
    coverage: 'IND',
    fetchApiType: 'BILL_FETCH',
    exactness: 'Exact',
    ...UTILITY,
    commissionPaise: 500n,
    params: [
      {
        name: 'Policy Number',
        regex: '^[A-Z0-9]{8,12}$',
        minLength: 8,
        maxLength: 12,
        dataType: 'ALPHANUMERIC',
      },
      {
        name: 'Date of Birth',
        regex: '^[0-9]{2}-[0-9]{2}-[0-9]{4}$',
        minLength: 10,
        maxLength: 10,
        dataType: 'ALPHANUMERIC',
      },
      {
        name: 'Email',
        regex: '^[^@ ]+@[^@ ]+$',
        minLength: 5,
        maxLength: 60,
        dataType: 'ALPHANUMERIC',
        optional: true,
      },
    ],
  },
  {
    id: 'TARA00000NAT04',
    name: 'Tara Direct TV',
    category: 'DTH',
    coverage: 'IND',
    fetchApiType: 'BILL_DIRECT',
    exactness: 'Any',
    ...AT_ONCE,
    planRequirement: 'OPTIONAL',
    params: [
      { name: 'Subscriber ID', regex: '^[0-9]{10,11}$', minLength: 10, maxLength: 11, dataType: 'NUMERIC' },
    ],
  },
  {
    id: 'VAAN00000NAT06',
    name: 'Vaani Postpaid',
    category: 'Mobile Postpaid',
    coverage: 'IND',
    fetchApiType: 'BILL_FETCH',
    exactness: 'Any',
    ...UTILITY,
    slabs: flat(50n),
    params: [
      { name: 'Mobile Number', regex: '^[6-9][0-9]{9}$', minLength: 10, maxLength: 10, dataType: 'NUMERIC' },
    ],
  },
];

const BY_ID = new Map(BILLERS.map((biller) => [biller.id, biller]));

export const billerOf = (id: string): Biller | undefined => BY_ID.get(id);

export const CATEGORIES: readonly string[] = [
  ...new Set(BILLERS.map((biller) => biller.category)),
].toSorted();

export const plansOfBiller = (biller: Biller): readonly Plan[] =>
  biller.planRequirement === undefined ? [] : plansOf(biller.id);
