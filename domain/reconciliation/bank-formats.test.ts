/** What banks really print, line by line: each trap is a case. */
import { isoDate, nearestYear, readPrintedDate } from './dates';
import { readPlainAmount, readPrintedAmount, readPrintedBalance } from './amounts';
import { UnreadableLine, type FileFacts, type LineFormat, type ReportLine } from './format';
import { isDamaged, normalReference, referenceIn } from './references';
import { BANK_FORMATS } from './sources';

async function read(
  name: string,
  text: string,
  mapping?: unknown,
): Promise<{ lines: ReportLine[]; facts: FileFacts }> {
  async function* bytes(): AsyncGenerator<Buffer> {
    // cut where no character, line or element ends
    const whole = Buffer.from(text);
    for (let at = 0; at < whole.length; at += 7) yield whole.subarray(at, at + 7);
    await Promise.resolve();
  }
  const reader = (BANK_FORMATS[name] as LineFormat).read(bytes(), mapping);
  const lines: ReportLine[] = [];
  for (;;) {
    const next = await reader.next();
    if (next.done === true) return { lines, facts: next.value };
    lines.push(next.value);
  }
}
const refusal = (name: string, text: string, mapping?: unknown): Promise<string> =>
  read(name, text, mapping).then(
    () => 'taken',
    (error: unknown) => (error instanceof UnreadableLine ? error.message : `not a refusal: ${String(error)}`),
  );
const short = ({ lines }: { lines: ReportLine[] }) =>
  lines.map(({ part, amountPaise, happenedOn, utr }) => [part, amountPaise, happenedOn, utr]);

describe('numbers', () => {
  test.each([
    ['1,23,456.78', 12_345_678n],
    [' 123,456.7 ', 12_345_670n],
    ['₹ 0.01', 1n],
    ['INR 10', 1_000n],
    ['100.00 Cr', 10_000n],
    ['9999999999999.99', 999_999_999_999_999n],
    ['1.15', 115n],
  ])('%s', (text, paise) => {
    expect(readPrintedAmount(text)?.paise).toBe(paise);
  });
  test.each([
    '1,15',
    '1.234,56',
    '1.23457E+17',
    '1e5',
    '1.005',
    '12,34',
    '0x1F',
    '1_000',
    '१२३',
    'NaN',
    '--5',
  ])('%s is no amount', (text) => {
    expect(() => readPrintedAmount(text)).toThrow(RangeError);
  });
  test('an empty cell is none, and a balance may be overdrawn', () => {
    expect([readPrintedAmount(' '), readPrintedAmount('-'), readPrintedBalance('5.00 Dr')]).toEqual([
      undefined,
      undefined,
      -500n,
    ]);
    expect(readPlainAmount('1234,5', ',')).toBe(123_450n);
    expect(() => readPlainAmount('1,234.50', '.')).toThrow(RangeError);
  });
});

describe('dates', () => {
  test.each([
    ['28/11/26', '2026-11-28'],
    ['28-11-2026', '2026-11-28'],
    ['28 Nov 2026', '2026-11-28'],
    ['5 Sept 2026', '2026-09-05'],
    ['03/04/2026', '2026-04-03'],
  ])('%s', (text, date) => {
    expect(readPrintedDate(text, 'dmy')).toBe(date);
  });
  test('the order is never guessed', () => {
    expect(() => readPrintedDate('13/04/2026', 'mdy')).toThrow(RangeError);
    expect(() => readPrintedDate('31/02/2026', 'dmy')).toThrow(RangeError);
    expect(() => readPrintedDate('28/11/1926', 'dmy')).toThrow(RangeError);
    expect(() => isoDate(2026, 2, 29)).toThrow(RangeError);
  });
  test('an entry at New Year is of the year nearest to its value date', () => {
    expect([nearestYear('0101', '2026-12-31'), nearestYear('1231', '2027-01-01')]).toEqual([
      '2027-01-01',
      '2026-12-31',
    ]);
    expect(nearestYear('0229', '2028-03-01')).toBe('2028-02-29');
  });
});

