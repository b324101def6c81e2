/** Texts that are kept hold no Aadhaar number, PAN or card number, and nothing that cannot be stored or seen. */
import fs from 'node:fs';
import path from 'node:path';
import Joi from 'joi';
import * as aeps from './aeps';
import * as bbps from './bbps';
import * as beneficiaries from './beneficiaries';
import * as collections from './collections';
import * as commissions from './commissions';
import * as confirmations from './confirmations';
import * as dataRequests from './data-requests';
import * as disputes from './disputes';
import * as dmt from './dmt';
import { keptText, name, text } from './fields';
import * as fundRequests from './fund-requests';
import * as kyc from './kyc';
import * as oauth from './oauth';
import * as payoutFile from './payout-file';
import * as payouts from './payouts';
import * as recharge from './recharge';
import * as refunds from './refunds';
import * as reports from './reports';
import * as sessions from './sessions';
import * as signIn from './sign-in';
import * as staff from './staff';
import * as taxDocuments from './tax-documents';
import * as users from './users';
import { validate } from './validate';
import * as wallets from './wallets';
import { DomainError, type FieldProblem } from '../../domain/errors/errors';

/** Strings that are no texts, and why. */
const OTHERS: Readonly<Record<string, string>> = {
  account_number: 'an account, sealed',
  vpa: 'an account, sealed',
  ifsc: 'a code of a branch',
  operator: 'a code of a biller or an operator',
  number: 'of a tax document, by its pattern',
  received_on: 'a day',
  case_reference: 'of a case of a network, by its pattern',
  reason_code: 'a code of a network, by its pattern',
  mobile: 'a telephone, sealed',
  aadhaar: 'never kept',
  pan: 'sealed, or not kept',
  gstin: 'sealed',
  aadhaar_last4: 'four digits, and never more',
  kind: 'a kind of document: another is refused',
  content: 'a file, sealed',
  purpose: 'a purpose of a consent: another is refused',
  pid: 'never kept',
  payment: "the provider's id of a payment: looked at once",
  signature: 'of a provider: looked at once',
  otp: 'erased after its use',
  aadhaar_front: 'never kept',
  aadhaar_back: 'never kept',
  pan_card: 'never kept',
  parameters: 'numbers of a consumer, sealed',
  bill_number: 'a number of the biller, sealed',
  agent_id: 'a name that NPCI gives, sealed',
  latlong: 'a position',
  geocode: 'a position',
  pincode: 'a code of a place',
  ip: 'an address of a counter',
  biller: 'a code of a biller: another is refused',
  category: 'a code of a category: another has no billers',
  fetch: 'an id of ours',
  sender: 'an id of ours',
  recipient: 'an id of ours',
  beneficiary_id: 'an id of ours',
  payout_file: 'an id of ours',
  otp_reference: 'an id of ours',
  otp_request: 'an id of ours',
  born_on: 'a day',
  from: 'a day',
  to: 'a day',
  on: 'a day',
  user: 'an id of ours',
  link: 'a signature of ours',
  address: 'passed on, not kept',
  office_address: 'passed on, not kept',
  proof_address: 'passed on, not kept',
  device: 'passed on, not kept',
  limit: 'a number',
  cursor: 'signed by us',
  pin: 'kept as a sealed hash',
  present_pin: 'kept as a sealed hash',
  code: 'six digits, looked at once',
  password: 'kept as a hash',
  current_password: 'kept as a hash',
  login: 'looked up by its digest',
  contact: 'an address, sealed',
  email: 'an address, sealed',
  token: 'a token of ours',
  device_token: 'a token of ours',
  refresh_token: 'a token of ours',
  client_id: 'an id of ours',
  client_secret: 'a secret of ours',
  scope: 'a list of scopes',
  id: 'an id of ours',
  parent: 'an id of ours',
  to_user: 'an id of ours',
  from_user: 'an id of ours',
  bank: 'the name of a bank account of ours: another is refused',
  utr: 'a number of a bank: none of it is a PAN or a card number',
  return_utr: 'as utr',
  state_code: 'a code of a place',
  pin_code: 'a code of a place',
  paid_on: 'a day',
  owner: 'an id of ours',
  transaction: 'an id of ours',
  source: 'the name of a source of ours: another is refused',
  provider: 'the name of a provider: another owes nothing',
  choice: 'a code: another is refused',
  date: 'a day',
  month: 'a month',
  file: 'a number',
  min_age_days: 'a number',
  section: 'of the Income-tax Act: another owes nothing',
  challan: 'a number of a bank, by its pattern',
  'tdsRemittanceBody.reference': 'of a line of a statement: it may look like any number',
  'gstRemittanceBody.reference': 'of a line of a statement: it may look like any number',
  'receiptBody.reference': 'of a line of a statement: it may look like any number',
  'fileQuery.name': 'what looks like a number of an account in it is not kept',
  'schemeBody.name': 'the name of a scheme, by its pattern',
  scheme: 'the name of a scheme: another is refused',
};

