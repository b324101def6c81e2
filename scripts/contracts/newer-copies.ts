/** Finds, in a folder that somebody filled, the newer copy of each of ours. */
import fs from 'node:fs';
import path from 'node:path';
import type { ContractDocument } from './documents';
import type { PageCopy } from './page-facts';

export interface CopyPair {
  document: ContractDocument;
  /** Our copy, as a path in the repository. */
  ours: string;
  /** Full path of the newer one; undefined where the folder has none. */
  newer?: string;
}

/** Files that are named as in the source, or like ours; of several the one that lies highest. */
export function copyPairs(root: string, folder: string, documents: readonly ContractDocument[]): CopyPair[] {
  const files = filesIn(folder);
  return documents.flatMap((document) =>
    copiesOf(root, document).map((ours) => {
      const newer = namesOf(root, document, ours)
        .map((name) => highest(files.filter((file) => file.endsWith(`/${name}`))))
        .find((file) => file !== undefined);
      return { document, ours, ...(newer !== undefined && { newer }) };
    }),
  );
}

function highest(files: readonly string[]): string | undefined {
  return files.toSorted((a, b) => a.split('/').length - b.split('/').length)[0];
}

/** A name like `errors.json` says too little: it counts with its folder, unless it is a document of its own. */
function namesOf(root: string, { file, copy }: ContractDocument, ours: string): string[] {
  const withFolder = ours.split('/').slice(-2).join('/');
  return [file ?? pageName(root, ours), withFolder, copy === ours ? path.basename(ours) : undefined].filter(
    (name) => name !== undefined,
  );
}

function copiesOf(root: string, { copy }: ContractDocument): string[] {
  if (copy === undefined) return [];
  if (fs.statSync(path.join(root, copy)).isFile()) return [copy];
  return fs
    .readdirSync(path.join(root, copy))
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => `${copy}/${name}`);
}

/** Copies of pages say which page they are. */
function pageName(root: string, ours: string): string | undefined {
  const { sample } = JSON.parse(fs.readFileSync(path.join(root, ours), 'utf8')) as Partial<PageCopy>;
  return sample === undefined ? undefined : `${sample}.md`;
}

const SKIPPED = new Set(['.git', 'node_modules']);

/** Full paths with `/`. Links are not followed: a loop would never end. */
function filesIn(folder: string): string[] {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = `${folder.split(path.sep).join('/')}/${entry.name}`;
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : filesIn(full);
    return entry.isFile() && /\.(?:json|md)$/.test(entry.name) ? [full] : [];
  });
}
