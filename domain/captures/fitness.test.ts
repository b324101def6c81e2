import { refuseUnfit } from './fitness';

const RULE = { fingerType: 2, leastPoints: 35 };
const block = (resp: string, data = 'type="X"'): string =>
  `<PidData><Resp errCode="0" ${resp}/><Data ${data}>QUJD</Data></PidData>`;
function said(pid: string, rule = RULE): string {
  try {
    refuseUnfit(pid, rule);
    return 'fine';
  } catch (error) {
    return `${(error as { code: string }).code} ${(error as { detail: string }).detail}`;
  }
}

test.each([
  block('fCount="1" fType="2" nmPoints="35" qScore="78"'),
  block("fType='2' nmPoints='60,40'"),
  block('iCount="1"'), // of the iris
  block(''),
  '<PidData><Data>QUJD</Data></PidData>',
])('%s is fit', (pid) => {
  expect(said(pid)).toBe('fine');
});

test('what a bank would not take is refused, with what to do', () => {
  expect(said(block('fType="0"'))).toBe(
    'CAPTURE_UNFIT capture the finger with fType="2" in PidOptions, which is what this bank takes',
  );
  expect(said(block('fType="2"'), { ...RULE, fingerType: 0 })).toContain('fType="0"');
  for (const points of ['34', '0', '60,34'])
    expect(said(block(`nmPoints="${points}"`))).toContain('35 points');
  expect(said(block('fType="2"', 'type="P"'))).toContain('in the form X');
  expect(said(block('fType="2"', "a='1' type='P'"))).toContain('in the form X');
});
