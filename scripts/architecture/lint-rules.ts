import { DOMAIN_FLOORS, ENTRY_FILES, FOLDERS, LAYERS, type Layer } from './layers';

interface Override {
  files: string[];
  rules: Record<string, unknown>;
}

/** The rules of the linter that hold the layers and the floors, as the text of `.oxlint-layers.json`. */
export function layerRules(): string {
  const overrides: Override[] = [
    ...LAYERS.map((layer) => restricted([`${layer.folder}/**`], forbiddenTo(layer), layer.rule)),
    ...DOMAIN_FLOORS.flatMap((floor, at) => floor.map((folder) => floorRule(folder, at))),
    { files: [...ENTRY_FILES, '**/*.test.ts'], rules: { 'no-restricted-imports': 'off' } },
  ];
  // Plugins are named: the linter would otherwise add its defaults to those of `.oxlintrc.json`.
  return `${JSON.stringify({ plugins: ['import'], overrides }, null, 2)}\n`;
}

/** A domain folder obeys the rule of `domain/` too: the last matching override is the one that counts. */
function floorRule(folder: string, at: number): Override {
  const domain = LAYERS.find((layer) => layer.folder === 'domain')!;
  const below = new Set(DOMAIN_FLOORS.slice(0, at).flat());
  const notBelow = DOMAIN_FLOORS.flat().filter((other) => other !== folder && !below.has(other));
  return restricted(
    [`domain/${folder}/**`],
    [...forbiddenTo(domain), ...notBelow.map((other) => `../${other}/**`), '../*'],
    `domain/${folder} imports only platform and the floors below it (scripts/architecture/layers.ts).`,
  );
}

function forbiddenTo({ folder, imports, withoutLibraries = [] }: Layer): string[] {
  const others = FOLDERS.filter((other) => other !== folder && !imports.includes(other));
  return [...others.map((other) => `**/${other}/**`), ...withoutLibraries];
}

function restricted(files: string[], group: string[], message: string): Override {
  return { files, rules: { 'no-restricted-imports': ['error', { patterns: [{ group, message }] }] } };
}
