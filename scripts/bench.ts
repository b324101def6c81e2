import path from 'node:path';
import fs from 'node:fs';
import { onNpmGone } from './stack/npm-parent';

const STOPPED = 130;

/**
 * `npm run bench -- NAME [--flags]`: runs bench/NAME. Each prints JSON lines with ours, peer, ratio and all
 * flags.
 */
async function main(): Promise<void> {
  onNpmGone(() => process.exit(STOPPED));
  const [name, ...args] = process.argv.slice(2);
  const dir = path.join(__dirname, '..', 'bench');
  const names = fs.readdirSync(dir).flatMap((file) => /^([a-z-]+)\.js$/.exec(file)?.[1] ?? []);
  if (name === undefined || !names.includes(name))
    throw new Error(`usage: npm run bench -- <${names.join('|')}> [flags]`);
  const bench = require(path.join(dir, `${name}.js`)) as { run(args: readonly string[]): Promise<void> };
  await bench.run(args);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : 'the bench failed'}\n`);
    process.exit(1);
  },
);