interface Described {
  type: string;
  keys?: Readonly<Record<string, Described>>;
  items?: readonly Described[];
  flags?: { only?: boolean };
  rules?: readonly { name: string; args?: { method?: unknown } }[];
}

/** Where strings stand in a schema that are neither chosen from a list nor kept as texts must be. */
function strings(described: Described, path: readonly string[] = []): string[][] {
  const below = Object.entries(described.keys ?? {}).flatMap(([key, one]) => strings(one, [...path, key]));
  const within = (described.items ?? []).flatMap((one) => strings(one, path));
  const isFree = described.type === 'string' && described.flags?.only !== true;
  const isKept = described.rules?.some((rule) => rule.args?.method === keptText) === true;
  return [...below, ...within, ...(isFree && !isKept ? [[...path]] : [])];
}

/** Every module of schemas of a body; what a query looks for is not kept. */
const MODULES: readonly object[] = [
  ...[
    aeps,
    bbps,
    beneficiaries,
    collections,
    commissions,
    confirmations,
    dataRequests,
    disputes,
    dmt,
    fundRequests,
    kyc,
    oauth,
    payoutFile,
    payouts,
    recharge,
    refunds,
  ],
  ...[reports, sessions, signIn, staff, taxDocuments, users, wallets],
];

test('every module of schemas is looked at', () => {
  const files = fs
    .readdirSync(__dirname)
    .filter(
      (file) =>
        !file.includes('.test.') &&
        file !== 'lists.ts' &&
        /\bJoi\.object\b/.test(fs.readFileSync(path.join(__dirname, file), 'utf8')),
    )
    .map((file) => file.replace('.ts', ''));
  const looked = files.filter((file) => MODULES.includes(require(path.join(__dirname, file)) as object));
  expect(looked).toEqual(files);
});

test('every free text of every body is made of the one type, or says why not', () => {
  // fields that several bodies share are looked at where they stand
  const schemas = MODULES.flatMap((module) => Object.entries(module)).filter(
    (entry): entry is [string, Joi.ObjectSchema] => Joi.isSchema(entry[1]) && entry[1].type === 'object',
  );
  expect(schemas.length).toBeGreaterThan(50);
  const others = schemas.flatMap(([body, schema]) =>
    strings(schema.describe() as Described).map((path) => ({ body, path })),
  );
  const isKnown = (body: string, part: string): boolean =>
    Object.hasOwn(OTHERS, part) || Object.hasOwn(OTHERS, `${body}.${part}`);
  expect(others.filter(({ body, path }) => !path.some((part) => isKnown(body, part)))).toEqual([]);
});

const schema = Joi.object({ note: text(200, /^.+$/su, 'anything'), name });
function problems(fields: Readonly<Record<string, string>>): readonly FieldProblem[] {
  try {
    validate(schema, fields, '#');
    return [];
  } catch (error) {
    return (error as DomainError).errors ?? [];
  }
}

test.each([
  ['999941057058', 'put a 0 before them'],
  ['ref 9999 4105 7058', 'put a 0 before them'],
  ['4111-1111-1111-1111', 'put a 0 before them'],
  ['pan ABCPE1234F', 'leave it out'],
])('%s is refused, with what to do and without the value', (note, said) => {
  const [problem, ...more] = problems({ note });
  expect(problem).toMatchObject({ pointer: '#/note', code: 'FIELD_PERSONAL_NUMBER' });
  expect(problem!.detail).toContain(said);
  expect(problem!.detail).not.toMatch(/\d{4}|ABCPE/);
  expect(more).toEqual([]);
});

test.each([
  'a\0b',
  'a\u0007b',
  'a\u0085b',
  'a\nb',
  '\ud800',
  'x\udc00y',
  'a\ue000',
  'क १२३',
  '１２',
  '\u0661',
])('%j is refused: it cannot be stored, or not be seen for what it is', (note) => {
  expect(problems({ note })).toMatchObject([{ pointer: '#/note', code: 'FIELD_FORM_WRONG' }]);
});

test('accents come out in one form', () => {
  const written = validate(schema, { note: 'Zoe\u0308', name: 'Jose\u0301 Nuñez' }, '#');
  expect(written).toEqual({ note: 'Zo\u00eb', name: 'Jos\u00e9 Nu\u00f1ez' });
});

test.each(['order-1001', '2026-11-29T10:00:00', 'Diwali बोनस', '202611290001', 'UTR 633312345678', '🪔'])(
  '%s is taken',
  (note) => {
    expect(problems({ note })).toEqual([]);
  },
);
