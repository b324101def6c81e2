// Reads the report of jest: prints the ten slowest files, each skipped test, and each program whose tests did not run, with
// the reason. Its last line is for .ci/run: how many passed, and how many failures that makes.
import fs from 'node:fs';
import path from 'node:path';

/** Tests that need a program skip themselves, or are not there, where it is missing. Here each must have passed. */
const NEEDED = [
  {
    what: 'tests on Redis',
    program: 'redis-server',
    is: (test) => /\bon redis\b/.test(test.fullName),
  },
  {
    what: 'tests of a Redis Cluster',
    program: 'redis-server',
    is: (_test, file) => file.endsWith('queue/cluster.test.ts'),
  },
  {
    what: 'tests of the alert rules',
    program: 'promtool',
    is: (test) => /\bpromtool\b/.test(test.fullName),
  },
  {
    what: 'tests in a browser',
    program: 'chromium',
    is: (_test, file) => file.endsWith('-browser.test.ts'),
  },
];

const [reportFile, exitCode = '0'] = process.argv.slice(2);
const report = JSON.parse(fs.readFileSync(reportFile, 'utf8'));
const tests = report.testResults.flatMap((file) =>
  file.assertionResults.map((test) => ({ test, file: path.relative('', file.name) })),
);
let failures = report.numFailedTests + report.numRuntimeErrorTestSuites;
const fail = (why, lines = []) => {
  failures += 1;
  console.log([`FAILED: ${why}`, ...lines.map((line) => `  ${line}`)].join('\n'));
};

console.log('the ten slowest files:');
const seconds = ({ startTime, endTime }) => (endTime - startTime) / 1000;
for (const file of report.testResults.toSorted((a, b) => seconds(b) - seconds(a)).slice(0, 10))
  console.log(seconds(file).toFixed(1).padStart(7), 's ', path.relative('', file.name));

if (exitCode !== '0' && failures === 0)
  fail(`jest ended with ${exitCode} although no test failed; what it printed above says why`);

const notRun = tests.filter(({ test }) => !['passed', 'failed'].includes(test.status));
if (notRun.length > 0)
  fail(
    `${notRun.length} tests were skipped`,
    notRun.map(({ test, file }) => `${file}: ${test.fullName}`),
  );

for (const { what, program, is } of NEEDED) {
  const passed = tests.filter(({ test, file }) => test.status === 'passed' && is(test, file)).length;
  console.log(`${what} that passed: ${passed}`);
  if (passed === 0)
    fail(
      `no ${what} ran: ${isThere(program) ? `${program} is there; were they moved?` : `no ${program} here`}`,
    );
}
console.log(`${report.numPassedTests} ${failures}`);

function isThere(program) {
  const names = program === 'chromium' ? ['chromium', 'chromium-browser', 'google-chrome'] : [program];
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return names.some((name) => folders.some((folder) => fs.existsSync(path.join(folder, name))));
}
