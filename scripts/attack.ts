/**
 * `npm run attack`: goes against the API of the `npm start` that runs here, over every route that is declared, with
 * the keys, passwords and tokens of its network: things of others by their ids, lists, fields that nobody may set,
 * other verbs and paths, tokens that were changed, codes and tokens shown twice. Holes that it plants in copies have
 * to be found first. Ends by itself; exit code 0 only if every planted hole was found and nothing else.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { attack } from './attack/run';
import { problemList } from './demo/print';
import { nextCode } from './sample/code';
import { DATA_DIR } from './stack/root';
import { findRunning } from './stack/run-lock';

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { data: { type: 'string' } } });
  const dataDir = path.resolve(values.data ?? DATA_DIR);
  const dev = await findRunning(dataDir);
  if (dev === undefined) throw new Error('Munim does not run here: npm start, in another terminal');
  const { missed, findings } = await attack({
    apiUrl: dev.api_url,
    network: dev.network ?? [],
    codeOf: (mobile) => nextCode(path.join(dataDir, 'outbox'), mobile),
    say: (line) => {
      console.log(line);
    },
  });
  if (missed.length > 0) console.log(`\nNot found, so the rest says nothing:\n${problemList(missed)}`);
  if (findings.length > 0) console.log(`\nFound:\n${problemList(findings.map(({ what }) => what))}`);
  return missed.length + findings.length === 0 ? 0 : 1;
}

main().then(
  (code) => {
    process.exit(code);
  },
  (error: Error) => {
    console.error(`The attack could not run: ${error.message}`);
    process.exit(1);
  },
);
