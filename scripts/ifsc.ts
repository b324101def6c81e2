/**
 * `npm run ifsc -- FOLDER RELEASE DAY`: renews our list of IFSCs from a release of
 * https://github.com/razorpay/ifsc, whose `src/IFSC.json` and `src/banknames.json` lie in the folder. Codes that
 * the release has no more are kept as ended. docs/banks.md says how a release is taken.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { IfscList } from '../domain/banks/list';
import { nextList } from './ifsc/release';
import { ROOT } from './stack/root';

const FILE = path.join(ROOT, 'domain', 'banks', 'ifsc-list.json');
const FILES = ['IFSC.json', 'banknames.json'] as const;
const USAGE = `usage: npm run ifsc -- FOLDER RELEASE DAY [--may-shrink]
  FOLDER       has ${FILES.join(' and ')} of the release
  RELEASE      its number, as 2.0.59
  DAY          its day, as 2026-05-27
  --may-shrink so many codes have ended in it that the file looks cut, and you have made sure that it is not`;

function main([folder, release, releasedOn, ...flags]: readonly string[]): void {
  const isWhole =
    folder !== undefined &&
    /^\d+\.\d+\.\d+$/.test(release ?? '') &&
    /^\d{4}-\d{2}-\d{2}$/.test(releasedOn ?? '') &&
    flags.every((flag) => flag === '--may-shrink');
  if (!isWhole) {
    console.error(USAGE);
    process.exitCode = 2;
    return;
  }
  const texts = FILES.map((name) => fs.readFileSync(path.join(folder, name)));
  const files = Object.fromEntries(FILES.map((name, i) => [name, sha256(texts[i]!)]));
  const [branches, names] = texts.map((text) => JSON.parse(text.toString('utf8')) as unknown);
  const before = fs.existsSync(FILE) ? (JSON.parse(fs.readFileSync(FILE, 'utf8')) as IfscList) : undefined;
  const list = nextList(
    before,
    { release: release!, releasedOn: releasedOn!, files, branches, names },
    flags.length > 0,
  );
  fs.writeFileSync(FILE, `${JSON.stringify(list, null, 2)}\n`);
  console.log(
    `release ${list.release} of ${list.releasedOn}: ${list.listed} codes, ${list.ended} ended ` +
      `(before: ${before?.listed ?? 0} and ${before?.ended ?? 0}); now npm run format`,
  );
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

main(process.argv.slice(2));
