import fs from 'node:fs';
import path from 'node:path';
import { migrationOf, readmeOf } from './pages';
import { providerNames, type ProviderNames } from './names';

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
  const read = (file: string): string => fs.readFileSync(path.join(root, file), 'utf8');
  const files = new Map<string, string>(COPIES.map(([from, to]) => [to(names), renamed(read(from), names)]));
  files.set(`providers/${name}/README.md`, readmeOf(names));
  files.set(`migrations/${nextMigration(root)}_${name}_policies.ts`, migrationOf(names));
  const changes = new Map<string, string>([
    ['providers/keyed-settings.ts', withName(read('providers/keyed-settings.ts'), names)],
    ['providers/keyed.ts', withConnector(read('providers/keyed.ts'), names)],
  ]);
  for (const [file, text] of [...files, ...changes]) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), text);
  }
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
  const lastImport = text.lastIndexOf('\nimport ');
  const list = text.indexOf('export const KEYED_CONNECTORS');
  const end = text.indexOf('\n};\n', list);
  if (lastImport < 0 || list < 0 || end < 0) throw unknownForm('providers/keyed.ts', 'KEYED_CONNECTORS');
  const afterImports = text.indexOf('\n', lastImport + 1) + 1;
  return `${text.slice(0, afterImports)}import { create${pascal}Connector } from './${name}/connector';\n${text.slice(afterImports, end)}\n  ${name}: create${pascal}Connector,${text.slice(end)}`;
}

function unknownForm(file: string, what: string): Error {
  return new Error(`${file} is not as expected: ${what} was not found. Nothing was written`);
}

/** A number after the newest migration, so that it runs last: today's, or the next free one. */
export function nextMigration(root: string, today = new Date()): string {
  const numbers = fs
    .readdirSync(path.join(root, 'migrations'))
    .flatMap((file) => /^(\d{14})_/.exec(file)?.[1] ?? [])
    .map(Number);
  const date = Number(`${today.toISOString().slice(0, 10).replaceAll('-', '')}000100`);
  return String(Math.max(date, ...numbers.map((n) => n + 100)));
}
