/**
 * `npm run new:provider NAME`: writes a provider that is safe from the first minute, and says what to do
 * next. docs/adding-a-provider.md leads through the rest.
 */
import { generateProvider } from './new-provider/generate';
import { ROOT } from './stack/root';

const USAGE = 'usage: npm run new:provider NAME (3 to 30 lower-case letters and digits: acmepay)';

function main(args: readonly string[]): void {
  const [name, ...more] = args;
  if (name === undefined || more.length > 0 || name.startsWith('-')) throw new Error(USAGE);
  const { names, written, changed } = generateProvider(ROOT, name);
  console.log(`${name} is there, and safe: whatever it answers is unknown or pending, every callback is forged.

written   ${written.join('\n          ')}
changed   ${changed.join('\n          ')}

Next (docs/adding-a-provider.md):
  1. npm run typecheck && npm test -- ${name}      passes now
  2. providers/${name}/README.md                    answer its questions from the documentation
  3. schemas, transformers, connector               one documented answer at a time, each with its test
  4. checkCallback, parseCallback                   unsigned ones are hints, nothing passes by default
  5. sandbox/${name}/                               a server of the contract that shares no code with the connector
  6. MUNIM_${names.upper}_BASE_URL, MUNIM_${names.upper}_API_KEY, MUNIM_${names.upper}_CALLBACK_SECRET,
     and a route or setting that sends to it`);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : 'the provider was not written');
  process.exitCode = 1;
}
