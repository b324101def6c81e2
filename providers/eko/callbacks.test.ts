import * as fc from 'fast-check';
import { checkUnsigned, parseCallback } from './callbacks';

const CALLBACK = {
  tx_status: '0',
  amount: '1045.0',
  payment_mode: '5',
  txstatus_desc: 'Success',
  fee: '5.0',
  gst: '0.76',
  sender_name: 'Test Sender',
  tid: '12971397',
  beneficiary_account_type: null,
  client_ref_id: '0k9tq2m4f7x1z8c5v6b3',
  old_tx_status: '2',
  old_tx_status_desc: 'Initiated',
  bank_ref_num: '8761099407',
  ifsc: 'SBIN0000001',
  recipient_name: 'Test Recipient',
  account: '234243534',
  timestamp: '2026-11-01 17:50:44',
};
const raw = (fields: object = {}): Buffer => Buffer.from(JSON.stringify({ ...CALLBACK, ...fields }));

/** What a callback was read as, or why not. */
function fields(bytes: Buffer): string {
  try {
    return Object.keys(parseCallback(bytes)).join();
  } catch (error) {
    return (error as Error).message;
  }
}

describe('callbacks', () => {
  it('P5 are unsigned whatever they carry, and name their transaction without an outcome', () => {
    expect(checkUnsigned(raw())).toEqual({
      verdict: 'unsigned',
      eventId: expect.stringMatching(/^12971397:0:[0-9a-f]{32}$/) as string,
    });
    for (const txStatus of ['0', '1', '3', '4', '9', 0]) {
      expect(parseCallback(raw({ tx_status: txStatus }))).toEqual({
        event: `transaction.${txStatus}`,
        target: {
          ourReference: '0k9tq2m4f7x1z8c5v6b3',
          providerReference: '12971397',
          amountPaise: 104_500n,
        },
      });
    }
  });

  it('P4 the same bytes are one event, others another', () => {
    expect(checkUnsigned(raw())).toEqual(checkUnsigned(raw()));
    const ids = [
      {},
      { tx_status: '1' },
      { tid: '12971398' },
      { timestamp: '2026-11-01 17:50:45' },
      { amount: '1' },
    ].map((fields) => JSON.stringify(checkUnsigned(raw(fields))));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('a reference or an amount may be missing', () => {
    expect(parseCallback(raw({ client_ref_id: '', amount: null })).target).toEqual({
      providerReference: '12971397',
    });
    expect(parseCallback(raw({ tid: 12_971_397, amount: 499 })).target).toMatchObject({
      providerReference: '12971397',
      amountPaise: 49_900n,
    });
  });

  it.each([
    { tid: '' },
    { tid: null },
    { tid: 'x' },
    { tx_status: '' },
    { tx_status: 'Success' },
    { tx_status: {} },
    { amount: '1e3' },
    { amount: -1 },
    { amount: {} },
    { client_ref_id: 5 },
    { client_ref_id: 'a b' },
    { client_ref_id: 'x'.repeat(41) },
  ])('with %j is malformed', (fields) => {
    expect(() => parseCallback(raw(fields))).toThrow('CALLBACK_MALFORMED');
    expect(checkUnsigned(raw(fields))).toEqual({
      verdict: 'unsigned',
      eventId: expect.stringMatching(/^unreadable:[0-9a-f]{32}$/) as string,
    });
  });

  it.each(['', 'null', '[]', 'x', '{', '{}', '"12971397"'])('%p is malformed', (text) => {
    expect(() => parseCallback(Buffer.from(text))).toThrow('CALLBACK_MALFORMED');
  });

  it('any bytes: a short event id, and a target or CALLBACK_MALFORMED', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array().map((bytes) => Buffer.from(bytes)),
          fc.json().map((text) => Buffer.from(text)),
          fc
            .dictionary(fc.constantFrom(...Object.keys(CALLBACK)), fc.jsonValue())
            .map((fields) => raw(fields)),
        ),
        (bytes) => {
          const check = checkUnsigned(bytes);
          expect([check.verdict, 'eventId' in check && check.eventId.length <= 64]).toEqual([
            'unsigned',
            true,
          ]);
          expect(fields(bytes)).toMatch(/^(?:event,target|CALLBACK_MALFORMED)/);
        },
      ),
    );
  });
});
