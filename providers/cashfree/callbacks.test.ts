import { createHmac } from 'node:crypto';
import { GOLDEN, transferWith, type Json } from '../../test/support/cashfree-examples';
import { checkSignature, parseWebhook } from './callbacks';

const at = (ms: number) => ({ now: () => new Date(ms) });
const SIGNED_AT = Number(GOLDEN.timestamp);
const check = (
  headers: Record<string, string | undefined>,
  raw: string | Buffer,
  { secrets = [GOLDEN.secret], nowMs = SIGNED_AT }: { secrets?: string[]; nowMs?: number } = {},
) => checkSignature(headers, Buffer.from(raw), { secrets, clock: at(nowMs) });
const headersOf = (raw: string, timestamp = GOLDEN.timestamp, secret = GOLDEN.secret) => ({
  'x-webhook-timestamp': timestamp,
  'x-webhook-signature': createHmac('sha256', secret).update(`${timestamp}${raw}`).digest('base64'),
});
const GOLDEN_HEADERS = { 'x-webhook-timestamp': GOLDEN.timestamp, 'x-webhook-signature': GOLDEN.signature };

describe('P6 the signature of a webhook', () => {
  it('the golden vector, over the bytes as they came', () => {
    expect(headersOf(GOLDEN.raw)).toEqual(GOLDEN_HEADERS);
    expect(check(GOLDEN_HEADERS, GOLDEN.raw)).toMatchObject({ verdict: 'signed' });
    // Parsed and printed again, 170.00 is 170.
    const printed = JSON.stringify(JSON.parse(GOLDEN.raw));
    expect(printed).toContain('"transfer_amount":170,');
    expect(check(GOLDEN_HEADERS, printed)).toMatchObject({ verdict: 'forged' });
  });

  it.each([
    ['no headers', {}],
    ['no time', { 'x-webhook-signature': GOLDEN.signature }],
    ['no signature', { 'x-webhook-timestamp': GOLDEN.timestamp }],
    ['another time', { ...GOLDEN_HEADERS, 'x-webhook-timestamp': '1746427759734' }],
    ['a time that is none', headersOf(GOLDEN.raw, 'now')],
    ['a time with a sign', headersOf(GOLDEN.raw, '+1746427759733')],
    ['another secret', headersOf(GOLDEN.raw, GOLDEN.timestamp, 'cf_other_secret')],
    [
      'hexadecimal',
      { ...GOLDEN_HEADERS, 'x-webhook-signature': Buffer.from(GOLDEN.signature, 'base64').toString('hex') },
    ],
    ['a shorter one', { ...GOLDEN_HEADERS, 'x-webhook-signature': `${GOLDEN.signature.slice(0, 39)}=` }],
    ['more behind it', { ...GOLDEN_HEADERS, 'x-webhook-signature': `${GOLDEN.signature}AAAA` }],
    ['an empty one', { ...GOLDEN_HEADERS, 'x-webhook-signature': '' }],
  ])('%s: forged', (_what, headers) => {
    expect(check(headers, GOLDEN.raw)).toMatchObject({ verdict: 'forged' });
  });

  it('a byte more, less or other: forged', () => {
    for (const raw of [`${GOLDEN.raw} `, GOLDEN.raw.slice(0, -1), GOLDEN.raw.replace('170.00', '170.01'), ''])
      expect(check(GOLDEN_HEADERS, raw)).toMatchObject({ verdict: 'forged' });
  });

  it('under the oldest secret, where the calls use a newer one', () => {
    const secrets = ['cf_newer_secret', GOLDEN.secret];
    expect(check(GOLDEN_HEADERS, GOLDEN.raw, { secrets })).toMatchObject({ verdict: 'signed' });
    expect(check(GOLDEN_HEADERS, GOLDEN.raw, { secrets: ['cf_newer_secret'] })).toMatchObject({
      verdict: 'forged',
    });
  });

  it('of another hour decides nothing: it is a hint', () => {
    const hour = 3_600_000;
    for (const [late, verdict] of [
      [0, 'signed'],
      [hour, 'signed'],
      [hour + 1, 'unsigned'],
      [-hour, 'signed'],
      [-hour - 1, 'unsigned'],
      [365 * 24 * hour, 'unsigned'],
    ] as const)
      expect(check(GOLDEN_HEADERS, GOLDEN.raw, { nowMs: SIGNED_AT + late })).toMatchObject({ verdict });
    const inSeconds = String(Math.floor(SIGNED_AT / 1_000));
    expect(check(headersOf(GOLDEN.raw, inSeconds), GOLDEN.raw)).toMatchObject({ verdict: 'signed' });
  });

  it('a repeat has the same id, also when it is signed anew', () => {
    const idOf = (result: ReturnType<typeof check>) => ('eventId' in result ? result.eventId : undefined);
    const first = idOf(check(GOLDEN_HEADERS, GOLDEN.raw));
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(idOf(check(headersOf(GOLDEN.raw, String(SIGNED_AT + 5_000)), GOLDEN.raw))).toBe(first);
    const other = GOLDEN.raw.replace('"T1"', '"T2"');
    expect(idOf(check(headersOf(other), other))).not.toBe(first);
  });
});

