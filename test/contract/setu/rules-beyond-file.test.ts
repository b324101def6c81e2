/**
 * Setu's OpenAPI file takes bodies that Setu refuses. Each of these is good by the file, broken by a rule of its
 * pages, and refused by the sandbox with Setu's own answer; the connector makes none of them.
 */
import { setuContract, type Json } from '../../support/setu-contract';
import { brokenRules } from '../../support/setu-rules';
import {
  AGENT,
  billsOf,
  fetchBody,
  fetched,
  paymentBody,
  startTestSetu,
  type Body,
  type TestSetu,
} from '../../support/setu';

const PAY = '/api/v2/bbps/bills/payment/request';
const FETCH = '/api/v2/bbps/bills/fetch/request';
const file = setuContract('billpay');

let t: TestSetu;
beforeAll(async () => {
  t = await startTestSetu();
});
afterAll(async () => {
  await t.close();
});

const codeOf = (answer: { status: number; body: Body }): unknown[] => [
  answer.status,
  (answer.body.error as Body | undefined)?.code,
];
const without = (from: Json, ...fields: string[]): Json =>
  Object.fromEntries(Object.entries(from).filter(([field]) => !fields.includes(field)));
const details = (fields: Json) => (body: Json) => ({
  ...body,
  paymentDetails: { ...(body.paymentDetails as Json), ...fields },
});

it.each<[string, (body: Json) => Json, string]>([
  ['no remitter', (body) => without(body, 'remitter'), 'validation-error'],
  ['a remitter without a name', (body) => ({ ...body, remitter: {} }), 'validation-error'],
  ['no accountInfo', details({ accountInfo: undefined }), 'validation-error'],
  ['a wallet without its number', details({ accountInfo: 'PayTM wallet' }), 'validation-error'],
  ['a VPA without a handle', details({ mode: 'UPI', accountInfo: 'test.payer' }), 'validation-error'],
  ['an account without IFSC', details({ mode: 'Bharat QR', accountInfo: '01234567' }), 'validation-error'],
  ['IMPS', details({ mode: 'IMPS', accountInfo: '9240111|9004644121' }), 'invalid-payment-mode'],
  ['NEFT', details({ mode: 'NEFT', accountInfo: 'SRAN0000341|01234567' }), 'invalid-payment-mode'],
])('a payment with %s', async (_name, change, code) => {
  const data = await fetched(t.client, fetchBody());
  const good = paymentBody(data.refId, billsOf(data)[0]!.amount);
  expect(file.mistakes('POST', PAY, good)).toEqual([]);
  const bad = JSON.parse(JSON.stringify(change(good))) as Json;
  expect(file.mistakesByFile('POST', PAY, bad)).toEqual([]);
  expect(brokenRules(PAY, bad)).toHaveLength(1);
  expect(codeOf(await t.client.billpay('POST', PAY, bad))).toEqual([400, code]);
  expect((await t.client.billpay('POST', PAY, good)).status).toBe(200);
});

const MOBILE_APP = { ip: '124.170.23.24', imei: '123456789012345', os: 'Android', app: 'SmartPay' };
it.each<[string, Json, string]>([
  ['AGT', AGENT, 'terminalId'],
  ['MOB', MOBILE_APP, 'ip'],
  ['MOBB', MOBILE_APP, 'ip'],
  ['BNKBRNCH', { ...AGENT, ifsc: 'ICIC0000152' }, 'mobile'],
])('an agent of the channel %s without a field', async (channel, fields, field) => {
  const agent = { ...fields, id: AGENT.id, channel };
  const bad = { ...fetchBody(), agent: without(agent, field) };
  expect(file.mistakesByFile('POST', FETCH, bad)).toEqual([]);
  expect(brokenRules(FETCH, bad)).toEqual([`agent.${field} is required for the channel ${channel}`]);
  expect(codeOf(await t.client.billpay('POST', FETCH, bad))).toEqual([400, 'invalid-agent']);
  expect((await t.client.billpay('POST', FETCH, { ...fetchBody(), agent })).status).toBe(200);
});
