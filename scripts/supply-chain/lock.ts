import { INSTALL_SCRIPTS, LICENCES, LICENCES_OF, REGISTRY } from './rules';

/** What `package-lock.json` says of one package. */
export interface LockedPackage {
  name?: string;
  version?: string;
  resolved?: string;
  integrity?: string;
  license?: string;
  hasInstallScript?: boolean;
  optional?: boolean;
  link?: boolean;
  inBundle?: boolean;
  dependencies?: Readonly<Record<string, string>>;
  devDependencies?: Readonly<Record<string, string>>;
  optionalDependencies?: Readonly<Record<string, string>>;
}
export interface Lock {
  lockfileVersion: number;
  packages: Readonly<Record<string, LockedPackage>>;
}
export interface Manifest {
  dependencies?: Readonly<Record<string, string>>;
  devDependencies?: Readonly<Record<string, string>>;
  optionalDependencies?: Readonly<Record<string, string>>;
}

const INTEGRITY = /^sha512-[A-Za-z0-9+/]{86}==$/;
const EXACT = /^(?:npm:(?:@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/;
const KINDS = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

/** `node_modules/a/node_modules/@b/c` is `@b/c`. */
export const nameOf = (place: string): string => place.slice(place.lastIndexOf('node_modules/') + 13);

/** Packages of others, by their place in node_modules. */
function packagesOf(lock: Lock): [place: string, found: LockedPackage][] {
  return Object.entries(lock.packages).filter(([place]) => place !== '');
}

/** Every package comes from the registry, with the hash of what was looked at, at one exact version. */
export function problemsOfLock(lock: Lock, manifest: Manifest): string[] {
  return [
    ...(lock.lockfileVersion === 3 ? [] : [`lockfileVersion is ${lock.lockfileVersion}, not 3`]),
    ...packagesOf(lock).flatMap(([place, found]) => problemsOfPackage(place, found)),
    ...problemsOfManifest(lock, manifest),
  ];
}

function problemsOfPackage(place: string, found: LockedPackage): string[] {
  const { resolved, integrity, link, inBundle, version } = found;
  if (link === true) return [`${place} is a link to a folder`];
  if (inBundle === true) return [`${place} comes inside another package, without a hash of its own`];
  return [
    ...(integrity !== undefined && INTEGRITY.test(integrity) ? [] : [`${place} has no sha512 hash`]),
    ...(resolved === undefined || isOfRegistry(resolved) ? [] : [`${place} comes from ${hostOf(resolved)}`]),
    ...(version === undefined ? [`${place} has no version`] : []),
  ];
}

function isOfRegistry(resolved: string): boolean {
  return resolved.startsWith(REGISTRY) && !resolved.slice(REGISTRY.length).includes('..');
}

/** Without user, password and path: an address may hold a token. */
function hostOf(resolved: string): string {
  try {
    const { protocol, host } = new URL(resolved);
    return `${protocol}//${host}`;
  } catch {
    return 'somewhere that is no address';
  }
}

function problemsOfManifest({ packages }: Lock, manifest: Manifest): string[] {
  const root = packages[''] ?? {};
  return KINDS.flatMap((kind) => {
    const wanted = manifest[kind] ?? {};
    return [
      ...Object.entries(wanted).flatMap(([name, version]) =>
        EXACT.test(version) ? [] : [`package.json asks for ${name} ${version}, which is no exact version`],
      ),
      ...(JSON.stringify(sorted(wanted)) === JSON.stringify(sorted(root[kind] ?? {}))
        ? []
        : [`${kind} of package.json are not those of the lock: run npm install`]),
    ];
  });
}

const sorted = (versions: Readonly<Record<string, string>>): [string, string][] =>
  Object.entries(versions).toSorted(([a], [b]) => (a < b ? -1 : 1));

/** The packages with an install script are those that rules.ts lists, each with its reason. */
export function problemsOfScripts(
  lock: Lock,
  listed: Readonly<Record<string, string>> = INSTALL_SCRIPTS,
): string[] {
  const found = new Set(
    packagesOf(lock).flatMap(([place, { hasInstallScript }]) =>
      hasInstallScript === true ? [nameOf(place)] : [],
    ),
  );
  return [
    ...[...found]
      .filter((name) => !Object.hasOwn(listed, name))
      .map(
        (name) => `${name} has an install script that nobody has looked at (scripts/supply-chain/rules.ts)`,
      ),
    ...Object.keys(listed)
      .filter((name) => !found.has(name))
      .map((name) => `${name} is listed in rules.ts, and has no install script any more`),
  ];
}

/** Each package has a licence that rules.ts allows. */
export function problemsOfLicences(lock: Lock): string[] {
  const used = new Set<string>();
  const refused = packagesOf(lock).flatMap(([place, { license }]) => {
    const name = nameOf(place);
    if (license !== undefined && isAllowed(license)) return [];
    used.add(name);
    return Object.hasOwn(LICENCES_OF, name) ? [] : [`${place} has the licence ${license ?? 'of no name'}`];
  });
  const idle = Object.keys(LICENCES_OF).filter((name) => !used.has(name));
  return [...refused, ...idle.map((name) => `${name} needs no exception for its licence any more`)];
}

/** An SPDX expression: of an OR one side is enough, of an AND each counts. */
export function isAllowed(expression: string): boolean {
  const plain = expression.trim().replace(/^\(([^()]*)\)$/, '$1');
  if (/[()]/.test(plain)) return false; // deeper ones are for a person
  return plain
    .split(/\s+OR\s+/)
    .some((side) => side.split(/\s+AND\s+/).every((one) => LICENCES.has(one.trim())));
}
