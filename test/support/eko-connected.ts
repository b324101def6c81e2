/** The connector of Eko beside a sandbox that speaks Eko: the two share no code, and meet over HTTP only. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { AepsRequest, WithdrawalAnswer } from '../../domain/aeps/port';
import type { BillInstruction } from '../../domain/bbps/port';
import type { Connector } from '../../domain/connectors';
import type {
  DeskAnswer,
  DispatchCalls,
  InstructionBase,
  ProviderCallOptions,
} from '../../domain/provider/calls';
import type { ProviderOutcome } from '../../domain/provider/outcome';
import type { DmtInstruction } from '../../domain/dmt/port';
import type { RechargeInstruction } from '../../domain/recharge/port';
import { freshReference } from './references';
import { NEVER_OPENS } from './never-opens';
import { createEkoConnector, type EkoConnectorOptions } from '../../providers/eko/connector';
import {
  ACCESS_KEY,
  DEVELOPER_KEY,
  INITIATOR,
  LATLONG,
  newMobile,
  PID_BLOCK,
  USER_CODE,
  type EkoSandbox,
} from './eko-sandbox';

export const AADHAAR = '999941057058';
export const COUNTER = {
  agentId: 'a',
  terminalId: 't',
  mobile: '9900000000',
  geocode: LATLONG,
  pincode: '110001',
  ip: '192.168.1.1',
};
const ACCEPTED_AT = new Date('2026-11-24T07:42:00.500Z');
const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const AADHAAR_KEY = publicKey.export({ type: 'spki', format: 'pem' }) as string;

/** With the keys and under the prefix of the sandbox. */
export function connectEko(t: EkoSandbox, options: Partial<EkoConnectorOptions> = {}): Connector {
  return createEkoConnector({
    developerKey: DEVELOPER_KEY,
    accessKey: ACCESS_KEY,
    initiatorId: INITIATOR,
    userCode: USER_CODE,
    aadhaarKey: AADHAAR_KEY,
    baseUrl: `${t.sandbox.url}/ekoapi/v3`,
    timeouts: { connectMs: 10_000, totalMs: 10_000 },
    breaker: NEVER_OPENS,
    ...options,
  });
}

export function valueOf<T>(answer: DeskAnswer<T>): T {
  if (!answer.ok) throw new Error(JSON.stringify(answer));
  return answer.value;
}

const base = () => ({
  ourReference: freshReference(),
  idempotencyKey: randomUUID(),
  currency: 'INR' as const,
});
export const send = <I extends InstructionBase>(
  calls: DispatchCalls<I>,
  instruction: I,
  options?: ProviderCallOptions,
): Promise<ProviderOutcome> => calls.send(instruction, calls.prepare(instruction), options);

/** A sender who has been through the eKYC, by the connector alone; the sandbox only tells the digits of the OTP. */
export async function activeSender(t: EkoSandbox, { dmt }: Connector, mobile = newMobile()): Promise<string> {
  valueOf(
    await dmt!.enrolSender({
      mobile,
      name: 'Test Sender',
      bornOn: '1990-05-15',
      address: {
        line: 'Test Street',
        city: 'Indore',
        state: 'Madhya Pradesh',
        pincode: '452001',
        district: 'Indore',
      },
    }),
  );
  const started = valueOf(await dmt!.startEkyc(mobile, AADHAAR, PID_BLOCK));
  valueOf(await dmt!.finishEkyc(mobile, await t.client.otpOf(started.otpRef), started));
  return mobile;
}

let accounts = 0;
/** An account that no test used before, with an ending of choice. */
export const newAccount = (ending = '0000'): string =>
  `39${String(1_000_000 + (accounts += 1)).slice(1)}${ending}`;
export const recipient = (accountNumber: string) => ({
  name: 'Test Recipient',
  mobile: '9002331157',
  ifsc: 'SBIN0007515',
  accountNumber,
});

/** A transfer up to the OTP, by a new sender. */
export async function transferTo(
  t: EkoSandbox,
  c: Connector,
  ending: string,
  fields: Partial<DmtInstruction> = {},
): Promise<DmtInstruction> {
  const senderMobile = fields.senderMobile ?? (await activeSender(t, c));
  const { ref } = valueOf(await c.dmt!.addRecipient(senderMobile, recipient(newAccount(ending))));
  const amountPaise = fields.amountPaise ?? 10_050n;
  const { otpRef } = valueOf(await c.dmt!.sendTransferOtp(senderMobile, ref, amountPaise));
  return {
    ...base(),
    amountPaise,
    senderMobile,
    recipientRef: ref,
    otp: await t.client.otpOf(otpRef),
    otpRef,
    ...fields,
  };
}

