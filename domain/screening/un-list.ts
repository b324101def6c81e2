import { SaxesParser } from 'saxes';
import { DomainError } from '../errors/errors';
import { SCREENING_ERRORS } from './errors';

/**
 * The consolidated list of the UN Security Council, as its XML says it (scsanctions.un.org). Everything is text. The
 * list is read at run time and never shipped: all rights to it are reserved.
 */
export interface UnList {
  generatedAt: Date;
  individuals: number;
  entities: number;
  entries: UnEntry[];
  /** Aliases without a name: one of them would be like everybody. */
  emptyAliases: number;
}

export interface UnEntry {
  /** Permanent, `QDi.001`. */
  reference: string;
  kind: 'individual' | 'entity';
  regime: string;
  names: UnName[];
  /** Years in which the person may be born; none where the list does not know. */
  births: { from: number; to: number }[];
}

export interface UnName {
  text: string;
  /** A `low` alias raises a question, and is never enough alone. */
  quality: 'name' | 'good' | 'low';
}

const MAX_BYTES = 64 * 1_048_576;
const MAX_DEPTH = 12;
const RECORDS: Readonly<Record<string, UnEntry['kind']>> = { INDIVIDUAL: 'individual', ENTITY: 'entity' };
const PARENT_OF_RECORDS: Readonly<Record<string, string>> = { INDIVIDUAL: 'INDIVIDUALS', ENTITY: 'ENTITIES' };
const NAME_PARTS = ['FIRST_NAME', 'SECOND_NAME', 'THIRD_NAME', 'FOURTH_NAME'];
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/;
const REFERENCE = /^[A-Z]{2}[ie]\.\d{1,6}$/;
/** "About 1970" is said of some years around it. */
const ABOUT_YEARS = 2;

/** Throws DomainError SCREENING_LIST_REFUSED for a file that is cut, is another one, or asks for entities. */
export function readUnList(xml: Buffer): UnList {
  if (xml.length > MAX_BYTES) throw refused('the file is larger than any list');
  const reader = new Reader();
  try {
    reader.read(xml.toString('utf8'));
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw refused('the file is not whole: its XML ends early or is damaged');
  }
  return reader.list();
}

/** Elements of one record, by name: their texts, in order. A group (`INDIVIDUAL_ALIAS`) is a map of its own. */
type Group = Map<string, string[]>;

class Reader {
  private readonly open: string[] = [];
  private text = '';
  private generatedAt: Date | undefined;
  private record: { kind: UnEntry['kind']; own: Group; groups: [string, Group][] } | undefined;
  private group: Group | undefined;
  private readonly entries: UnEntry[] = [];
  private emptyAliases = 0;
  private isWhole = false;

  read(xml: string): void {
    const parser = new SaxesParser();
    parser.on('doctype', () => {
      throw refused('the list has no document type: this file has one');
    });
    parser.on('error', (error) => {
      throw error;
    });
    parser.on('opentag', ({ name, attributes }) => this.begin(name, attributes));
    parser.on('text', (text) => {
      this.text += text;
    });
    parser.on('cdata', (text) => {
      this.text += text;
    });
    parser.on('closetag', ({ name }) => this.end(name));
    parser.write(xml).close();
  }

  list(): UnList {
    if (!this.isWhole || this.generatedAt === undefined) throw refused('the file is not whole');
    const references = new Set(this.entries.map(({ reference }) => reference));
    if (references.size !== this.entries.length) throw refused('two entries have one reference number');
    return {
      generatedAt: this.generatedAt,
      individuals: this.entries.filter(({ kind }) => kind === 'individual').length,
      entities: this.entries.filter(({ kind }) => kind === 'entity').length,
      entries: this.entries,
      emptyAliases: this.emptyAliases,
    };
  }

  private begin(name: string, attributes: Readonly<Record<string, string>>): void {
    if (this.open.length === 0) this.generatedAt = generatedAt(name, attributes);
    if (this.open.length >= MAX_DEPTH) throw refused('the file is nested deeper than the list');
    const kind = RECORDS[name];
    if (kind !== undefined && this.open.length === 2 && this.open[1] === PARENT_OF_RECORDS[name])
      this.record = { kind, own: new Map(), groups: [] };
    else if (this.record !== undefined && this.open.length === 3) this.group = new Map();
    this.open.push(name);
    this.text = '';
  }

