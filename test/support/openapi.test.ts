/** The check of answers against an OpenAPI file finds what is wrong: it is itself what other tests lean on. */
import path from 'node:path';
import { loadContract } from './openapi';
import { BILLPAY_EXCEPTIONS, RECHARGE_EXCEPTIONS } from './setu';

const file = (name: string) => path.join(__dirname, `../fixtures/setu/setu-${name}-openapi.json`);
const PAYMENT = '/api/v2/bbps/bills/payment/response';
const base = { success: true, traceId: 'X' };
const paid = { ...base, data: { refId: 'R', status: 'Success', transactionId: 'T' } };

it('takes any documented variant, and nothing that none has', () => {
  const contract = loadContract(file('billpay'));
  contract.check('POST', PAYMENT, 200, paid);
  contract.check('POST', PAYMENT, 200, { ...base, data: { refId: 'R', status: 'Processing' } });
  for (const [body, message] of [
    [{ ...paid, extra: 1 }, /unevaluated/],
    [{ ...base, data: { ...paid.data, extra: 1 } }, /unevaluated/],
    [{ ...base, data: { ...paid.data, status: 'Done' } }, /allowed values/],
    [
      { ...base, data: { refId: 'R', status: 'Processing', transactionId: 'T' } },
      /is not as the contract says/,
    ],
    [{ ...base, data: { ...paid.data, refId: 7 } }, /must be string/],
    [{ traceId: 'X', data: paid.data }, /success/],
  ] as const)
    expect(() => {
      contract.check('POST', PAYMENT, 200, body);
    }).toThrow(message);
  expect(contract.seen()).toEqual([`POST ${PAYMENT}`]);
});

it('seals the parts of an allOf together, and knows nullable', () => {
  const contract = loadContract(file('billpay'));
  const bill = {
    amount: null,
    billNumber: '1',
    billPeriod: 'MONTHLY',
    dueDate: '2026-11-24',
    billDate: '2026-11-24',
    customerName: 'Test Customer',
  };
  const answer = (change: object) => ({
    ...base,
    data: { refId: 'R', status: 'Success', billerSelectionType: null, bills: [{ ...bill, ...change }] },
  });
  contract.check('POST', '/api/v2/bbps/bills/fetch/response', 200, answer({}));
  expect(() => {
    contract.check('POST', '/api/v2/bbps/bills/fetch/response', 200, answer({ dueDate: '24-11-2026' }));
  }).toThrow(/format/);
  expect(() => {
    contract.check('POST', '/api/v2/bbps/bills/fetch/response', 200, answer({ billNumber: null }));
  }).toThrow(/must be string/);
});

it.each([
  ['GET', '/api/v2/nothing', 200],
  ['GET', PAYMENT, 200],
  ['POST', PAYMENT, 418],
  ['POST', PAYMENT, 401],
])('refuses the undocumented %s %s %i', (method, at, status) => {
  expect(() => {
    loadContract(file('billpay')).check(method, at, status, {});
  }).toThrow(/the contract has no/);
});

it('lets through what the exceptions name, in the shape that they name, each with a reason', () => {
  const contract = loadContract(file('billpay'), BILLPAY_EXCEPTIONS);
  contract.check('POST', PAYMENT, 401, { success: false, traceId: 'T', error: { code: 'x', message: 'y' } });
  // The list and the callback have the word; no variant of payment/response has it.
  expect(() => {
    contract.check('POST', PAYMENT, 200, { ...base, data: { ...paid.data, status: 'Credit_Adjustment' } });
  }).toThrow(/allowed values/);
  expect(() => {
    contract.check('POST', PAYMENT, 401, { success: false });
  }).toThrow(/error/);
  expect([...BILLPAY_EXCEPTIONS, ...RECHARGE_EXCEPTIONS].every((e) => e.reason.length > 20)).toBe(true);
});

it('fills references in, also nullable ones', () => {
  const contract = loadContract(file('recharge'));
  const answer = (error: unknown) => ({
    success: true,
    trace_id: 'X',
    data: { status: 'Validation Failed', error },
  });
  contract.check('POST', '/recharge/validate', 200, answer(null));
  contract.check('POST', '/recharge/validate', 200, answer({ code: '2', message: 'm', failureReason: 'f' }));
  expect(() => {
    contract.check('POST', '/recharge/validate', 200, answer({ code: '2' }));
  }).toThrow(/required/);
});
