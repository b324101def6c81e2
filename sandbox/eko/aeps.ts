/**
 * Withdrawals, balance enquiries and mini statements at an agent, authorised by the customer's fingerprint.
 * Customers are identified by their mobile number only.
 */
import { createHash } from 'node:crypto';
import { rupeesFromPaise } from '../../platform/decimal';
import { mix32 } from '../book/hash-index';
import {
  EkoRefusal,
  failed,
  NO_ANSWER,
  ok,
  otpNotSent,
  type Data,
  type Envelope,
  type Reply,
} from './answers';
import { aepsAgentOf, agentObstacle, BAD_BIOMETRICS } from './aeps-agents';
import {
  bookAttempt,
  bookByScenario,
  chooseScenario,
  declineAttempt,
  requireNewReference,
  type Attempt,
  type Booked,
} from './attempts';
import { bankOfCode, fingerTypeOf, type Bank } from './banks';
import type { Service } from './entries';
import { noCharges, statementCharges, withdrawalCharges, type Charges } from './fees';
import { CLIENT_REF, MOBILE } from './fields';
import { verdictOf, type Challenge } from './otps';
import type { Agent } from './parties';
import type { EkoDeps, EkoRequest } from './requests';
import { outcomeOfEnquiry, planOf } from './scenarios';
import { aepsDateTime, istDate } from './times';

const MAX_AMOUNT_PAISE = 1_000_000n;
const OTP_ID = /^[A-Za-z0-9]{4,40}$/;
const NOT_COMPLETED = 'Transaction Not Completed';
const ISSUER_DECLINED = 'Insufficient funds';
const MASKED = 'XXXX XXXX 0000'; // the number is encrypted, so its real digits are unknown

interface Visit {
  agent: Agent;
  bank: Bank;
  mobile: string;
  ref: string | null;
  latlong: string;
}

/** The response types of each service. */
const TYPES: Readonly<
  Record<'aeps_withdrawal' | 'aeps_balance' | 'aeps_statement', { done: number; failed: number }>
> = {
  aeps_withdrawal: { done: 1463, failed: 1464 },
  aeps_balance: { done: 1466, failed: 1464 },
  aeps_statement: { done: 1527, failed: 1528 },
};
type AepsService = keyof typeof TYPES;

/** The checks before anything is booked. A request refused because of the agent or the capture has no tid. */
async function readVisit(deps: EkoDeps, request: EkoRequest, service: AepsService): Promise<Visit> {
  const { fields } = request;
  const mobile = fields.text('customer_id', MOBILE);
  const ref = fields.optional('client_ref_id', CLIENT_REF);
  const bankCode = fields.text('bank_code', /^[A-Z]{4}$/);
  fields.checkAadhaar('aadhar');
  const latlong = fields.place('latlong');
  const block = fields.checkBiometrics('piddata', { strict: { fingerType: fingerTypeOf(bankCode) } });
  const agent = aepsAgentOf(deps, request);
  await requireNewReference(deps, ref);
  const obstacle = agentObstacle(agent, deps.nowMs());
  if (obstacle !== null) throw notCompleted(service, obstacle);
  if (block === 'bad') throw notCompleted(service, BAD_BIOMETRICS);
  const bank = bankOfCode(bankCode);
  if (bank === undefined) throw notCompleted(service, NOT_COMPLETED);
  return { agent, bank, mobile, ref, latlong };
}

/**
 * POST …/cash-withdrawal/otp/{customer_id}, spelt as here: 1459 with the id of the one-time password, or status 1
 * with a text only. Nothing is booked.
 */
export async function sendWithdrawalOtp(deps: EkoDeps, request: EkoRequest): Promise<Reply> {
  const { fields } = request;
  const amountPaise = fields.amountPaise('amount');
  const mobile = fields.text('customer_id', MOBILE);
  const ref = fields.optional('client_ref_id', CLIENT_REF);
  const bank = bankOfCode(fields.text('bank_code', /^[A-Z]{4}$/));
  fields.checkAadhaar('aadhar');
  const latlong = fields.place('latlong');
  const agent = aepsAgentOf(deps, request);
  await requireNewReference(deps, ref);
  const obstacle = agentObstacle(agent, deps.nowMs());
  if (obstacle !== null) throw otpNotSent(obstacle);
  if (bank === undefined || amountPaise > MAX_AMOUNT_PAISE) throw otpNotSent(NOT_COMPLETED);
  return otpSent(deps, { agent, bank, mobile, ref, latlong }, amountPaise);
}

/** The customer has the digits, the caller their id. */
function otpSent({ book }: EkoDeps, visit: Visit, amountPaise: bigint): Envelope {
  const { ref } = book.sendOtp('withdrawal', visit.mobile, withdrawalOf(visit, amountPaise));
  return ok(1459, 'OTP generated successfully. Use the reference ID for your transaction.', {
    fp_transaction_id: ref,
  });
}

