/**
 * `npm run verify`: do the promises hold? Exit code 0 only when nothing that was checked breaks one.
 * Options: --accepted FILE, --planted FILE (one id or value a line; may be given more than once), --heads FILE
 * (of `munim audit heads`), --json, --data DIR.
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { isGreen } from '../domain/verification/verify';
import { parsePublicId, UUID } from '../platform/ids';
import { DATA_DIR } from './stack/root';
import { withoutPassword } from './stack/stores';
import { readHeadsFile } from './munim/heads-file';
import { verificationJson, verificationText } from './verify/print';
import { runVerification } from './verify/run';
import { findTarget } from './verify/target';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      accepted: { type: 'string', multiple: true, default: [] },
      planted: { type: 'string', multiple: true, default: [] },
      heads: { type: 'string' },
      json: { type: 'boolean', default: false },
      data: { type: 'string' },
    },
  });
  const started = Date.now();
  const accepted = values.accepted.flatMap((file) => linesOf(file).map((line) => transactionId(line, file)));
  const planted = values.planted.flatMap(linesOf);
  const keptHeads = values.heads === undefined ? undefined : readHeadsFile(values.heads);
  const target = await findTarget(path.resolve(values.data ?? DATA_DIR));
  const report = await runVerification(target, { accepted, planted, keptHeads }).catch((error: unknown) => {
    throw readable(error, target.databaseUrl);
  });
  if (values.json) console.log(verificationJson(report));
  else
    console.log(
      `${withoutPassword(target.databaseUrl)}, as of ${report.at.toISOString()}\n\n${verificationText(report, Date.now() - started)}`,
    );
  return isGreen(report) ? 0 : 1;
}

function linesOf(file: string): string[] {
  return fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** `txn_…` as the API shows it, or the UUID as the tables hold it. */
function transactionId(line: string, file: string): string {
  const id = UUID.test(line) ? line : parsePublicId('transaction', line);
  if (id === undefined) throw new Error(`${file} holds a line that is no transaction id`);
  return id;
}

function readable(error: unknown, databaseUrl: string): Error {
  const code = (error as { code?: string }).code;
  if (code === 'ECONNREFUSED' || code === '3D000')
    return new Error(`no PostgreSQL answers at ${withoutPassword(databaseUrl)}; npm start runs one`, {
      cause: error,
    });
  if (code === '42P01') return new Error(`${withoutPassword(databaseUrl)} is not migrated`, { cause: error });
  return error instanceof Error ? error : new Error('verification failed', { cause: error });
}

process.stdout.on('error', () => undefined); // a closed pipe is no reason to fail
main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    console.error(`could not verify: ${error.message}`);
    process.exitCode = 2;
  },
);
