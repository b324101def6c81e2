import { LICENCES_OF } from './rules';
import { nameOf, type Lock, type LockedPackage } from './lock';

/**
 * What the product is made of, in the form CycloneDX 1.5. `npm sbom` gives none where a package asks for another
 * version of a peer than is there, which two of the board's do; the lock holds all that is needed.
 */
export interface Bill {
  bomFormat: 'CycloneDX';
  specVersion: '1.5';
  version: 1;
  metadata: { component: { type: 'application'; 'bom-ref': string; name: string; version: string } };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

interface Component {
  type: 'library';
  'bom-ref': string;
  name: string;
  version: string;
  scope: 'required' | 'optional';
  purl: string;
  licenses: { expression: string }[];
  hashes: { alg: 'SHA-512'; content: string }[];
}

/** Without the packages that only building and testing need. */
export function billOf(lock: Lock): Bill {
  const root = lock.packages['']!;
  const own = { name: root.name ?? '', version: root.version ?? '' };
  const used = usedPlaces(lock).map((place) => [place, lock.packages[place]!] as const);
  const ref = purlOf(own.name, own.version);
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { type: 'application', 'bom-ref': ref, ...own } },
    components: unique(used.map(([place, found]) => componentOf(place, found))),
    dependencies: [
      { ref, dependsOn: dependsOn(lock, '') },
      ...used.map(([place, { version }]) => ({
        ref: purlOf(nameOf(place), version!),
        dependsOn: dependsOn(lock, place),
      })),
    ],
  };
}

function componentOf(place: string, { version, license, integrity, optional }: LockedPackage): Component {
  const name = nameOf(place);
  const purl = purlOf(name, version!);
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version: version!,
    scope: optional === true ? 'optional' : 'required',
    purl,
    licenses: statedLicences(place, license),
    hashes: [
      { alg: 'SHA-512', content: Buffer.from(integrity!.replace('sha512-', ''), 'base64').toString('hex') },
    ],
  };
}

/** `@a/b` is written `%40a/b` in the address of a package. */
function purlOf(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** The same package may lie in several places. */
function unique(components: readonly Component[]): Component[] {
  return [...new Map(components.map((component) => [component.purl, component])).values()];
}

/** What the product needs, and what that needs: the lock's own mark of what only tests need is wider. */
function usedPlaces(lock: Lock): string[] {
  const found = new Set<string>();
  const left = neededPlaces(lock, '');
  for (let place = left.pop(); place !== undefined; place = left.pop()) {
    if (found.has(place)) continue;
    found.add(place);
    left.push(...neededPlaces(lock, place));
  }
  return [...found].toSorted();
}

function dependsOn(lock: Lock, place: string): string[] {
  return neededPlaces(lock, place)
    .map((needed) => purlOf(nameOf(needed), lock.packages[needed]!.version!))
    .toSorted();
}

/** Each dependency is the nearest of its name, looking upwards, as Node looks. */
function neededPlaces({ packages }: Lock, place: string): string[] {
  const { dependencies, optionalDependencies } = packages[place]!;
  return Object.keys({ ...dependencies, ...optionalDependencies }).flatMap((name) => {
    const nearest = placesOf(place)
      .map((above) => `${above}node_modules/${name}`)
      .find((one) => packages[one] !== undefined);
    return nearest ?? [];
  });
}

/** `node_modules/a/node_modules/b`: in it, in a, at the top. */
function placesOf(place: string): string[] {
  if (place === '') return [''];
  const above = place.slice(0, Math.max(0, place.lastIndexOf('node_modules/')));
  return [`${place}/`, ...placesOf(above.replace(/\/$/, ''))];
}

/** Where the package names none in its place, the one that the rules of the supply chain know of it. */
function statedLicences(place: string, license: string | undefined): { expression: string }[] {
  const name = place.split('node_modules/').at(-1)!;
  const expression = license ?? LICENCES_OF[name]?.split(/[,:]/)[0];
  return expression === undefined ? [] : [{ expression }];
}