test('references are text: zeros stay, a padded RRN loses only its padding, words in front do not count', () => {
  expect(normalReference('0000569690930707')).toBe('569690930707');
  expect(normalReference('000123456789')).toBe('000123456789');
  expect(normalReference('123456789012345678')).toBe('123456789012345678');
  expect(normalReference('UTR: hdfcn52026112800001')).toBe('HDFCN52026112800001');
  expect([normalReference('0'), normalReference(' - '), normalReference('NOTPROVIDED')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(referenceIn('NEFT CR-HDFCN52026112800001-SOMEBODY')).toBe('HDFCN52026112800001');
  expect(referenceIn('IMPS/0000433212345678/X 433212345678')).toBe('433212345678');
  expect(referenceIn('433212345678 to 433212345679')).toBeUndefined();
  expect([isDamaged('1.23457E+17'), isDamaged('123457E17B')]).toEqual([true, false]);
});

const MAPPING = {
  ...{ dates: 'dmy', date: 'Tran Date', narration: 'PARTICULARS', debit: 'DR', credit: 'CR' },
  ...{ reference: 'CHQNO', balance: 'BAL' },
};
const PREAMBLE = Array.from({ length: 15 }, (_, i) =>
  i === 4 ? 'Account No :,000111222333' : `Line ${i},of the head`,
);
const mapped = (...lines: string[]): string =>
  [...PREAMBLE, 'SRL NO,Tran Date,CHQNO,PARTICULARS,DR,CR,BAL,SOL', ...lines].join('\r\n');

describe('CSV', () => {
  test('a preamble, one side empty, a closing line and a footer of dashes: the payments and nothing else', async () => {
    const text = mapped(
      '1,03/04/2026,HDFCN52026112800001,"NEFT 1, A",, " 1,23,456.78 ","1,23,456.78",001',
      '2,04/04/2026,000123456789,B,23456.78,,"1,00,000.00",001',
      ',,,Closing balance,,,"1,00,000.00",',
      '--------,--------,-----,----,----,---,---,---',
      'This is a computer generated statement,,,,,,,',
    );
    const found = await read('mapped_csv', text, MAPPING);
    expect(short(found)).toEqual([
      ['credit', 12_345_678n, '2026-04-03', 'HDFCN52026112800001'],
      ['debit', 2_345_678n, '2026-04-04', '000123456789'],
    ]);
    expect(found.facts).toEqual({ account: '000111222333', openingPaise: 0n, closingPaise: 10_000_000n });
  });
  test('HDFC: the empty side is 0.00, years have two digits, line ends are mixed', async () => {
    const text =
      'Date,Narration,Value Dat,Debit Amount,Credit Amount,Chq/Ref Number,Closing Balance\n' +
      '28/11/26,IMPS A,28/11/26,0.00,500.00,0000569690930707,1500.00\r\n' +
      '28/11/26,UPI "B",28/11/26,250.50,0.00,000000000000000,1249.50\n';
    expect(short(await read('hdfc', text))).toEqual([
      ['credit', 50_000n, '2026-11-28', '569690930707'],
      ['debit', 25_050n, '2026-11-28', undefined],
    ]);
  });
  test('SBI: tabs, and blanks before a header; ICICI: newest first, with blanks in its headers', async () => {
    const sbi =
      'Txn Date\tValue Date\tDescription\tRef No./Cheque No.\t        Debit\tCredit\tBalance\n' +
      '5 Sept 2026\t5 Sept 2026\tBY TRANSFER-NEFT\tSBINR52026090500000001\t \t1,000.00\t1,000.00\n';
    expect(short(await read('sbi', sbi))).toEqual([
      ['credit', 100_000n, '2026-09-05', 'SBINR52026090500000001'],
    ]);
    const icici =
      'S No.,Value Date,Transaction Date,Cheque Number,Transaction Remarks,' +
      'Withdrawal Amount (INR ),Deposit Amount (INR ),Balance (INR )\n' +
      '1,29-11-2026,29-11-2026,-,UPI/433212345678/X,100.00,0.0,900.00\n' +
      '2,28/11/2026,28/11/2026,-,OPENED,0.00,1000.00,1000.00\n';
    expect(short(await read('icici', icici))).toEqual([
      ['debit', 10_000n, '2026-11-29', '433212345678'],
      ['credit', 100_000n, '2026-11-28', undefined],
    ]);
  });
  test.each([
    ['a date of another order', mapped('1,04/13/2026,A,B,,1.00,1.00,1'), 'line 17: the date is not'],
    ['a decimal comma', mapped('1,04/12/2026,A,B,,"1,15",1.00,1'), 'line 17: the credit is not an amount'],
    ['two sides', mapped('1,04/12/2026,A,B,1.00,1.00,1.00,1'), 'line 17: a line has a debit or a credit'],
    ['an amount without a date', mapped('1,,A,B,,1.00,1.00,1'), 'line 17: a line with an amount has no date'],
    [
      'a balance that jumps',
      mapped('1,04/12/2026,A,B,,1.00,1.00,1', '2,04/12/2026,C,D,,1.00,3.00,1'),
      'line 18: the balance',
    ],
    ['no headers', 'a,b\n1,2\n', 'line 2: no line has the headers'],
    [
      'a payment behind the end',
      mapped('1,04/12/2026,A,B,,1.00,1.00,1', ',,,Closing balance,,,1.00,', '2,05/12/2026,C,D,,1.00,2.00,1'),
      'line 19: a payment stands behind the end',
    ],
  ])('%s refuses the file and names the line', async (_what, text, message) => {
    expect(await refusal('mapped_csv', text, MAPPING)).toContain(message);
  });
  test('a damaged reference is kept as it is, and is no UTR', async () => {
    const { lines } = await read('mapped_csv', mapped('1,04/12/2026,1.23457E+17,B,,1.00,1.00,1'), MAPPING);
    expect(lines[0]).toMatchObject({ utr: undefined, providerReference: '1.23457E+17' });
  });
  test('the same line has the same key, with another word before its reference and a day later', async () => {
    const key = async (date: string, reference: string) =>
      (await read('mapped_csv', mapped(`1,${date},${reference},B,,1.00,1.00,1`), MAPPING)).lines[0]!.key;
    expect(await key('28/11/2026', 'UTR: HDFCN52026112800001')).toBe(
      await key('29/11/2026', 'HDFCN52026112800001'),
    );
    expect(await key('28/11/2026', '')).not.toBe(await key('29/11/2026', ''));
  });
});

const BALANCE = (code: string, amount: string): string =>
  `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp><Amt Ccy="INR">${amount}</Amt>` +
  '<CdtDbtInd>CRDT</CdtDbtInd></Bal>';
const camt = (entries: string, closing = '101.15', version = '02', p = ''): string => {
  const space = `xmlns${p === '' ? '' : `:${p.slice(0, -1)}`}="urn:iso:std:iso:20022:tech:xsd:camt.053.001.${version}"`;
  const inner =
    '<BkToCstmrStmt><Stmt><Acct><Id><Othr><Id>000111222333</Id></Othr></Id></Acct>' +
    `${BALANCE('OPBD', '100.00')}${BALANCE('CLBD', closing)}${entries}</Stmt></BkToCstmrStmt>`;
  const named = inner.replaceAll(/<(\/?)(?=[A-Z])/g, `<$1${p}`);
  return `<?xml version="1.0"?><${p}Document ${space}>${named}</${p}Document>`;
};
const entry = (more: string, { amount = '1.15', side = 'CRDT', status = 'BOOK' } = {}): string =>
  `<Ntry><Amt Ccy="INR">${amount}</Amt><CdtDbtInd>${side}</CdtDbtInd><Sts>${status}</Sts>` +
  `<BookgDt><Dt>2026-11-28</Dt></BookgDt>${more}</Ntry>`;
const refs = (inner: string): string => `<NtryDtls><TxDtls><Refs>${inner}</Refs></TxDtls></NtryDtls>`;

describe('CAMT.053', () => {
  test.each(['02', '08'])(
    'version .%s, with a prefix: 1.15 is 115 paise, references in their order',
    async (version) => {
      const text = camt(
        entry(
          refs(
            '<AcctSvcrRef>OWN1</AcctSvcrRef><EndToEndId>NOTPROVIDED</EndToEndId><TxId>000123456789</TxId>',
          ),
        ),
        '101.15',
        version,
        'n:',
      );
      expect(short(await read('camt053', text))).toEqual([['credit', 115n, '2026-11-28', '000123456789']]);
    },
  );
  test('only what is booked counts, and what is reversed goes the way that it says', async () => {
    const text = camt(
      entry('', { status: 'PDNG' }) +
        entry('<RvslInd>1</RvslInd>' + refs('<EndToEndId>E1</EndToEndId>'), { side: 'DBIT' }).replace(
          '<Sts>BOOK</Sts>',
          '<Sts><Cd>BOOK</Cd></Sts>',
        ) +
        entry('<AddtlNtryInf>NEFT HDFCN52026112800001</AddtlNtryInf>', { amount: '2.30' }),
    );
    expect(short(await read('camt053', text))).toEqual([
      ['debit', 115n, '2026-11-28', 'E1'],
      ['credit', 230n, '2026-11-28', 'HDFCN52026112800001'],
    ]);
  });
  test('damage is refused: a sum that does not fit, an end that is missing, another currency, a document type', async () => {
    expect(await refusal('camt053', camt(entry(''), '101.16'))).toContain(
      'do not come to the closing balance',
    );
    expect(await refusal('camt053', camt(entry('')).slice(0, -30))).toContain('damaged or ends early');
    expect(await refusal('camt053', camt(entry('').replace('INR', 'USD')))).toContain('not in rupees');
    expect(await refusal('camt053', '<!DOCTYPE a [<!ENTITY b "c">]>' + camt(entry('')))).toContain('line 1');
    expect(await refusal('camt053', camt(entry('', { amount: '1.155' })))).toContain('whole paise');
  });
});

const mt940 = (...lines: string[]): string =>
  [':20:S1', ':25:000111222333', ':28C:1/1', ':60F:C261231INR100,00', ...lines, '-'].join('\r\n');

describe('MT940', () => {
  test('a reference keeps its slashes, the year is the nearest, RC takes money back', async () => {
    const text = mt940(
      ':61:2612310101C1,15NTRFAB/12/X//BANK1',
      ':86:NEFT FROM SOMEBODY',
      ':61:261231RC1,15NTRFNONREF//433212345678',
      ':61:261231D0,5NMSCNONREF',
      ':86:UPI 433212345679',
      'MORE WORDS',
      ':62F:C261231INR99,50',
    );
    expect(short(await read('mt940', text))).toEqual([
      ['credit', 115n, '2027-01-01', 'AB/12/X'],
      ['debit', 115n, '2026-12-31', '433212345678'],
      ['debit', 50n, '2026-12-31', '433212345679'],
    ]);
  });
  test('a balance that does not follow, a form that is another, an end that is missing', async () => {
    expect(await refusal('mt940', mt940(':61:261231C1,15NTRFA', ':62F:C261231INR101,16'))).toContain(
      'closing balance',
    );
    expect(await refusal('mt940', mt940(':61:261331C1,15NTRFA'))).toContain('line 5: a date is no day');
    expect(await refusal('mt940', mt940(':61:261231X1,15NTRFA'))).toContain('line 5: an entry');
    expect(await refusal('mt940', mt940(':61:261231C1,15NTRFA'))).toContain('no closing balance');
  });
});