  private end(name: string): void {
    const text = plain(this.text);
    this.text = '';
    this.open.pop();
    const { record } = this;
    if (this.open.length === 0) this.isWhole = true;
    if (record === undefined) return;
    if (this.open.length === 2) {
      this.entries.push(this.entryOf(record));
      this.record = undefined;
    } else if (this.open.length === 3) {
      add(record.own, name, text);
      record.groups.push([name, this.group ?? new Map<string, string[]>()]);
    } else if (this.open.length === 4 && this.group !== undefined) add(this.group, name, text);
  }

  private entryOf({ kind, own, groups }: NonNullable<Reader['record']>): UnEntry {
    const reference = first(own, 'REFERENCE_NUMBER');
    if (!REFERENCE.test(reference)) throw refused('an entry has no reference number');
    const whole = NAME_PARTS.map((part) => first(own, part))
      .filter((part) => part !== '')
      .join(' ');
    const names: UnName[] = (kind === 'entity' ? split(whole) : [whole]).map((text) => ({
      text,
      quality: 'name',
    }));
    names.push({ text: first(own, 'NAME_ORIGINAL_SCRIPT'), quality: 'good' });
    for (const [, alias] of groups.filter(([name]) => name.endsWith('_ALIAS'))) {
      const text = first(alias, 'ALIAS_NAME');
      if (text === '') this.emptyAliases += 1;
      const quality = first(alias, 'QUALITY').toLowerCase() === 'low' ? 'low' : 'good';
      names.push(...split(text).map((one) => ({ text: one, quality }) as const));
    }
    const births = groups
      .filter(([name]) => name === 'INDIVIDUAL_DATE_OF_BIRTH')
      .flatMap(([, birth]) => yearsOf(birth));
    const found = names.filter(({ text }) => text !== '');
    if (found.length === 0) throw refused(`the entry ${reference} has no name`);
    return { reference, kind, regime: first(own, 'UN_LIST_TYPE'), names: found, births };
  }
}

function generatedAt(root: string, { dateGenerated = '' }: Readonly<Record<string, string>>): Date {
  if (root !== 'CONSOLIDATED_LIST') throw refused('the file is not the consolidated list of the UN');
  if (!INSTANT.test(dateGenerated)) throw refused('the file does not say when it was generated');
  return new Date(dateGenerated);
}

/** A year alone, or an approximate one, is not the first of January. */
function yearsOf(birth: Group): { from: number; to: number }[] {
  const year = (text: string): number => Number(/^(\d{4})/.exec(text)?.[1] ?? Number.NaN);
  const [from, to] = [year(first(birth, 'FROM_YEAR')), year(first(birth, 'TO_YEAR'))];
  if (!Number.isNaN(from) && !Number.isNaN(to)) return [{ from: Math.min(from, to), to: Math.max(from, to) }];
  const exact = year(first(birth, 'DATE') || first(birth, 'YEAR'));
  if (Number.isNaN(exact)) return [];
  const about = first(birth, 'TYPE_OF_DATE').toUpperCase().startsWith('APPROX') ? ABOUT_YEARS : 0;
  return [{ from: exact - about, to: exact + about }];
}

/** Several names with `;` between them; not inside brackets. */
function split(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const char of text) {
    if (char === '(') depth += 1;
    if (char === ')') depth = Math.max(0, depth - 1);
    if (char === ';' && depth === 0) parts.push('');
    else parts.push(parts.pop()! + char);
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

function add(group: Group, name: string, text: string): void {
  group.set(name, [...(group.get(name) ?? []), text]);
}

const first = (group: Group, name: string): string => group.get(name)?.[0] ?? '';
const plain = (text: string): string => text.replaceAll(/\s+/gu, ' ').trim();

export function refused(detail: string): DomainError {
  return new DomainError(SCREENING_ERRORS.SCREENING_LIST_REFUSED, { detail });
}
