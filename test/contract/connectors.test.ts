import { generateKeyPairSync } from 'node:crypto';
import type { DispatchCalls, InstructionBase } from '../../domain/provider/calls';
import type { InquiryAnswer, ProviderOutcome } from '../../domain/provider/outcome';
import { createCashfreeConnector } from '../../providers/cashfree/connector';
import { createEkoConnector } from '../../providers/eko/connector';
import { createRazorpayConnector } from '../../providers/razorpay/connector';
import { createRazorpayxConnector } from '../../providers/razorpayx/connector';
import { createSetuConnector } from '../../providers/setu/connector';
import { cashfreeExample, transferWith } from '../support/cashfree-examples';
import { ekoSampleWith } from '../support/eko-examples';
import { collectionOf, ORDER_ID, orderWith, paymentWith } from '../support/razorpay-examples';
import { example } from '../support/razorpayx-examples';
import { COUNTER, payment, topUp } from '../support/setu-flows';
import { SETU_KEYS } from '../support/setu-scripted';
import { describeConnector, type HostileCall, type Subject } from './connector-suite';

/** Every connector through the one suite. A new one joins here. */
const REF = '0k9tq2m4f7x1z8c5v6b3';
const STEADY = { consecutive: 1_000_000, minimumPerSecond: 1_000_000 }; // the breaker has tests of its own
const base = {
  ourReference: REF,
  idempotencyKey: '01977777-7777-7777-7777-777777777777',
  amountPaise: 10_000n,
  currency: 'INR' as const,
};

function sending<I extends InstructionBase>(
  name: string,
  calls: (c: Parameters<HostileCall<ProviderOutcome>['make']>[0]) => DispatchCalls<I>,
  instruction: I,
  unlisted: unknown,
): HostileCall<ProviderOutcome> {
  return {
    name,
    unlisted,
    make: (connector, options) =>
      calls(connector).send(instruction, calls(connector).prepare(instruction), options),
  };
}

function razorpayx(): Subject {
  const payout = {
    ...example('payouts-create-bank'),
    reference_id: REF,
    fund_account_id: 'fa_00000000000001',
    status: 'on_hold',
  };
  const inquiry = (
    name: string,
    providerReference: string | undefined,
    unlisted: unknown,
  ): HostileCall<InquiryAnswer> => ({
    name,
    unlisted,
    make: (connector, options) =>
      connector.payout!.inquire(
        { ourReference: REF, ...(providerReference === undefined ? {} : { providerReference }) },
        options,
      ),
  });
  return {
    service: 'payout',
    connect: (baseUrl, timeouts) =>
      createRazorpayxConnector({
        baseUrl,
        timeouts,
        keyId: 'rzp_test_suite',
        keySecret: 'suite-secret',
        webhookSecret: 'suite-webhook-secret',
        accountNumber: '7878780080316316',
        accountType: 'razorpayx_lite',
        breaker: STEADY,
      }),
    sends: [
      sending(
        'payout',
        (c) => c.payout!,
        { ...base, mode: 'IMPS' as const, narration: null, refs: { fund_account: 'fa_00000000000001' } },
        payout,
      ),
    ],
    inquiries: [
      inquiry('payout by id', 'pout_00000000000001', payout),
      inquiry('payout by reference', undefined, { entity: 'collection', count: 1, items: [payout] }),
    ],
    door: {
      status: 401,
      body: {
        error: {
          code: 'BAD_REQUEST_ERROR',
          description: 'Authentication failed',
          reason: 'authentication_failed',
          source: 'business',
          step: null,
          metadata: {},
        },
      },
    },
  };
}

/** An inquiry is two questions: each in turn is the hostile one. */
function razorpay(): Subject {
  const order = orderWith({ amount: 10_000, status: 'on_hold' });
  const payments = collectionOf(paymentWith({ amount: 10_000, fee: 236, tax: 36, status: 'on_hold' }));
  const [ofOrder, ofPayments] = [`/orders/${ORDER_ID}`, `/orders/${ORDER_ID}/payments`];
  const inquiry = (
    name: string,
    unlisted: unknown,
    answeredWell: Record<string, unknown>,
    providerReference?: string,
  ): HostileCall<InquiryAnswer> => ({
    name,
    unlisted,
    answeredWell,
    make: (connector, options) =>
      connector.collection!.inquire(
        { ourReference: REF, ...(providerReference === undefined ? {} : { providerReference }) },
        options,
      ),
  });
  const none = { [ofPayments]: collectionOf() };
  return {
    service: 'collection',
    connect: (baseUrl, timeouts) =>
      createRazorpayConnector({
        baseUrl,
        timeouts,
        keyId: 'rzp_test_suite',
        keySecret: 'suite-secret',
        webhookSecret: 'suite-webhook-secret',
        checkoutUrl: `${baseUrl}/checkout`,
        breaker: STEADY,
      }),
    sends: [
      sending(
        'order',
        (c) => c.collection!,
        { ...base, expiresAt: new Date(0), returnUrl: null, payer: { id: 'usr_1' } },
        order,
      ),
    ],
    inquiries: [
      inquiry('order by id', order, none, ORDER_ID),
      inquiry('order by receipt', collectionOf(order), none),
      inquiry('payments of an order', payments, { [ofOrder]: orderWith({ amount: 10_000 }) }, ORDER_ID),
    ],
    door: {
      status: 401,
      body: {
        error: {
          code: 'BAD_REQUEST_ERROR',
          description: 'Authentication failed',
          source: 'NA',
          step: 'NA',
          reason: 'NA',
          metadata: {},
        },
      },
    },
  };
}

