/** Bills and recharges: the catalogue, the bill of a consumer, and the payment of both. */
import { listAnswer } from './aeps-agents';
import {
  failed,
  insufficientBalance,
  invalidParam,
  NO_ANSWER,
  ok,
  type EkoRefusal,
  type Envelope,
  type Reply,
} from './answers';
import { exactPercent, shortRupees } from './amounts';
import {
  awaited,
  bookByScenario,
  declineAttempt,
  declined,
  requireNewReference,
  type Attempt,
  type Booked,
} from './attempts';
import {
  billPaise,
  CATEGORIES,
  DISCOM_OPERATOR,
  DISCOMS,
  DTH,
  LOCATIONS,
  operatorOf,
  operatorsOf,
  plansOf,
  PREPAID,
  seriesOf,
  type Operator,
} from './bbps-catalogue';
import { billCharges, TDS_PERCENT } from './fees';
import { CLIENT_REF, MOBILE, NAME } from './fields';
import { turnoverOf } from './money-state';
import type { EkoDeps, EkoRequest } from './requests';
import { istDate } from './times';

const FETCH_FAILS = '1468'; // no bill for consumer numbers with this ending
const PLANS_FAIL = '1805';
const DUE_AFTER_MS = 10 * 86_400_000;
const MIN_RECHARGE_PAISE = 1_000n;

export const categories = (): Reply =>
  listAnswer(
    2457,
    'BBPS category fetch success',
    CATEGORIES.map(([name, id]) => ({
      operator_category_name: name,
      operator_category_id: id,
      operator_category_group: '0',
      status: '1',
    })),
  );
export const locations = (): Reply => listAnswer(2459, 'BBPS location fetch success', LOCATIONS);

/** GET …/operators: all of them, or those of a category and a location. */
export function operators(_deps: EkoDeps, { fields }: EkoRequest): Reply {
  const filter = (name: string): number | null => (fields.has(name) ? fields.integer(name, 10_000) : null);
  return listAnswer(
    2461,
    'BBPS operators fetch success',
    operatorsOf(filter('category'), filter('location')).map((o) => ({
      operator_id: o.id,
      name: o.name,
      billFetchResponse: o.hasBill ? 1 : 0,
      high_commission_channel: 0,
      kyc_required: 0,
      operator_category: o.category,
      location_id: o.location,
    })),
  );
}

/**
 * GET …/operator/{operator_id}/parameters: the fields to ask the customer for, with their regular
 * expressions.
 */
export function operatorParameters(_deps: EkoDeps, { fields }: EkoRequest): Reply {
  const operator = operatorOf(fields.integer('operator_id', 100_000));
  if (operator === undefined) throw invalidParam('operator_id');
  return listAnswer(2463, 'BBPS operator parameters fetch success', operator.params, {
    operator_name: operator.name,
    operator_id: operator.id,
    fetchBill: operator.hasBill ? 1 : 0,
    BBPS: operator.hasBill ? 1 : 0,
  });
}

export const discoms = (): Reply => listAnswer(2110, 'Success', DISCOMS);

/** GET …/recharge/{customer_mobile}/operator: 1804. */
export function operatorOfMobile(_deps: EkoDeps, { fields }: EkoRequest): Reply {
  const { operator, circle } = seriesOf(fields.text('customer_mobile', MOBILE));
  return {
    response_status_id: 0,
    dependent_params: [
      { name: 'phone_operator_code', value: operator },
      { name: 'circle_area', value: circle },
    ],
    data: { updates: '' },
    response_type_id: 1804,
    message: 'success',
    status: 0,
  };
}

/** GET …/recharge/{customer_mobile}/operator/plans: 1804, or 1805, whose status is 0 too. */
export function rechargePlans(_deps: EkoDeps, { fields }: EkoRequest): Reply {
  const mobile = fields.text('customer_mobile', MOBILE);
  const plans = plansOf(fields.integer('phone_operator_code', 100_000), fields.text('circleid', /^\d{1,3}$/));
  if (plans.length === 0 || mobile.endsWith(PLANS_FAIL))
    return ok(1805, 'fail to fetch details', { message: 'Unable to fetch plans' });
  const headers = [
    { name: 'amount', value: 'price' },
    { name: 'validity', value: 'validity' },
    { name: 'plan_description', value: 'plan_description' },
  ];
  return {
    response_status_id: 0,
    dependent_params: [
      {
        type_metadata: [{ headers, dependent_params: [{ name: 'amount', value: 'amount' }] }],
        name: 'req_list',
        value: plans,
      },
    ],
    response_type_id: 1804,
    message: 'success',
    status: 0,
  };
}

interface Bill {
  operator: Operator;
  account: string;
  mobile: string;
  ref: string;
}

