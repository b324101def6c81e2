/** Each body is written twice, as an interface and as a schema: whatever the interface allows, in form, the schema takes. */
import * as fc from 'fast-check';
import type Joi from 'joi';
import { PAYMENT_MODES } from '../../domain/bbps/remitter';
import { DISPOSITIONS } from '../../domain/bbps/port';
import { hasVerhoeffCheck } from '../../domain/india/aadhaar';
import { PAYOUT_MODES } from '../../domain/payouts/payout';
import { COLLECTION_KINDS } from '../../domain/collection/collection';
import { CIRCLES, OPERATORS } from '../../domain/recharge/recharge';
import * as aeps from './aeps';
import * as bbps from './bbps';
import * as collections from './collections';
import * as dmt from './dmt';
import { payoutBody, type BeneficiaryBody, type PayoutBody } from './payouts';
import * as recharge from './recharge';
import { refundBody } from './refunds';
import { validate } from './validate';

const text = (pattern: RegExp): fc.Arbitrary<string> => fc.stringMatching(pattern);
const optional = { requiredKeys: [] as never[] };
const amount = fc.integer({ min: 1, max: 1_000_000_000_000 });
const currency = fc.constant('INR' as const);
const reference = text(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,39}$/);
const name = text(/^[A-Za-zÀ-ÖØ-öø-ž0-9][A-Za-zÀ-ÖØ-öø-ž0-9 .,'’&()_/-]{0,99}$/);
const mobile = text(/^[6-9][0-9]{9}$/);
const pincode = text(/^[1-9][0-9]{5}$/);
const ifsc = text(/^[A-Za-z]{4}0[A-Za-z0-9]{6}$/);
const accountNumber = text(/^[A-Za-z0-9]{5,35}$/);
const counterAccountNumber = text(/^[0-9]{9,18}$/);
const otp = text(/^[0-9]{4,8}$/);
const aadhaar = text(/^[2-9][0-9]{10}$/).map((eleven) =>
  Array.from('0123456789', (digit) => eleven + digit).find((twelve) => hasVerhoeffCheck(twelve))!,
);
const decimals = text(/^[0-9]{4,6}$/);
const geocode = fc
  .tuple(fc.integer({ min: 6, max: 36 }), decimals, fc.integer({ min: 68, max: 96 }), decimals)
  .map(([lat, latDecimals, long, longDecimals]) => `${lat}.${latDecimals},${long}.${longDecimals}`);
const pid = text(/^[A-Za-z0-9 ]{60,200}$/).map((inside) => `<PidData>${inside}</PidData>`);
const idOf = (prefix: string): fc.Arbitrary<string> =>
  text(/^[0-9a-z]{26}$/).map((rest) => `${prefix}_${rest}`);

/** With each optional field there or not. */
const body = <T extends object>(
  required: { [K in keyof T]?: fc.Arbitrary<T[K]> },
  more: { [K in keyof T]?: fc.Arbitrary<T[K]> } = {},
): fc.Arbitrary<T> =>
  fc
    .tuple(fc.record(required as never), fc.record(more as never, optional))
    .map(([always, sometimes]) => Object.assign({}, always, sometimes) as T);

const expectTaken = <T>(schema: Joi.ObjectSchema<T>, bodies: fc.Arbitrary<T>): void => {
  fc.assert(
    fc.property(bodies, (value) => {
      const plain = JSON.parse(JSON.stringify(value)) as unknown;
      expect(validate(schema, plain, '#')).toEqual(plain);
    }),
  );
};

test('payouts', () => {
  const beneficiary = fc.oneof(
    body<BeneficiaryBody>({ name, account_number: accountNumber, ifsc }),
    body<BeneficiaryBody>({
      name,
      vpa: text(/^[A-Za-z0-9._-]{2,60}@[A-Za-z][A-Za-z0-9]{1,20}(?:[.-][A-Za-z0-9]{1,5}){0,2}$/),
    }),
  );
  expectTaken(
    payoutBody,
    body<PayoutBody>(
      { amount, currency, beneficiary, reference },
      { mode: fc.constantFrom(...PAYOUT_MODES), narration: text(/^[A-Za-z0-9 ]{1,30}$/) },
    ),
  );
});

test('recharges', () => {
  const of = { mobile, operator: fc.constantFrom(...OPERATORS), circle: fc.constantFrom(...CIRCLES) };
  expectTaken(recharge.operatorsBody, body({ mobile }));
  expectTaken(recharge.plansBody, body(of));
  expectTaken(
    recharge.rechargeBody,
    body<recharge.RechargeBody>({ ...of, amount, currency, reference }, { force: fc.boolean() }),
  );
});

test('collections', () => {
  expectTaken(
    collections.collectionBody,
    body<collections.CollectionBody>(
      { kind: fc.constantFrom(...COLLECTION_KINDS), amount, currency, reference },
      { return_url: text(/^https:\/\/[a-z0-9]{1,20}\.example(\/[a-z]{1,20}){0,3}$/) },
    ),
  );
  expectTaken(
    collections.collectionConfirmationBody,
    body<collections.CollectionConfirmationBody>({
      payment: text(/^pay_[A-Za-z0-9]{14}$/),
      signature: text(/^[0-9a-f]{64}$/),
    }),
  );
});

describe('bill payment', () => {
  const parameter = text(/^[!-~]([ -~]{0,20}[!-~])?$/);
  const customer = body<bbps.CustomerBody>(
    { mobile, parameters: fc.array(body({ name: parameter, value: parameter }), { maxLength: 20 }) },
    { name: text(/^[A-Za-z][A-Za-z0-9 .'&()_/-]{0,99}$/) },
  );
  const payer = text(/^[A-Za-z][A-Za-z0-9 .'&()_/-]{0,49}$/);
  const vpa = text(/^[A-Za-z0-9._-]{2,40}@[A-Za-z][A-Za-z0-9]{1,8}$/);
  const counter = body<bbps.CounterBody>({
    agent_id: text(/^[A-Za-z0-9]{4,40}$/),
    terminal_id: text(/^[A-Za-z0-9_-]{1,50}$/),
    mobile,
    geocode,
    pincode,
    ip: fc.ipV4(),
  });
  const biller = text(/^[A-Za-z0-9]{1,40}$/);

  test('fetches', () => {
    expectTaken(bbps.fetchBody, body<bbps.FetchBody>({ biller, customer, counter }));
  });

  test('payments of a fetched bill, and of a biller without one', () => {
    const paid = { amount, currency, reference, payment_mode: fc.constantFrom(...PAYMENT_MODES) };
    const more = {
      bill_number: parameter,
      remitter: fc.oneof(
        body<bbps.RemitterBody>({}, { name: payer, vpa }),
        body<bbps.RemitterBody>({ account_number: accountNumber, ifsc }, { name: payer }),
      ),
    };
    expectTaken(bbps.paymentBody, body<bbps.PaymentBody>({ ...paid, fetch: idOf('bft') }, more));
    expectTaken(bbps.paymentBody, body<bbps.PaymentBody>({ ...paid, biller, customer, counter }, more));
  });

  test('complaints', () => {
    expectTaken(
      bbps.complaintBody,
      body<bbps.ComplaintBody>({
        disposition: fc.constantFrom(...DISPOSITIONS),
        description: text(/^[A-Za-z0-9 .,!?-]{5,255}$/),
      }),
    );
  });
});

test('money transfer', () => {
  const place = text(/^[A-Za-z][A-Za-z0-9 .'&()/-]{1,59}$/);
  const bornOn = fc
    .date({ min: new Date('1900-01-01'), max: new Date('2020-12-31'), noInvalidDate: true })
    .map((day) => day.toISOString().slice(0, 10));
  expectTaken(dmt.senderBody, body({ mobile }));
  expectTaken(
    dmt.enrolmentBody,
    body<dmt.EnrolmentBody>({
      name,
      born_on: bornOn,
      address: body<dmt.EnrolmentBody['address']>({
        line: text(/^[A-Za-z0-9][A-Za-z0-9 .,'&()/#-]{2,119}$/),
        city: place,
        state: place,
        district: place,
        pincode,
      }),
    }),
  );
  expectTaken(dmt.ekycBody, body({ aadhaar, pid }));
  expectTaken(dmt.ekycVerificationBody, body({ otp }));
  expectTaken(
    dmt.recipientBody,
    body<dmt.RecipientBody>({ name, mobile, ifsc, account_number: counterAccountNumber }),
  );
  expectTaken(dmt.transferOtpsBody, body({ recipient: idOf('rcp'), amount }));
  const part = body<dmt.TransferBody['parts'][number]>({ amount, otp_reference: idOf('otp'), otp });
  expectTaken(
    dmt.transferBody,
    body<dmt.TransferBody>({
      sender: idOf('snd'),
      recipient: idOf('rcp'),
      reference,
      currency,
      parts: fc.array(part, { minLength: 1, maxLength: 5 }),
    }),
  );
  expectTaken(
    refundBody,
    body<{ otp: string; otp_reference?: string }>({ otp }, { otp_reference: idOf('otp') }),
  );
});

describe('AEPS', () => {
  const bank = fc.oneof(text(/^[A-Za-z][A-Za-z0-9]{1,11}$/), text(/^[0-9]{3,6}$/));
  const customer = body<aeps.CustomerBody>({ mobile, bank });
  const terminal = body<aeps.TerminalBody>({
    id: text(/^[A-Za-z0-9][A-Za-z0-9._-]{2,39}$/),
    latlong: geocode,
  });

  test('orders, enquiries and acknowledgements', () => {
    expectTaken(
      aeps.orderBody,
      body<aeps.OrderBody>({ amount, currency, reference, customer, terminal, aadhaar, pid }),
    );
    expectTaken(
      aeps.withdrawalBody,
      body<aeps.WithdrawalBody>(
        { amount, currency, reference, customer, terminal, aadhaar, pid },
        { otp_request: idOf('aot') },
      ),
    );
    expectTaken(
      aeps.withdrawalOtpBody,
      body<aeps.WithdrawalOtpBody>({ amount, currency, customer, terminal, aadhaar }),
    );
    expectTaken(aeps.enquiryBody, body<aeps.EnquiryBody>({ customer, terminal, aadhaar, pid }));
    expectTaken(aeps.acknowledgementBody, body({ cash_handed_out: fc.boolean() }));
  });

  test('the verification and the activation of an agent', () => {
    const applicant = { mobile, latlong: geocode, aadhaar };
    expectTaken(aeps.applicantBody, body<aeps.ApplicantBody>(applicant));
    expectTaken(aeps.otpBody, body<aeps.ApplicantBody & { otp: string }>({ ...applicant, otp }));
    expectTaken(
      aeps.biometricBody,
      body<aeps.ApplicantBody & { bank: string; pid: string }>({ ...applicant, bank, pid }),
    );
    const address = text(/^[A-Za-z0-9][A-Za-z0-9 .,'&()#/_-]{4,199}$/);
    const device = text(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}$/);
    const document = fc
      .uint8Array({ minLength: 100, maxLength: 300 })
      .map((bytes) => Buffer.concat([Buffer.from('%PDF-1'), bytes]).toString('base64'));
    expectTaken(
      aeps.activationBody,
      body<aeps.ActivationBody>({
        user_code: text(/^[A-Za-z0-9]{4,20}$/),
        device: body({ model: device, number: device }),
        account_number: accountNumber,
        ifsc,
        shop_type: text(/^[A-Za-z0-9_-]{1,20}$/),
        pan: text(/^[A-Z]{3}[PCHABGJLFTE][A-Z][0-9]{4}[A-Z]$/),
        aadhaar,
        office_address: address,
        proof_address: address,
        latlong: geocode,
        documents: body({ aadhaar_front: document, aadhaar_back: document, pan_card: document }),
      }),
    );
  });
});
