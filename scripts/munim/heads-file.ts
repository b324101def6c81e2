import fs from 'node:fs';
import { Refusal } from './command';
import { headLine, parseHeadLine, type SignedHead } from '../../domain/audit/heads';

/** Heads of the audit chain in a file outside the database, one line each: what has been written stays. */

/** Throws Error, in words for people, when a line is no head. */
export function readHeadsFile(file: string): SignedHead[] {
  return linesOf(file).map(parseHeadLine);
}

/**
 * Writes the heads; a file that exists may only become longer. Returns the number of new ones. Throws Refusal when a
 * head that the file holds is not among the heads of the database any more.
 */
export function writeHeadsFile(file: string, heads: readonly SignedHead[]): number {
  const before = fs.existsSync(file) ? linesOf(file) : [];
  const lines = heads.map(headLine);
  const known = new Set(lines);
  const lost = before.find((line) => !known.has(line));
  if (lost !== undefined)
    throw new Refusal(
      'AUDIT_HEADS_DIFFER',
      `the database no longer has the head of ${parseHeadLine(lost).day} that ${file} holds; nothing was written. ` +
        `See docs/runbooks/audit-chain.md`,
    );
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, lines.map((line) => `${line}\n`).join(''));
  fs.renameSync(draft, file);
  return lines.length - before.length;
}

function linesOf(file: string): string[] {
  return fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
}