describe('P6 the meaning of a webhook', () => {
  const unlisted: string[] = [];
  const parse = (type: string, data: unknown, more: Json = {}) =>
    parseWebhook(
      Buffer.from(JSON.stringify({ type, event_time: '2026-01-09T11:56:26', data, ...more })),
      (word) => {
        unlisted.push(word);
      },
    );
  const kindOf = (type: string, fields: Json) => parse(type, transferWith(fields)).outcome?.kind;

  it('the golden body', () => {
    expect(parseWebhook(Buffer.from(GOLDEN.raw), () => undefined)).toEqual({
      event: 'TRANSFER_SUCCESS',
      target: { ourReference: 'T1', providerReference: '123', amountPaise: 17_000n },
      outcome: {
        kind: 'succeeded',
        sent: true,
        rawStatus: 'SUCCESS',
        providerReference: '123',
        amountPaise: 17_000n,
        utr: '600912345678',
      },
    });
  });

  it.each(['TRANSFER_SUCCESS', 'TRANSFER_ACKNOWLEDGED'])(
    'the code says how far it is, whatever %s means this year',
    (type) => {
      expect(kindOf(type, { status_code: 'COMPLETED' })).toBe('succeeded');
      expect(kindOf(type, { status_code: 'SENT_TO_BENEFICIARY' })).toBe('pending');
      expect(kindOf(type, { status: 'PENDING', status_code: 'PENDING' })).toBe('pending');
      for (const status of ['FAILED', 'REVERSED', 'REJECTED']) {
        const told = parse(type, transferWith({ status }));
        expect(told).toMatchObject({ target: { ourReference: 'JUNOB2018' } });
        expect(told).not.toHaveProperty('outcome');
      }
    },
  );

  it.each([
    ['TRANSFER_FAILED', 'FAILED', 'failed'],
    ['TRANSFER_REJECTED', 'REJECTED', 'failed'],
    ['TRANSFER_REJECTED', 'MANUALLY_REJECTED', 'failed'],
    ['TRANSFER_REVERSED', 'REVERSED', 'reversed'],
  ])('%s with %s', (type, status, kind) => {
    expect(kindOf(type, { status, status_code: 'ACCOUNT_BLOCKED' })).toBe(kind);
    expect(parse(type, transferWith())).not.toHaveProperty('outcome'); // a success: Cashfree is asked
  });

  it('an event of another name about a transfer has no outcome, and names the beneficiary', () => {
    const told = parse('TRANSFER_MERGED', transferWith());
    expect(told.target).toMatchObject({ refs: { beneficiary: 'JOHN18011' } });
    expect(told).not.toHaveProperty('outcome');
  });

  it.each(['CREDIT_CONFIRMATION', 'LOW_BALANCE_ALERT', 'BENEFICIARY_INCIDENT', 'BULK_TRANSFER_REJECTED'])(
    '%s is about no transfer of ours',
    (type) => {
      expect(parse(type, { anything: true })).toEqual({ event: type });
    },
  );

  it.each([
    ['no JSON', 'x'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['a list', '[]'],
    ['no type', '{"data":{}}'],
    ['a type of another form', '{"type":"transfer success","data":{}}'],
    ['no data', '{"type":"TRANSFER_SUCCESS"}'],
    [
      'a transfer without an amount',
      '{"type":"TRANSFER_SUCCESS","data":{"transfer_id":"T1","status":"SUCCESS"}}',
    ],
  ])('%s is malformed', (_what, raw) => {
    expect(() => parseWebhook(Buffer.from(raw), () => undefined)).toThrow(
      expect.objectContaining({ code: 'CALLBACK_MALFORMED' }),
    );
  });
});