function cashfree(): Subject {
  const beneficiary_id = '0197777777777777777777777777777a';
  const transfer = transferWith({
    transfer_id: REF,
    transfer_amount: 100,
    status: 'ON_HOLD',
    beneficiary_details: { beneficiary_id },
  });
  const inquiry = (name: string, providerReference?: string): HostileCall<InquiryAnswer> => ({
    name,
    unlisted: transfer,
    make: (connector, options) =>
      connector.payout!.inquire(
        { ourReference: REF, ...(providerReference === undefined ? {} : { providerReference }) },
        options,
      ),
  });
  return {
    service: 'payout',
    connect: (baseUrl, timeouts) =>
      createCashfreeConnector({
        baseUrl,
        timeouts,
        clientId: 'CF00000SUITE',
        clientSecret: 'suite-client-secret',
        breaker: STEADY,
      }),
    sends: [
      sending(
        'transfer',
        (c) => c.payout!,
        { ...base, mode: 'IMPS' as const, narration: null, refs: { beneficiary: beneficiary_id } },
        transfer,
      ),
    ],
    inquiries: [inquiry('transfer by reference'), inquiry('transfer by their id', '123456')],
    door: { status: 403, body: cashfreeExample('APIsDisabledExampleV2') },
  };
}

function eko(): Subject {
  const aadhaarKey = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey.export({
    type: 'spki',
    format: 'pem',
  }) as string;
  const unlisted = { tx_status: '8', client_ref_id: REF };
  const customer = {
    mobile: '9903457748',
    name: null,
    parameters: [{ name: 'utility_acc_no', value: '3287820071' }],
  };
  const counter = {
    agentId: 'a',
    terminalId: 't',
    mobile: '9900000000',
    geocode: '28.6139,77.2090',
    pincode: '110001',
    ip: '192.168.1.1',
  };
  const bill = {
    ...base,
    biller: { id: '53', category: '8' },
    customer,
    counter,
    paymentMode: 'Cash',
    remitter: null,
    fetchRef: null,
    bill: null,
    convenienceFeePaise: 0n,
    ownFeePaise: 0n,
    acceptedAt: new Date(0),
  };
  const biometrics = { aadhaar: '999941057058', pid: `<PidData>${'QUJD'.repeat(20)}</PidData>` };
  const withdrawal = {
    ourReference: REF,
    amountPaise: 10_000n,
    terminal: { userCode: '10000001', latlong: '28.6139,77.2090' },
    customerMobile: '9000000000',
    bankCode: 'HDFC',
    biometrics,
  };
  const found = ekoSampleWith('transaction-inquiry', 'Success', unlisted);
  const services = ['dmt', 'bbps', 'recharge', 'aeps'] as const;
  return {
    service: 'dmt',
    connect: (baseUrl, timeouts) =>
      createEkoConnector({
        baseUrl,
        timeouts,
        developerKey: 'suite-key',
        accessKey: 'suite-access-key',
        initiatorId: '9962981729',
        userCode: '20810200',
        aadhaarKey,
        breaker: STEADY,
      }),
    sends: [
      sending(
        'transfer',
        (c) => c.dmt!,
        { ...base, senderMobile: '9155927131', recipientRef: '117015428', otp: '4702', otpRef: '667007109' },
        ekoSampleWith('dmt-initiate-transfer', 'Success', unlisted),
      ),
      sending('bill', (c) => c.bbps!, bill, ekoSampleWith('bbps-pay-bill', 'Success', unlisted)),
      sending(
        'recharge',
        (c) => c.recharge!,
        { ...base, mobile: '9876543210', operator: 'jio', circle: 'Delhi', acceptedAt: new Date(0) },
        ekoSampleWith('bbps-pay-bill', 'Success', unlisted),
      ),
      // A minute is its own limit; the suite's are shorter.
      {
        name: 'withdrawal',
        sealed: ['aadhar'],
        unlisted: ekoSampleWith('aeps-fingpay-cash-withdrawal', 'Success', { tx_status: '8' }),
        make: (connector, options) =>
          connector.aeps!.withdraw(withdrawal, { timeouts: { totalMs: 250 }, ...options }),
      },
    ],
    inquiries: services
      .flatMap((service): HostileCall<InquiryAnswer>[] => [
        {
          name: `${service} by tid`,
          unlisted: found,
          make: (connector, options) =>
            connector[service]!.inquire({ ourReference: REF, providerReference: '12971397' }, options),
        },
        {
          name: `${service} by reference`,
          unlisted: found,
          make: (connector, options) => connector[service]!.inquire({ ourReference: REF }, options),
        },
      ])
      .slice(0, 2), // one question for all services
    door: { status: 403, body: { message: 'Forbidden' } },
  };
}