/** What a one-time password is good for: the same agent, bank, place and amount. */
function withdrawalOf({ agent, bank, latlong }: Visit, amountPaise: bigint): string {
  const of = [agent.user, bank.code, latlong, amountPaise.toString()].join(' ');
  return createHash('sha256').update(of).digest('hex').slice(0, 16);
}

/**
 * The challenge that a withdrawal names, and whether the capture was made with its digits. Whatever comes of the
 * withdrawal, the id is used up.
 */
function challengeOf(
  deps: EkoDeps,
  { fields }: EkoRequest,
  given: { id: string; visit: Visit; amountPaise: bigint },
): { challenge: Challenge | undefined; isGood: boolean } {
  const { otps } = deps.book;
  const challenge = otps.find(given.id);
  if (challenge === undefined || challenge.mobile !== given.visit.mobile)
    return { challenge: undefined, isGood: false };
  const digits = deps.ekoSettings.otp ?? otps.digits(challenge);
  const verdict = verdictOf(
    otps,
    challenge,
    {
      purpose: 'withdrawal',
      subject: withdrawalOf(given.visit, given.amountPaise),
      otp: fields.holdsOtp('piddata', digits) ? digits : '',
      nowMs: deps.nowMs(),
    },
    deps.ekoSettings,
  );
  return {
    challenge: challenge.purpose === 'withdrawal' ? challenge : undefined,
    isGood: verdict === 'good',
  };
}

/** A failure with all its keys, empty but for the reason. */
function notCompleted(service: AepsService, reason: string): EkoRefusal {
  const empty = Object.fromEntries(FAILURE_KEYS[service].map((key) => [key, '']));
  return failed(TYPES[service].failed, 'Transaction Fail', { ...empty, reason, comment: reason });
}

const STATEMENT_FAILURE = [
  'transaction_date',
  'reason',
  'merchant_code',
  'merchantname',
  'customer_balance',
  'transaction_time',
  'sender_name',
  'comment',
  'bank_ref_num',
  'tid',
  'terminal_id',
] as const;
const FAILURE = [
  'tx_status',
  'transaction_date',
  'reason',
  'amount',
  'merchant_code',
  'shop',
  'sender_name',
  'tid',
  'auth_code',
  'shop_address_line1',
  'user_code',
  'merchantname',
  'stan',
  'aadhar',
  'customer_balance',
  'transaction_time',
  'comment',
  'bank_ref_num',
  'terminal_id',
] as const;
const FAILURE_KEYS: Readonly<Record<AepsService, readonly string[]>> = {
  aeps_withdrawal: FAILURE,
  aeps_balance: FAILURE,
  aeps_statement: STATEMENT_FAILURE,
};

function chargesOf(service: Service, amountPaise: bigint): Charges {
  if (service === 'aeps_withdrawal') return withdrawalCharges(amountPaise);
  return service === 'aeps_statement' ? statementCharges() : noCharges();
}

function attemptOf(service: Service, { agent, bank, mobile, ref }: Visit, amountPaise: bigint): Attempt {
  return {
    service,
    user: agent.user,
    ref,
    amountPaise,
    charges: chargesOf(service, amountPaise),
    mobile,
    name: 'Test Customer',
    target: '',
    payee: agent.shop,
    ifsc: '',
    bank: bank.name,
  };
}

/** The balance of the customer's account, computed from the mobile number so that it need not be stored. */
const customerBalance = (mobile: string): string =>
  rupeesFromPaise(BigInt(mix32(Number(mobile.slice(-9))) % 5_000_000));

/** The fields of every answer that came from the bank. */
function facts({ agent, mobile }: Visit, booked: Booked, amountPaise: bigint): Data {
  const time = aepsDateTime(booked.at);
  return {
    tx_status: booked.status,
    transaction_date: time,
    amount: rupeesFromPaise(amountPaise),
    shop: agent.shop,
    sender_name: 'Test Customer',
    tid: booked.tid,
    user_code: agent.user,
    merchantname: agent.shop,
    aadhar: MASKED,
    customer_balance: customerBalance(mobile),
    transaction_time: time,
  };
}

const NOT_KNOWN = {
  merchant_code: '',
  auth_code: '',
  shop_address_line1: '',
  stan: '',
  bank_ref_num: '',
  terminal_id: '',
};

function failedAtBank(
  service: AepsService,
  { visit, booked, amountPaise }: { visit: Visit; booked: Booked; amountPaise: bigint },
  reason = ISSUER_DECLINED,
): EkoRefusal {
  const all: Data = { ...facts(visit, booked, amountPaise), ...NOT_KNOWN, reason, comment: reason };
  return failed(
    TYPES[service].failed,
    'Transaction Fail',
    Object.fromEntries(FAILURE_KEYS[service].map((key) => [key, all[key]])),
  );
}

/**
 * POST …/cash-withdrawl/{customer_id}: 1463 done, 1464 failed, 1465 pending. Above 5,000 rupees and without the id
 * of a one-time password, 1459: nothing is booked, and one is sent. A wrong, old or used one is a plain 1464.
 */
