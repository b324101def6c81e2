import { createPlivoReports, reportUrlOf } from './reports';
import { holdsSignature, signatureV3, type FormField } from './signature';

const AUTH = 'plivo_test_token';
const ID = '01930000-0000-7000-8000-000000000000';
const settings = { authToken: AUTH, reportUrl: 'https://hooks.example.in/delivery-reports/plivo' };
const reports = createPlivoReports(settings);
const NONCE = '12345678901234567890';

function headersFor(fields: readonly FormField[], over: { token?: string; url?: string } = {}) {
  const url = over.url ?? reportUrlOf(settings, ID);
  const signature = signatureV3(over.token ?? AUTH, { url, fields, nonce: NONCE }).toString('base64');
  return { 'x-plivo-signature-v3': signature, 'x-plivo-signature-v3-nonce': NONCE };
}
const bodyOf = (fields: readonly FormField[]): Buffer =>
  Buffer.from(new URLSearchParams(fields.map(([name, value]): [string, string] => [name, value])).toString());
const FIELDS: FormField[] = [
  ['Status', 'delivered'],
  ['MessageUUID', 'm-1'],
];

it('signs as their own SDK does (plivo 4.79.0)', () => {
  const signed = signatureV3(AUTH, {
    url: 'https://hooks.example.in/sms/status',
    fields: FIELDS,
    nonce: NONCE,
  });
  expect(signed.toString('base64')).toBe('uvFLJClz0dp+lG5wzIbjUYh741P6Z91CqO9c+JeIFss=');
  expect(holdsSignature(`AAAA, ${signed.toString('base64')}`, signed)).toBe(true);
});

it('reads a report that is signed for this message', () => {
  const fields: FormField[] = [...FIELDS, ['Sequence', '3'], ['To', '919876543210']];
  expect(reports.read(ID, headersFor(fields), bodyOf(fields))).toEqual({
    id: ID,
    state: 'delivered',
    sequence: 3,
    reference: 'm-1',
    reason: null,
  });
});

it('tells the code of a failure, and puts reports without a place in order', () => {
  const failed: FormField[] = [
    ['Status', 'undelivered'],
    ['ErrorCode', '450'],
  ];
  const late: FormField[] = [['Status', 'sent']];
  const [one, other] = [failed, late].map((fields) => reports.read(ID, headersFor(fields), bodyOf(fields)));
  expect(one).toMatchObject({ state: 'undelivered', reason: 'Plivo 450' });
  expect(other!.sequence).toBeLessThan(one!.sequence);
});

describe('is refused', () => {
  it.each([
    ['without a signature', {}, FIELDS],
    ['under another token', headersFor(FIELDS, { token: 'another_token' }), FIELDS],
    ['with another body', headersFor(FIELDS), [['Status', 'failed']] as FormField[]],
    [
      'for another message',
      headersFor(FIELDS, { url: `${settings.reportUrl}/${ID.replace('1', '2')}` }),
      FIELDS,
    ],
    ['with V2 alone', { 'x-plivo-signature-v2': 'AAAA', 'x-plivo-signature-v2-nonce': NONCE }, FIELDS],
  ])('%s', (_name, headers, fields) => {
    expect(() => reports.read(ID, headers, bodyOf(fields))).toThrow(
      expect.objectContaining({ code: 'CALLBACK_SIGNATURE_INVALID' }),
    );
  });

  it.each<[string, FormField[]]>([
    ['of an unknown state', [['Status', 'seen']]],
    ['without a state', [['MessageUUID', 'm-1']]],
    ['whose place is no number', [...FIELDS, ['Sequence', '1e3']]],
  ])('%s', (_name, fields) => {
    expect(() => reports.read(ID, headersFor(fields), bodyOf(fields))).toThrow(
      expect.objectContaining({ code: 'CALLBACK_MALFORMED' }),
    );
  });
});
