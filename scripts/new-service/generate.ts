import path from 'node:path';
import type { Flow } from '../../domain/service-definition/definition';
import {
  nextMigration,
  nextPolicies,
  readFrom,
  withImport,
  withLastLine,
  withReplaced,
  writeInto,
} from '../generator/files';
import { dispatchOf, errorsOf, portOf, sealedOf, serviceOf, testOf } from './code';
import { serviceNames, type ServiceNames } from './names';
import { migrationOf, pageOf, policiesOf } from './pages';

/** The files written for a new service and the files changed for it, by paths in the repository. */
export interface NewService {
  names: ServiceNames;
  written: string[];
  changed: string[];
}

/** Each file that knows services one by one, and how a new one is added to it. */
const CHANGES: Readonly<Record<string, (file: string, text: string, n: ServiceNames) => string>> = {
  'domain/provider/service-name.ts': (file, text, { name }) =>
    withReplaced(file, text, /(?<=export const SERVICES = \[[^\]]*)(?=\] as const;)/, () => `, '${name}'`),
  'domain/services/services.ts': (file, text, { name, upper }) =>
    withImport(
      file,
      withLastLine(file, text, {
        start: 'export const SERVICE_DEFINITIONS = {',
        end: '\n} as const satisfies',
        line: `  ${name}: ${upper},`,
      }),
      `import { ${upper} } from '../${name}/service';`,
    ),
  'domain/connectors.ts': (file, text, { name, pascal }) =>
    withImport(
      file,
      withReplaced(
        file,
        text,
        /(?<=export type Connector =)\s*(?=Offers)/,
        (found) => `${found}Offers${pascal} & `,
      ),
      `import type { Offers${pascal} } from './${name}/port';`,
    ),
  'domain/access/permissions.ts': (file, text, { name }) =>
    withReplaced(file, text, /(?= {2}'transactions\.read': 'read',)/, () => `  '${name}.write': 'change',\n`),
  'migrations/privileges.ts': (file, text, { name }) =>
    withLastLine(file, text, {
      start: 'export const TABLES',
      end: '\n};\n',
      line: `  ${name}_orders: { app: ['insert'], hidden: ['party_sealed'] },`,
    }),
  'scripts/architecture/layers.ts': (file, text, { name }) =>
    withReplaced(file, text, /(?<=\n {2}\[)(?=[^\]]*'payouts')/, () => `'${name}', `),
};

/**
 * Writes the files of a service that is known to every shared part (scopes, posting rules, dispatch,
 * verification, privacy) and that nobody can ask for yet. Nothing is written when anything is amiss. Throws
 * Error that says what to do: a bad or taken name, or a file that is not as the generator knows it.
 */
export function generateService(root: string, name: string, flow: Flow): NewService {
  const names = serviceNames(root, name);
  const policies = nextPolicies(root, name);
  const files = new Map<string, string>([
    [`domain/${name}/service.ts`, serviceOf(names, flow)],
    [`domain/${name}/port.ts`, portOf(names)],
    [`domain/${name}/errors.ts`, errorsOf(names)],
    [`domain/${name}/sealed.ts`, sealedOf(names)],
    [`domain/${name}/dispatch.ts`, dispatchOf(names)],
    [`domain/${name}/service.test.ts`, testOf(names, flow)],
    [
      `migrations/${nextMigration(root)}_${name}.ts`,
      migrationOf(names, flow, path.basename(policies, '.ts')),
    ],
    [policies, policiesOf(names)],
    [`docs/services/${name}.md`, pageOf(names, flow)],
  ]);
  const changes = new Map(
    Object.entries(CHANGES).map(([file, change]) => [file, change(file, readFrom(root, file), names)]),
  );
  writeInto(root, new Map([...files, ...changes]));
  return { names, written: [...files.keys()], changed: [...changes.keys()] };
}
