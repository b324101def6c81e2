import { derivedUuid, publicId, systemIds } from '../../platform/ids';
import { fileText, hashTotal, readAnswer, type FileLine } from './layout';

const ITEM = derivedUuid(systemIds.uuid(), 'a test');
const line = (over: Partial<FileLine> = {}): FileLine => ({
  ...{ itemId: ITEM, amountPaise: 99_410n, ifsc: 'HDFC0000053' },
  ...{ accountNumber: '000111220000', name: 'Śrī Test | Traders & Sons\n' },
  ...over,
});
const HEAD = 'reference,amount,status,utr,return_utr,reason';
const answered = (...lines: string[]) => readAnswer(Buffer.from([HEAD, ...lines].join('\n')));
const REFERENCE = publicId('settlementItem', ITEM);

test('a file has a head, its lines, and control totals: count, sum and hash', () => {
  const text = fileText({ number: 7n, day: '2026-11-02', bank: 'escrow' }, [
    line(),
    line({ amountPaise: 5n, accountNumber: '99999999999999' }),
  ]);
  expect(text.split('\n')).toEqual([
    'H|munim-bulk-1|7|20261102|escrow|INR',
    `D|1|${REFERENCE}|994.10|NEFT|HDFC0000053|000111220000|Sri Test Traders & Sons`,
    `D|2|${REFERENCE}|0.05|NEFT|HDFC0000053|99999999999999|Sri Test Traders & Sons`,
    'T|2|994.15|010111219999',
    '',
  ]);
});

test('the hash total goes around at a million million, and letters of an account do not count', () => {
  const many = Array.from({ length: 101 }, () => ({ accountNumber: '9999999999' }));
  expect(hashTotal(many)).toBe('009999999899');
  expect(hashTotal([{ accountNumber: 'AB12' }])).toBe('000000000012');
});

test('the answer is read as text, in any order of columns; what else it has is not looked at', () => {
  const head = '\ufeffStatus,Account,UTR,Return UTR,Reference,Amount,Reason';
  const row = `returned,1E+10,hdfcn52026110200001,HDFCN52026110200002,${REFERENCE},994.10,"closed, by the bank"`;
  const bytes = Buffer.from(`${head}\r\n${row}\r\n`);
  expect(readAnswer(bytes)).toEqual([
    {
      ...{ lineNo: 2, itemId: ITEM, amountPaise: 99_410n, status: 'RETURNED' },
      ...{ utr: 'HDFCN52026110200001', returnUtr: 'HDFCN52026110200002', reason: 'closed, by the bank' },
    },
  ]);
  expect(answered(`${REFERENCE},1.00,PAID,0000569690930707,,`)[0]).toMatchObject({ utr: '569690930707' });
  expect(answered(`${REFERENCE},100,REJECTED,,,no such account`)[0]).toMatchObject({
    ...{ amountPaise: 10_000n, utr: null, reason: 'no such account' },
  });
});

test.each([
  ['no such column', Buffer.from('reference,amount\n'), 'line 1'],
  ['no lines', Buffer.from(`${HEAD}\n`), 'line 1'],
  ['another reference', Buffer.from(`${HEAD}\ntxn_1,1.00,PAID,HDFCN1,,`), 'line 2: the reference'],
  ['a number that was rounded', Buffer.from(`${HEAD}\n${REFERENCE},1.5,PAID,HDFCN1,,`), 'line 2: the amount'],
  ['no UTR', Buffer.from(`${HEAD}\n${REFERENCE},1.00,PAID,,,`), 'line 2: what was paid'],
  ['a damaged UTR', Buffer.from(`${HEAD}\n${REFERENCE},1.00,PAID,1.2E+17,,`), 'line 2: utr'],
  ['another word', Buffer.from(`${HEAD}\n${REFERENCE},1.00,OK,HDFCN1,,`), 'line 2: the status'],
])('%s is refused, with the line', (_what, bytes, why) => {
  expect(() => readAnswer(bytes)).toThrow(
    expect.objectContaining({
      code: 'SETTLEMENT_RESPONSE_REFUSED',
      detail: expect.stringContaining(why) as string,
    }) as Error,
  );
});

test('the line of a refusal is that of the file, with the empty ones counted', () => {
  const bytes = Buffer.from(
    `${HEAD}\r\n\r\n${REFERENCE},1.00,REJECTED,,,"two\nlines"\r\n\r\n${REFERENCE},1.00,OK,,,\r\n`,
  );
  expect(() => readAnswer(bytes)).toThrow('line 6: the status');
});
