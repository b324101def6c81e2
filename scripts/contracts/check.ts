/** `npm run contracts -- --check DIR`: our copies beside newer ones, field by field. */
import fs from 'node:fs';
import path from 'node:path';
import type { ContractDocument } from './documents';
import {
  asInMock,
  endpointFacts,
  mockFacts,
  ofTheSameCalls,
  type Endpoints,
  type MockData,
} from './endpoint-facts';
import { differences, type Difference, type Facts } from './facts';
import { copyPairs, type CopyPair } from './newer-copies';
import { openapiFacts } from './openapi-facts';
import { markdownFacts, pageCopyFacts, type PageCopy } from './page-facts';

/** What `npm run contracts -- --check` exits with. */
export const EXIT = {
  /** Every copy was compared and says the same. */
  same: 0,
  /** Something differs. */
  different: 1,
  /** The command or the folder is wrong, or a file cannot be read. */
  wrong: 2,
  /** Nothing differs, but the folder lacks a newer copy of some of ours. */
  incomplete: 3,
} as const;

export interface Check {
  lines: string[];
  exitCode: (typeof EXIT)[keyof typeof EXIT];
}

/** Throws Error where a file is none of the forms that are known, or the folder has nothing to compare. */
export function checkCopies(root: string, folder: string, documents: readonly ContractDocument[]): Check {
  const pairs = copyPairs(root, folder, documents);
  if (pairs.every(({ newer }) => newer === undefined))
    throw new Error(
      `${folder} has no newer copy of any contract (docs/runbooks/contracts.md says what to put there)`,
    );
  const results = pairs.map((pair) => ({ pair, found: compared(root, pair) }));
  const lines = documents.flatMap((document) => linesOf(document, results, folder));
  const different = results.filter(({ found }) => found !== undefined && found.length > 0).length;
  const missing = results.filter(({ found }) => found === undefined).length;
  const same = results.length - different - missing;
  lines.push('', `${same} the same, ${different} different, ${missing} without a newer copy`);
  if (different > 0) return { lines, exitCode: EXIT.different };
  return { lines, exitCode: missing > 0 ? EXIT.incomplete : EXIT.same };
}

function compared(root: string, { ours, newer }: CopyPair): Difference[] | undefined {
  if (newer === undefined) return undefined;
  try {
    return differencesOf(fs.readFileSync(path.join(root, ours), 'utf8'), fs.readFileSync(newer, 'utf8'));
  } catch (error) {
    throw new Error(`${newer} cannot be compared with ${ours}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

type Copy = Partial<PageCopy & Endpoints> & { openapi?: string };

/** Which form our copy has says how the newer one is read. */
export function differencesOf(ours: string, newer: string): Difference[] {
  const copy = JSON.parse(ours) as Copy;
  if (copy.openapi !== undefined) return differences(openapiFacts(copy), openapiFacts(asOpenapi(newer)));
  if (copy.endpoints !== undefined)
    return endpointDifferences(endpointFacts(copy as Endpoints), JSON.parse(newer));
  if (copy.examples !== undefined) return differences(pageCopyFacts(copy as PageCopy), pageFacts(newer));
  throw new Error('our copy has none of the forms openapi, endpoints, examples');
}

function asOpenapi(text: string): Record<string, unknown> {
  const document = JSON.parse(text) as Record<string, unknown>;
  if (typeof document.paths !== 'object') throw new Error('it is no OpenAPI file');
  return document;
}

function endpointDifferences(ours: Facts, newer: Endpoints | MockData): Difference[] {
  if (Array.isArray(newer)) return differences(asInMock(ours), ofTheSameCalls(ours, mockFacts(newer)));
  if (!Array.isArray(newer.endpoints)) throw new Error('it has no endpoints');
  return differences(ours, ofTheSameCalls(ours, endpointFacts(newer)));
}

function pageFacts(text: string): Facts {
  return text.trimStart().startsWith('{') ? pageCopyFacts(JSON.parse(text) as PageCopy) : markdownFacts(text);
}

interface Result {
  pair: CopyPair;
  found: Difference[] | undefined;
}

function linesOf(document: ContractDocument, results: readonly Result[], folder: string): string[] {
  const { provider, title, version, day, copy, source } = document;
  const head = `${provider}, ${title}, version ${version} of ${day}`;
  if (copy === undefined) return ['', head, `  read only: see what changed in ${source}`];
  const mine = results.filter(({ pair }) => pair.document === document);
  return ['', head, ...mine.flatMap(({ pair, found }) => resultLines(pair, found, folder))];
}

function resultLines({ ours, newer }: CopyPair, found: Difference[] | undefined, folder: string): string[] {
  if (found === undefined || newer === undefined) return [`  ${ours}: no newer copy in the folder`];
  const from = path.relative(folder, newer);
  if (found.length === 0) return [`  ${ours}: the same as ${from}`];
  const lines = [
    `  ${ours}: ${found.length} ${found.length === 1 ? 'difference' : 'differences'} to ${from}`,
  ];
  let group: string | undefined;
  for (const difference of found) {
    if (difference.field !== undefined && difference.group !== group) lines.push(`    ${difference.group}`);
    group = difference.group;
    lines.push(differenceLine(difference));
  }
  return lines;
}

/** `+` is new, `-` is gone, `~` is other than before. */
function differenceLine({ group, field, ours, newer }: Difference): string {
  if (field === undefined) return `    ${ours === undefined ? '+' : '-'} ${group} (${ours ?? newer!})`;
  if (ours === undefined) return `      + ${field}: ${newer!}`;
  if (newer === undefined) return `      - ${field}: ${ours}`;
  return `      ~ ${field}: ${ours} → ${newer}`;
}
