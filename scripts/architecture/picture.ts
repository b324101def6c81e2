import fs from 'node:fs';
import path from 'node:path';
import { DOMAIN_FLOORS, LAYERS } from './layers';

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

const OUTSIDE_DOMAIN = LAYERS.map((layer) => layer.folder).filter((folder) => folder !== 'domain');

/**
 * The structure of the code as a Mermaid flowchart, read from the imports: the top-level folders, and inside
 * `domain` its folders. An arrow points from the importer to the imported. An arrow that longer ways imply is
 * left out, so that the picture can be read.
 */
export function structurePicture(root: string): string {
  const arrows = reduced(importsBetweenRooms(root));
  const roofFiles = [...arrows.keys()].filter((room) => /^domain\/.*\.ts$/.test(room));
  const floors = DOMAIN_FLOORS.toReversed().flatMap((floor) =>
    floor.map((folder) => `    ${nodeOf(`domain/${folder}`)}`),
  );
  return [
    '```mermaid',
    'flowchart TB',
    '  subgraph domain',
    ...roofFiles.map((file) => `    ${nodeOf(file)}`),
    ...floors,
    '  end',
    ...OUTSIDE_DOMAIN.map((folder) => `  ${nodeOf(folder)}`),
    ...[...arrows].flatMap(([from, targets]) => [...targets].map((to) => `  ${idOf(from)} --> ${idOf(to)}`)),
    '```',
  ].join('\n');
}

/** Which room imports which. A room is a top-level folder, or a folder or file directly in `domain/`. */
export function importsBetweenRooms(root: string): Graph {
  const graph = new Map<string, Set<string>>();
  for (const layer of LAYERS)
    for (const file of sourceFiles(path.join(root, layer.folder))) {
      const from = roomOf(path.relative(root, file));
      for (const target of importsOf(file)) {
        const to = roomOf(path.relative(root, target));
        if (to === from || to === undefined || from === undefined) continue;
        graph.set(from, (graph.get(from) ?? new Set()).add(to));
      }
    }
  return new Map(
    [...graph]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([from, to]) => [from, new Set([...to].toSorted())]),
  );
}

/** Entry files wire everything together and belong to no room. */
function roomOf(file: string): string | undefined {
  const [folder, inner] = file.split(path.sep);
  if (/^(api|workers|console)[/\\]main(\.ts)?$/.test(file)) return undefined;
  if (folder !== 'domain') return LAYERS.some((layer) => layer.folder === folder) ? folder : undefined;
  return `domain/${inner!.endsWith('.ts') || !DOMAIN_FLOORS.flat().includes(inner!) ? `${inner!.replace(/\.ts$/, '')}.ts` : inner!}`;
}

function* sourceFiles(folder: string): Generator<string> {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* sourceFiles(file);
    else if (file.endsWith('.ts') && !file.endsWith('.test.ts')) yield file;
  }
}

function importsOf(file: string): string[] {
  const specifiers = [...fs.readFileSync(file, 'utf8').matchAll(/\bfrom '(\.{1,2}\/[^']+)'/g)].map(
    (match) => match[1]!,
  );
  return specifiers.map((specifier) => path.resolve(path.dirname(file), specifier));
}

/** Without the arrows that are implied by a longer way. */
function reduced(graph: Graph): Graph {
  const reachable = (from: string, seen = new Set<string>()): Set<string> => {
    for (const to of graph.get(from) ?? []) {
      if (seen.has(to)) continue;
      seen.add(to);
      reachable(to, seen);
    }
    return seen;
  };
  return new Map(
    [...graph].map(([from, targets]) => {
      const implied = new Set([...targets].flatMap((to) => [...reachable(to)]));
      return [from, new Set([...targets].filter((to) => !implied.has(to)))];
    }),
  );
}

const idOf = (room: string): string => room.replace(/\W/g, '_');

function nodeOf(room: string): string {
  return `${idOf(room)}["${room.replace(/^domain\//, '')}"]`;
}