/** The fields that fetching and paying a bill share. */
function readBill({ fields }: EkoRequest): Bill {
  const operator = operatorOf(fields.integer('phone_operator_code', 100_000));
  if (operator === undefined) throw invalidParam('phone_operator_code');
  const [consumer] = operator.params;
  const account = fields.text('utility_acc_no', new RegExp(consumer!.regex));
  const mobile = fields.text('confirmation_mobile_no', MOBILE);
  fields.text('sender_name', NAME);
  if (fields.integer('category', 10_000) !== operator.category) throw invalidParam('category');
  const ref = fields.text('client_ref_id', CLIENT_REF);
  fields.text('source_ip', /^[0-9A-Fa-f.:]{3,45}$/);
  if (
    operator.id === DISCOM_OPERATOR &&
    DISCOMS.every(({ value }) => value !== fields.text('district_discome', /^[\w -]{1,60}$/))
  )
    throw invalidParam('district_discome');
  return { operator, account, mobile, ref };
}

/**
 * GET …/bill: 1052, or 1468 when the biller has no bill. Nothing is booked; the payment may use the same
 * client_ref_id.
 */
export function fetchBill(deps: EkoDeps, request: EkoRequest): Reply {
  const { operator, account } = readBill(request);
  if (account.endsWith(FETCH_FAILS))
    throw failed(1468, 'Unable to fetch bill', { reason: 'Please try again after some time.' });
  if (!operator.hasBill)
    throw failed(1468, 'Unable to fetch bill', { reason: 'This operator has no bills.' });
  return ok(
    1052,
    'Due Bill Amount For utility',
    {
      amount: shortRupees(billPaise(operator, account)),
      utilitycustomername: 'Test Customer',
      ifsc_status: 1,
      user_code: request.userCode ?? firstAgent(deps),
      customer_id: account,
      billDueDate: istDate(deps.nowMs() + DUE_AFTER_MS).replaceAll('-', ''),
      billdate: 'null',
      billDetailsList: [],
      bbpstrxnrefid: '',
      billername: '',
    },
    -1,
  );
}

const firstAgent = ({ book }: EkoDeps): string => book.parties.agents.keys().next().value ?? '';

/**
 * POST /customer/payment/bbps: 333 when paid; 208 when the amount differs from the bill (booked as failed,
 * with a tid); otherwise as the scenario says.
 */
export async function pay(deps: EkoDeps, request: EkoRequest): Promise<Reply> {
  const { book } = deps;
  const bill = readBill(request);
  const { operator, account, mobile, ref } = bill;
  const amountPaise = request.fields.amountPaise('amount');
  const name = request.fields.optional('utilitycustomername', NAME) ?? 'Test Customer';
  if (!operator.hasBill && amountPaise < MIN_RECHARGE_PAISE) throw invalidParam('amount');
  await requireNewReference(deps, ref);
  const isRecharge = operator.category === PREPAID || operator.category === DTH;
  const attempt: Attempt = {
    service: isRecharge ? 'recharge' : 'bbps',
    user: request.userCode,
    ref,
    amountPaise,
    charges: billCharges(operator.scheme, amountPaise),
    mobile,
    name,
    target: account,
    payee: operator.name,
    ifsc: '',
    bank: '',
    operator: operator.id,
  };
  if (!isExact(bill, amountPaise)) throw mismatch(declineAttempt(deps, attempt, 'amount mismatch'));
  if (book.money.balancePaise < turnoverOf({ service: attempt.service, amountPaise, ...attempt.charges }))
    throw insufficientBalance();
  const booked = bookByScenario(deps, attempt, account);
  if (booked.plan.answer === 'never') return NO_ANSWER;
  if (booked.status === '2') return awaited(booked, amountPaise);
  if (booked.status === '1') throw declinedBill(deps, attempt, booked);
  return paid(deps, attempt, booked);
}

function isExact({ operator, account }: Bill, amountPaise: bigint): boolean {
  switch (operator.exactness) {
    case 'exact':
      return amountPaise === billPaise(operator, account);
    case 'at_least':
      return amountPaise >= billPaise(operator, account);
    case 'any':
      return true;
    default:
      return operator.exactness satisfies never;
  }
}

const mismatch = ({ tid }: Booked): EkoRefusal =>
  failed(208, 'utility.payment.failed  Amount entered does not match with bill amount. Please try again', {
    last_used_okekey: '',
    tid,
  });

const declinedBill = ({ book }: EkoDeps, { ref }: Attempt, { tid }: Booked): EkoRefusal =>
  declined('Biller declined the payment', {
    tid,
    client_ref_id: ref,
    balance: shortRupees(book.money.balancePaise),
  });

function paid(
  deps: EkoDeps,
  { amountPaise, charges, name, mobile, payee, target, user }: Attempt,
  booked: Booked,
): Envelope {
  return ok(333, 'Success Last_used_OkeyKey: 203', {
    tx_status: booked.status,
    txstatus_desc: 'Success',
    status_text: 'SUCCESS',
    tid: booked.tid,
    amount: shortRupees(amountPaise),
    totalamount: shortRupees(amountPaise + charges.feePaise),
    fee: shortRupees(charges.feePaise),
    tds: exactPercent(charges.commissionPaise, TDS_PERCENT),
    commission: shortRupees(charges.commissionPaise),
    balance: shortRupees(deps.book.money.balancePaise),
    user_code: user ?? firstAgent(deps),
    operator_name: payee,
    utilitycustomername: name,
    customermobilenumber: mobile,
    payment_mode_desc: 'CASH',
    last_used_okekey: '203',
    account: target,
    timestamp: booked.timestamp,
  });
}
