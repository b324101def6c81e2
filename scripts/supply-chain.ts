/**
 * `npm run supply-chain`: what the packages of others may do and bring. Lock files, install scripts and licences are
 * checked and a bill of materials is written without a network; then the registry is asked for known faults, where it
 * answers. Exits with 1 when something is wrong. docs/supply-chain.md says what it looks at.
 */
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './stack/root';
import { auditOf } from './supply-chain/audit';
import { billOf } from './supply-chain/bill';
import { problemsOfInstalled } from './supply-chain/installed';
import {
  problemsOfLicences,
  problemsOfLock,
  problemsOfScripts,
  type Lock,
  type Manifest,
} from './supply-chain/lock';

const BILL = path.join(ROOT, '.data', 'sbom.cdx.json');
const read = (file: string): unknown => JSON.parse(fs.readFileSync(path.join(ROOT, file), 'utf8'));

const SHOWN = 20;
let wrong = 0;

function tell(what: string, problems: readonly string[]): void {
  wrong += problems.length;
  console.log(problems.length === 0 ? `ok        ${what}` : `WRONG     ${what}`);
  for (const problem of problems.slice(0, SHOWN)) console.log(`          ${problem}`);
  if (problems.length > SHOWN) console.log(`          and ${problems.length - SHOWN} more`);
}

async function main(): Promise<void> {
  const lock = read('package-lock.json') as Lock;
  const nodes = read('.ci/nodes/package-lock.json') as Lock;
  const packages = Object.keys(lock.packages).length - 1;
  tell(`${packages} packages: from the registry, with a hash, at exact versions`, [
    ...problemsOfLock(lock, read('package.json') as Manifest),
    ...problemsOfLock(nodes, read('.ci/nodes/package.json') as Manifest),
  ]);
  tell('install scripts: those that were looked at, and none is run', problemsOfScripts(lock));
  tell('licences: allowed ones', problemsOfLicences(lock));
  tell('what is installed is what the lock says', problemsOfInstalled(path.join(ROOT, 'node_modules'), lock));
  const bill = billOf(lock);
  fs.mkdirSync(path.dirname(BILL), { recursive: true });
  fs.writeFileSync(BILL, `${JSON.stringify(bill, undefined, 1)}\n`);
  const parts = bill.components.length;
  tell(
    `bill of materials of the product: ${parts} packages, ${path.relative(ROOT, BILL)}`,
    parts === 0 ? ['it is empty'] : [],
  );
  const audit = await auditOf(ROOT);
  if (audit.answered) tell('npm audit: no known fault of weight in what the product uses', audit.problems);
  else console.log(`NOT DONE  npm audit: ${audit.why}. Run it where the registry answers.`);
  process.exitCode = wrong === 0 ? 0 : 1;
}

void main();