/** A bill of a biller that takes any amount. */
export const billTo = (ending: string, fields: Partial<BillInstruction> = {}): BillInstruction => ({
  ...base(),
  amountPaise: 50_000n,
  biller: { id: '159', category: '1' },
  customer: {
    mobile: '9903457748',
    name: 'Test Customer',
    parameters: [{ name: 'utility_acc_no', value: `123456${ending}` }],
  },
  counter: COUNTER,
  paymentMode: 'Cash',
  remitter: null,
  fetchRef: null,
  bill: null,
  convenienceFeePaise: 0n,
  ownFeePaise: 0n,
  acceptedAt: ACCEPTED_AT,
  ...fields,
});
export const rechargeTo = (
  ending: string,
  fields: Partial<RechargeInstruction> = {},
): RechargeInstruction => ({
  ...base(),
  amountPaise: 29_900n,
  mobile: `987654${ending}`,
  operator: 'jio',
  circle: 'Maharashtra',
  acceptedAt: ACCEPTED_AT,
  ...fields,
});
export const visitOf = (ending: string, fields: Partial<AepsRequest> = {}): AepsRequest => ({
  ourReference: freshReference(),
  terminal: { userCode: USER_CODE, latlong: LATLONG },
  customerMobile: newMobile(ending),
  bankCode: 'HDFC',
  biometrics: { aadhaar: AADHAAR, pid: PID_BLOCK },
  ...fields,
});

/** Endings that are never answered: whoever may be answered gets all the time that a busy machine needs. */
export const UNANSWERED: readonly string[] = ['5555', '6666'];

export interface Sent {
  ourReference: string;
  outcome: ProviderOutcome | WithdrawalAnswer;
}
/** One service that moves money: everything is made ready for an ending, and then it is sent, by any connector. */
export interface Money {
  name: 'dmt' | 'bbps' | 'recharge' | 'aeps';
  amountPaise: bigint;
  /** Where its call goes, for ordered faults. */
  path: string;
  /** What a late failure (3333) comes to. */
  lateFailure: 'failed' | 'refund_pending';
  ready(ending: string): Promise<(c: Connector) => Promise<Sent>>;
}

export function moneyCalls(t: () => EkoSandbox, connector: () => Connector): Money[] {
  const dispatch =
    <I extends InstructionBase>(instruction: I, callsOf: (c: Connector) => DispatchCalls<I>) =>
    async (c: Connector): Promise<Sent> => ({
      ourReference: instruction.ourReference,
      outcome: await send(callsOf(c), instruction),
    });
  return [
    {
      name: 'dmt',
      amountPaise: 10_050n,
      path: '/customer/payment/dmt-fino',
      lateFailure: 'refund_pending',
      ready: async (ending) => dispatch(await transferTo(t(), connector(), ending), (c) => c.dmt!),
    },
    {
      name: 'bbps',
      amountPaise: 50_000n,
      path: '/customer/payment/bbps',
      lateFailure: 'failed',
      ready: (ending) => Promise.resolve(dispatch(billTo(ending), (c) => c.bbps!)),
    },
    {
      name: 'recharge',
      amountPaise: 29_900n,
      path: '/customer/payment/bbps',
      lateFailure: 'failed',
      ready: (ending) => Promise.resolve(dispatch(rechargeTo(ending), (c) => c.recharge!)),
    },
    {
      name: 'aeps',
      amountPaise: 300_000n,
      path: '/customer/collection/aeps-fingpay/cash-withdrawl',
      lateFailure: 'failed',
      ready(ending) {
        const request = { ...visitOf(ending), amountPaise: 300_000n };
        return Promise.resolve(async (c: Connector) => ({
          ourReference: request.ourReference,
          outcome: await c.aeps!.withdraw(
            request,
            UNANSWERED.includes(ending) ? { timeouts: { totalMs: 400 } } : {},
          ),
        }));
      },
    },
  ];
}