export async function withdraw(deps: EkoDeps, request: EkoRequest): Promise<Reply> {
  const amountPaise = request.fields.amountPaise('amount');
  const visit = await readVisit(deps, request, 'aeps_withdrawal');
  if (amountPaise > MAX_AMOUNT_PAISE)
    throw notCompleted('aeps_withdrawal', 'Amount exceeds the limit of a transaction');
  const otpId = request.fields.optional('txn_otp_request_id', OTP_ID);
  if (otpId === null && amountPaise > deps.ekoSettings.withdrawalOtpAbovePaise)
    return otpSent(deps, visit, amountPaise);
  const otp = otpId === null ? undefined : challengeOf(deps, request, { id: otpId, visit, amountPaise });
  const attempt = { ...attemptOf('aeps_withdrawal', visit, amountPaise), otp: otp?.challenge?.n };
  if (otp?.isGood === false) {
    const refused = declineAttempt(deps, attempt, NOT_COMPLETED);
    throw failedAtBank('aeps_withdrawal', { visit, booked: refused, amountPaise }, NOT_COMPLETED);
  }
  const booked = bookByScenario(deps, attempt, visit.mobile);
  if (booked.plan.answer === 'never') return NO_ANSWER;
  if (booked.status === '1') throw failedAtBank('aeps_withdrawal', { visit, booked, amountPaise });
  const known = facts(visit, booked, amountPaise);
  if (booked.status === '2') return pending(known);
  return ok(1463, 'Transaction Successful', {
    ...known,
    tds: rupeesFromPaise(attempt.charges.tdsPaise),
    bank: visit.bank.name,
    balance: rupeesFromPaise(deps.book.money.aepsPaise(visit.agent.user)),
    commission: rupeesFromPaise(attempt.charges.commissionPaise),
    bank_ref_num: booked.bankReference,
    comment: 'Request Completed',
  });
}

/** Pending has `response_status_id` 2 with status 0. */
function pending(known: Data): Envelope {
  const data = {
    ...known,
    ...NOT_KNOWN,
    reason: 'Transaction Pending',
    comment: 'Transaction Pending',
    fee: '',
    service_tax: '0.00',
    totalfee: '0.00',
    sender_name: '',
    customer_balance: '',
  };
  return { response_status_id: 2, data, response_type_id: 1465, message: 'Transaction Pending', status: 0 };
}

/**
 * A balance enquiry or a statement. It moves no money of the customer; it is booked with its outcome and
 * never awaited.
 */
async function enquire(
  deps: EkoDeps,
  request: EkoRequest,
  service: 'aeps_balance' | 'aeps_statement',
  dataOf: (known: Data, attempt: Attempt) => Data,
): Promise<Reply> {
  const visit = await readVisit(deps, request, service);
  const attempt = attemptOf(service, visit, 0n);
  const scenario = chooseScenario(deps, attempt, visit.mobile);
  const plan = planOf(service, scenario);
  const status = outcomeOfEnquiry(plan);
  const booked = bookAttempt(deps, attempt, status === '1' ? '1111' : '0000', status);
  if (plan.answer === 'never') return NO_ANSWER;
  if (status === '1') throw failedAtBank(service, { visit, booked, amountPaise: 0n });
  return ok(TYPES[service].done, 'Transaction Successful', dataOf(facts(visit, booked, 0n), attempt));
}

/** POST …/balance-enquiry/{customer_id}: 1466 or 1464. */
export const enquireBalance = (deps: EkoDeps, request: EkoRequest): Promise<Reply> =>
  enquire(deps, request, 'aeps_balance', ({ tx_status: _status, ...known }) => ({
    ...known,
    comment: 'Request Completed',
  }));

/** POST …/mini-statement/{customer_id}: 1527 or 1528. */
export const miniStatement = (deps: EkoDeps, request: EkoRequest): Promise<Reply> =>
  enquire(
    deps,
    request,
    'aeps_statement',
    (
      { tx_status: _status, amount: _amount, shop: _shop, aadhar: _aadhar, ...known },
      { charges, mobile },
    ) => ({
      ...known,
      mini_statement_list: statementOf(mobile, deps.nowMs()),
      commission: rupeesFromPaise(charges.commissionPaise),
      terminal_id: '',
      comment: 'Request Completed',
    }),
  );

/** Three rows, newest first, computed from the mobile number. */
function statementOf(mobile: string, nowMs: number): Data[] {
  const seed = mix32(Number(mobile.slice(-9)));
  return [
    ['MAT/W', 'Dr'],
    ['MAT/D', 'Cr'],
    ['POS/W', 'Dr'],
  ].map(([kind, txnType], i) => {
    const [, month, day] = istDate(nowMs - i * 3 * 86_400_000).split('-');
    return {
      date: `${day}/${month}`,
      amount: rupeesFromPaise(BigInt((((seed >>> i) % 200) + 1) * 5_000)),
      narration: `${kind}/${String((seed + i) % 1_000_000).padStart(6, '0')}`,
      txnType,
    };
  });
}
