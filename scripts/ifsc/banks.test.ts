import { checkIfsc, ifscWarnings } from '../../domain/beneficiaries/ifsc';
import data from '../../domain/beneficiaries/ifsc-banks.json';
import { banksOf } from './banks';

test('a release becomes banks with their names, and the code of those that have one', () => {
  expect(banksOf({ ZETA: [1, '0000SC'], ALFA: [9_502], BETA: ['RTGSSC'] }, { ALFA: 'Alfa Bank' })).toEqual({
    ALFA: { name: 'Alfa Bank', only: '009502' },
    BETA: { only: 'RTGSSC' },
    ZETA: {},
  });
  expect(Object.keys(banksOf({ ZETA: [1], ALFA: [1] }, {}))).toEqual(['ALFA', 'ZETA']);
});

test.each([
  [{ alfa: [1] }],
  [{ ALFA: [] }],
  [{ ALFA: 1 }],
  [{ ALFA: [1_000_000] }],
  [{ ALFA: ['x'] }],
  [[]],
  [null],
])('a release in another form is refused: %j', (branches) => {
  expect(() => banksOf(branches, {})).toThrow(Error);
});

test('the file says where it is from, under which licence', () => {
  expect(data).toMatchObject({ release: '2.0.59', licence: expect.stringContaining('MIT') as string });
  expect(Object.keys(data.banks)).toHaveLength(260);
});

test.each([
  ['HDFC0000053', 'good'],
  ['hdfc0000053', 'good'],
  ['SBIN0999999', 'good'], // branches come and go
  ['SYNB0000445', 'branch_gone'],
  ['ALLA0210001', 'branch_gone'],
  ['BKDN0110020', 'branch_gone'],
  ['VIJB0001234', 'branch_gone'],
  ['LAVB0000001', 'branch_gone'],
  ['SYNB000RTGS', 'good'],
  ['VIJB0009502', 'good'],
  ['ZZZZ0000001', 'bank_unknown'],
  ['__PR0000001', 'bank_unknown'],
  ['toSt0000001', 'bank_unknown'],
  ['', 'bank_unknown'],
])('%s is %s', (ifsc, verdict) => {
  expect(checkIfsc(ifsc)).toBe(verdict);
});

test('only a bank that the list does not know is warned of', () => {
  expect(ifscWarnings('HDFC0000053', '#/ifsc')).toEqual({});
  expect(ifscWarnings('ZZZZ0000001', '#/ifsc')).toEqual({
    warnings: [
      {
        pointer: '#/ifsc',
        code: 'IFSC_BANK_UNKNOWN',
        detail: expect.stringContaining('look at it once more') as string,
      },
    ],
  });
});
