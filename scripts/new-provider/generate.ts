import { formatIn, nextPolicies, readFrom, withImport, withLastLine, writeInto } from '../generator/files';
import { policiesOf, readmeOf } from './pages';
import { providerNames, type ProviderNames } from './names';

/**
 * What is written for a new provider, by its path in the repository. The template is real code with real
 * tests: what is copied compiles and passes.
 */
export interface NewProvider {
  names: ProviderNames;
  written: string[];
  changed: string[];
}

const LIST = 'providers/list.ts';
const COPIED = ['connector', 'provider', 'transformers', 'schemas', 'call-log', 'transformers.test'];
const COPIES: readonly (readonly [string, (n: ProviderNames) => string])[] = [
  ...COPIED.map(
    (file) =>
      [`providers/_template/${file}.ts`, (n: ProviderNames) => `providers/${n.name}/${file}.ts`] as const,
  ),
  ['test/contract/template/connector.test.ts', (n) => `test/contract/${n.name}/connector.test.ts`],
];

/**
 * Writes the files of a provider that does nothing wrong yet: everything is unknown, every callback forged.
 * Nothing is written when anything is amiss. Throws Error that says what to do: a bad or taken name, or a
 * file that is not as the generator knows it.
 */
export function generateProvider(root: string, name: string): NewProvider {
  const names = providerNames(root, name);
  const read = (file: string): string => readFrom(root, file);
  const files = new Map<string, string>(COPIES.map(([from, to]) => [to(names), renamed(read(from), names)]));
  files.set(`providers/${name}/README.md`, readmeOf(names, new Date().toISOString().slice(0, 10)));
  files.set(nextPolicies(root, name), policiesOf(names));
  const changes = new Map<string, string>([[LIST, withProvider(read(LIST), names)]]);
  writeInto(root, new Map([...files, ...changes]));
  const [written, changed] = [[...files.keys()], [...changes.keys()]];
  formatIn(root, [...written, ...changed]);
  return { names, written, changed };
}

function renamed(text: string, { name, pascal }: ProviderNames): string {
  return text.replaceAll('_template', name).replaceAll('Template', pascal).replaceAll('template', name);
}

/** Adds the provider's import and its line to the list of providers. */
function withProvider(text: string, { name }: ProviderNames): string {
  const listed = withLastLine(LIST, text, {
    start: 'export const PROVIDERS = {\n',
    end: '\n};\n',
    line: `  ${name},`,
  });
  return withImport(LIST, listed, `import { ${name} } from './${name}/provider';`);
}
