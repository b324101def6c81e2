import { readAudit } from './audit';

const answer = (stdout: string, code = 0, stderr = '') => ({ code, stdout, stderr });

it('a report without faults of weight is an answer', () => {
  const report = { vulnerabilities: { a: { severity: 'moderate', range: '<2' } } };
  expect(readAudit(answer(JSON.stringify(report), 1))).toEqual({ answered: true, problems: [] });
  expect(readAudit(answer('{"vulnerabilities":{}}'))).toEqual({ answered: true, problems: [] });
});

it('a fault of weight is a problem', () => {
  const report = { vulnerabilities: { a: { severity: 'critical', range: '<2' } } };
  expect(readAudit(answer(JSON.stringify(report), 1))).toEqual({
    answered: true,
    problems: ['a <2: critical'],
  });
});

it.each([
  [
    'a registry that knows no audits',
    answer('{"message":"405 Method Not Allowed","error":{}}', 1),
    '405 Method Not Allowed',
  ],
  ['no network', answer('', 1, 'npm error code ENOTFOUND\nnpm error x'), 'code ENOTFOUND'],
  ['npm that printed nothing, and was content', answer(''), 'npm ended with 0'],
  ['an error without words', answer('{"error":{}}', 1), 'npm ended with 1'],
])('%s is no answer', (_what, given, why) => {
  expect(readAudit(given)).toEqual({ answered: false, why });
});
