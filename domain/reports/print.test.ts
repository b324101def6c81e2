import { publicId } from '../../platform/ids';
import { findReport } from './catalogue';
import { printed, type PrintedReport } from './print';
import type { Cells, ReportForm } from './report';

const ID = '01977777-7777-7777-8777-777777777777';
const ACCOUNT = `wallet:${publicId('user', ID)}:main`;
const of: PrintedReport = {
  report: findReport('day_book')!,
  parameters: { from: '2026-11-01', to: '2026-11-28' },
  askedAt: new Date('2026-11-30T02:00:00Z'),
};
const line = (what: string, paise: string): Cells => [
  ...['2026-11-28', '2026-11-28 10:00:00', `${ID}_0`, what],
  ...[`wallet:${ID}:main`, 'float:eko', null, ID, paise],
];
async function file(form: ReportForm, lines: readonly Cells[], atOnce = 500): Promise<string> {
  async function* batches(): AsyncGenerator<readonly Cells[]> {
    for (let i = 0; i < lines.length; i += atOnce) yield lines.slice(i, i + atOnce);
  }
  const parts: Buffer[] = [];
  for await (const part of printed(form, of, batches())) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString(form === 'pdf' ? 'latin1' : 'utf8');
}
const pagesOf = (pdf: string): number => pdf.match(/\/Type \/Page\b/g)!.length;

test('a page of paper is full before the next begins, and none is empty', async () => {
  expect(pagesOf(await file('pdf', []))).toBe(1);
  expect(
    pagesOf(
      await file(
        'pdf',
        Array.from({ length: 30 }, () => line('funding', '100')),
      ),
    ),
  ).toBe(1);
  expect(
    pagesOf(
      await file(
        'pdf',
        Array.from({ length: 120 }, () => line('funding', '100')),
      ),
    ),
  ).toBe(4);
});

test('a PDF of too many lines is refused', async () => {
  const lines = Array.from({ length: 20_001 }, () => line('x', '1'));
  await expect(file('pdf', lines, lines.length)).rejects.toMatchObject({ code: 'REPORT_TOO_LONG' });
});

test('in CSV no text is run and every amount is a number; accounts have public ids', async () => {
  const csv = await file('csv', [line('=1+1', '-15000'), line('@cmd', '12345678901')]);
  expect(csv.split('\r\n').map((text) => text.split(',').filter((_, i) => [3, 4, 8].includes(i)))).toEqual([
    ['what', 'debit_account', 'amount'],
    ["'=1+1", ACCOUNT, '-150.00'],
    ["'@cmd", ACCOUNT, '123456789.01'],
    ['', '', '123456639.01'],
    [],
  ]);
});

test('JSON has whole paise, and says at its end that it is whole', async () => {
  const json = JSON.parse(await file('json', [line('funding', '-15000')])) as Record<string, unknown>;
  expect(json).toMatchObject({
    lines: [{ what: 'funding', service: null, amount: -15_000 }],
    totals: { amount: -15_000 },
    line_count: 1,
    complete: true,
  });
});
