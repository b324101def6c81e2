/** The contracts that we speak, as the README of each provider names them. */
import fs from 'node:fs';
import path from 'node:path';

export interface ContractDocument {
  provider: string;
  /** What it is, in words. */
  title: string;
  /** Where the provider publishes it. */
  source: string;
  /** The file in the source; undefined where our copies name their pages themselves. */
  file?: string;
  /** A commit, a release or the version that the document states. */
  version: string;
  /** The day of that version, YYYY-MM-DD. */
  day: string;
  /** The day on which we last compared it with the source, YYYY-MM-DD. */
  compared: string;
  /** Our copy: a file, or a folder of files; undefined for prose that was read and not kept. */
  copy?: string;
}

const HEADING = '## Contracts';
const REQUIRED = ['source', 'version', 'day', 'compared'] as const;
const KNOWN = new Set<string>([...REQUIRED, 'file', 'copy']);
const DATES = ['day', 'compared'] as const;

/** The providers of the repository in `root`, by their folders. */
export function providerFolders(root: string): string[] {
  return fs
    .readdirSync(path.join(root, 'providers'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
    .map((entry) => entry.name)
    .toSorted();
}

/** Throws Error that names the README and what it lacks. */
export function contractDocuments(root: string): ContractDocument[] {
  return providerFolders(root).flatMap((provider) => {
    const readme = `providers/${provider}/README.md`;
    return documentsOf(provider, readme, fs.readFileSync(path.join(root, readme), 'utf8'));
  });
}

/**
 * Reads the section "Contracts" of a README: each document is a bullet with its title in bold, and its facts
 * are bullets below it, `key: value`.
 */
export function documentsOf(provider: string, readme: string, text: string): ContractDocument[] {
  const lines = bullets(section(text));
  const documents = lines.flatMap((bullet, at) => {
    const title = /^- \*\*(.+)\*\*$/.exec(bullet)?.[1];
    return title === undefined
      ? []
      : [documentOf(provider, title, factsOf(`${readme}, ${title}`, lines.slice(at + 1)))];
  });
  if (documents.length === 0)
    throw new Error(`${readme} has no document under "${HEADING}" (docs/adding-a-provider.md has the form)`);
  return documents;
}

function section(text: string): string {
  const start = text.indexOf(`\n${HEADING}\n`);
  if (start === -1) return '';
  const end = text.indexOf('\n## ', start + HEADING.length);
  return text.slice(start + HEADING.length + 1, end === -1 ? undefined : end);
}

/** The formatter breaks long bullets: a line that begins none belongs to the one above it. */
function bullets(text: string): string[] {
  const found: string[] = [];
  for (const line of text.split('\n')) {
    if (/^ *- /.test(line)) found.push(line);
    else if (/^ +\S/.test(line) && found.length > 0) found.push(`${found.pop()!} ${line.trim()}`);
  }
  return found;
}

/** The facts of the document whose title is above these bullets; the next title ends them. */
function factsOf(where: string, below: readonly string[]): Map<string, string> {
  const after = below.findIndex((bullet) => bullet.startsWith('- '));
  const facts = new Map<string, string>();
  for (const bullet of below.slice(0, after === -1 ? undefined : after)) {
    const [, key, value] = /^ +- (\w+): (.+)$/.exec(bullet) ?? [];
    if (key === undefined || value === undefined || !KNOWN.has(key))
      throw new Error(`${where}: "${bullet.trim()}" is none of ${[...KNOWN].join(', ')}`);
    facts.set(key, value.replaceAll('`', '').trim());
  }
  const missing = REQUIRED.filter((key) => !facts.has(key));
  if (missing.length > 0) throw new Error(`${where}: ${missing.join(', ')} missing`);
  for (const key of DATES)
    if (!isDay(facts.get(key)!)) throw new Error(`${where}: ${key} is no day like 2026-11-29`);
  return facts;
}

function documentOf(provider: string, title: string, facts: Map<string, string>): ContractDocument {
  const [file, copy] = [facts.get('file'), facts.get('copy')];
  return {
    provider,
    title,
    source: facts.get('source')!,
    ...(file !== undefined && { file }),
    version: facts.get('version')!,
    day: facts.get('day')!,
    compared: facts.get('compared')!,
    ...(copy !== undefined && { copy }),
  };
}

function isDay(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
