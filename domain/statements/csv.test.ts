import { asText, inIndia } from './csv';

it.each([
  ['=SUM(A1)', "'=SUM(A1)"],
  ['+911', "'+911"],
  ['-1', "'-1"],
  ['@cmd', "'@cmd"],
  [' =1+1', "' =1+1"],
  ['\n=1+1', "'\n=1+1"],
  ['＝1+1', "'＝1+1"],
  ['order-1042', 'order-1042'],
  ['000012345678', '000012345678'],
])('%s stands as %s', (text, written) => {
  expect(asText(text)).toBe(written);
});

it('a day in India begins at half past six in the evening, UTC', () => {
  expect(inIndia(new Date('2026-11-01T18:29:59.999Z'))).toEqual({ date: '2026-11-01', time: '23:59:59' });
  expect(inIndia(new Date('2026-11-01T18:30:00.000Z'))).toEqual({ date: '2026-11-02', time: '00:00:00' });
});
