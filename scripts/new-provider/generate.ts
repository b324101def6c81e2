import {
  nextMigration,
  readFrom,
  unknownForm,
  withImport,
  withLastLine,
  writeInto,
} from '../generator/files';
import { migrationOf, readmeOf } from './pages';
import { providerNames, type ProviderNames } from './names';

export { nextMigration };

/** What is written for a new provider, by its path in the repository. The template is real code with real tests: what is copied compiles and passes. */
export interface NewProvider {
  names: ProviderNames;
  written: string[];
  changed: string[];
}

const COPIES: readonly (readonly [string, (n: ProviderNames) => string])[] = [
  ...['connector', 'transformers', 'schemas', 'call-log', 'transformers.test'].map(
    (file) =>
      [`providers/_template/${file}.ts`, (n: ProviderNames) => `providers/${n.name}/${file}.ts`] as const,
  ),
  ['test/contract/template/connector.test.ts', (n) => `test/contract/${n.name}/connector.test.ts`],
];

/**
 * Writes the files of a provider that does nothing wrong yet: everything is unknown, every callback forged. Nothing is written when anything is amiss. Throws Error
 * that says what to do: a bad or taken name, or a file that is not as the generator knows it.
 */
export function generateProvider(root: string, name: string): NewProvider {
  const names = providerNames(root, name);
  const read = (file: string): string => readFrom(root, file);
  const files = new Map<string, string>(COPIES.map(([from, to]) => [to(names), renamed(read(from), names)]));
  files.set(`providers/${name}/README.md`, readmeOf(names));
  files.set(`migrations/${nextMigration(root)}_${name}_policies.ts`, migrationOf(names));
  const changes = new Map<string, string>([
    ['providers/keyed-settings.ts', withName(read('providers/keyed-settings.ts'), names)],
    ['providers/keyed.ts', withConnector(read('providers/keyed.ts'), names)],
  ]);
  writeInto(root, new Map([...files, ...changes]));
  return { names, written: [...files.keys()], changed: [...changes.keys()] };
}

function renamed(text: string, { name, pascal }: ProviderNames): string {
  return text.replaceAll('_template', name).replaceAll('Template', pascal).replaceAll('template', name);
}

/** Adds the name to the list of settings. */
function withName(text: string, { name }: ProviderNames): string {
  const list = /^export const KEYED_PROVIDERS: readonly string\[\] = \[(.*)\];$/m.exec(text);
  if (list === null) throw unknownForm('providers/keyed-settings.ts', 'KEYED_PROVIDERS');
  return text.replace(
    list[0],
    `export const KEYED_PROVIDERS: readonly string[] = [${[...(list[1] === '' ? [] : [list[1]!]), `'${name}'`].join(', ')}];`,
  );
}

/** Adds the connector's import and line to the registry of keyed providers. */
function withConnector(text: string, { name, pascal }: ProviderNames): string {
  const file = 'providers/keyed.ts';
  const line = `  ${name}: create${pascal}Connector,`;
  return withImport(
    file,
    withLastLine(file, text, { start: 'export const KEYED_CONNECTORS', end: '\n};\n', line }),
    `import { create${pascal}Connector } from './${name}/connector';`,
  );
}
