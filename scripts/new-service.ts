/**
 * `npm run new:service NAME -- --flow debit|credit`: writes a service that is known everywhere and that nobody can ask for
 * yet, and says what to do next. docs/adding-a-service.md leads through the rest.
 */
import { parseArgs } from 'node:util';
import { generateService } from './new-service/generate';
import { ROOT } from './stack/root';

const USAGE =
  'usage: npm run new:service NAME -- --flow debit|credit (3 to 30 lower-case letters and digits: collection)';

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { flow: { type: 'string', default: 'debit' } },
  });
  const [name, ...more] = positionals;
  const { flow } = values;
  if (name === undefined || more.length > 0 || (flow !== 'debit' && flow !== 'credit'))
    throw new Error(USAGE);
  const { written, changed } = generateService(ROOT, name, flow);
  console.log(`${name} is there: a wallet ${flow === 'debit' ? 'pays for it' : 'is paid by it'}, and nobody can ask for it yet.

written   ${written.join('\n          ')}
changed   ${changed.join('\n          ')}

Next (docs/adding-a-service.md):
  1. npm run docs && npm run format                  the pages that come from the code
  2. npm run typecheck && npm test -- ${name} services  passes now
  3. docs/services/${name}.md                        answer its questions
  4. domain/${name}/, migrations/, policies/         its instruction, its row of details, its prices and limits
  5. domain/${name}/accept.ts, api/                  what a caller sends, and the 202
  6. a provider that offers it, and customers        sandbox, simulator, demo`);
}

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : 'the service was not written');
  process.exitCode = 1;
}