const TOKEN_OF_BILLPAY = {
  '/api/v2/auth/token': {
    expiresIn: 600,
    token: 'suite-token',
    success: true,
    traceId: 'C3SFG0O6N88R6UI7EQ',
  },
};
const TOKEN_OF_RECHARGE = { '/v1/users/login': { access_token: 'suite-token', refresh_token: '' } };
const good = (data: object) => ({
  success: true,
  traceId: 'C3SFG0O6N88R6UI7EQ',
  trace_id: 'cu7it2r6nmjg00e34e8g',
  data,
});

/**
 * A token that is refused is replaced once (401), so the door is known by its status. Where the list is asked
 * first, what follows is another call.
 */
function setuBills(): Subject {
  const [refId, status] = ['PAYVVR4QOS7X1UGPY7JGUV4440', 'On_Hold'];
  const shown = good({
    refId,
    status,
    billerId: 'SUND00000MAH01',
    paymentDetails: {
      amount: 10_000,
      mode: 'Cash',
      paymentRefId: REF,
      timestamp: '2026-11-24T13:12:00+05:30',
    },
  });
  return {
    service: 'bbps',
    connect: (baseUrl, timeouts) =>
      createSetuConnector({ timeouts, breaker: STEADY, billpay: { ...SETU_KEYS.billpay, baseUrl } }),
    sends: [sending('bill', (c) => c.bbps!, payment({ ...base, counter: COUNTER }), good({ refId }))],
    inquiries: [
      {
        name: 'bill by refId',
        unlisted: shown,
        make: (connector, options) =>
          connector.bbps!.inquire({ ourReference: REF, providerReference: refId }, options),
      },
      {
        name: 'bill by reference, in the list',
        unlisted: good({
          transactions: [{ refId, status, amount: 10_000, paymentRefId: REF, billerId: 'SUND00000MAH01' }],
        }),
        answeredWell: { '/api/v2/bbps/bills/payment/response': shown },
        make: (connector, options) => connector.bbps!.inquire({ ourReference: REF }, options),
      },
    ],
    door: {
      status: 401,
      isByStatus: true,
      body: {
        success: false,
        traceId: 'C3SFG0O6N88R6UI7EQ',
        error: { code: 'unauthorised', message: 'The token is expired.' },
      },
    },
    answeredWell: TOKEN_OF_BILLPAY,
    warm: (connector) => connector.bbps!.categories(),
    nobodyThere: '<no token>',
  };
}

function setuRecharges(): Subject {
  const shown = good({
    error: null,
    amount: 10_000,
    transactionRefId: 'CYJVVR4QOS7X1UGPY7JG',
    status: 'On_Hold',
    details: {
      mobile_number: '7066570000',
      provider: 'airtel',
      service_type: 'M',
      is_postpaid: false,
      is_special: false,
    },
  });
  const inquiry = (name: string, providerReference?: string): HostileCall<InquiryAnswer> => ({
    name,
    unlisted: shown,
    make: (connector, options) =>
      connector.recharge!.inquire(
        { ourReference: REF, ...(providerReference === undefined ? {} : { providerReference }) },
        options,
      ),
  });
  return {
    service: 'recharge',
    connect: (baseUrl, timeouts) =>
      createSetuConnector({
        timeouts,
        breaker: STEADY,
        recharge: { ...SETU_KEYS.recharge, baseUrl, accountsBaseUrl: baseUrl },
      }),
    sends: [sending('recharge', (c) => c.recharge!, topUp(base), shown)],
    inquiries: [
      inquiry('recharge by reference'),
      inquiry('recharge with their reference', 'CYJVVR4QOS7X1UGPY7JG'),
    ],
    door: {
      status: 401,
      isByStatus: true,
      body: {
        status: 401,
        type: '',
        message: 'You are not authenticated to perform the requested action.',
        trace_id: 'cu7it2r6nmjg00e34e8g',
      },
    },
    answeredWell: TOKEN_OF_RECHARGE,
    warm: (connector) => connector.recharge!.operatorOf('7066570000'),
    nobodyThere: '<no token>',
  };
}

describeConnector('Cashfree', cashfree());
describeConnector('Eko', eko());
describeConnector('Razorpay', razorpay());
describeConnector('RazorpayX', razorpayx());
describeConnector('Setu, bills', setuBills());
describeConnector('Setu, recharges', setuRecharges());
