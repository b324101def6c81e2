import { defined } from '../../platform/defined';

/**
 * A contract as facts that can be compared: in each group (a call, a page, a sample) a field by its path, and
 * what is said of it.
 */
export type Facts = Map<string, Map<string, Set<string>>>;

export interface Difference {
  group: string;
  /** Undefined where the whole group is new or gone. */
  field?: string;
  ours?: string;
  newer?: string;
}

/** Fields whose values are part of the contract; of all others only the type is. */
const WORDS = new Set([
  'account_status',
  'account_type',
  'code',
  'entity',
  'event',
  'field',
  'reason',
  'response_status_id',
  'response_type_id',
  'source',
  'status',
  'step',
  'tx_status',
  'type',
]);

export function put(facts: Facts, group: string, field: string, said: string): void {
  const fields = facts.get(group) ?? new Map<string, Set<string>>();
  facts.set(group, fields.set(field, (fields.get(field) ?? new Set()).add(said)));
}

/** Every field of a sample with its type, and with its value where that is a word of the contract. */
export function putSample(facts: Facts, group: string, value: unknown, at = ''): void {
  if (Array.isArray(value)) {
    put(facts, group, at || ALL, 'list');
    for (const part of value) putSample(facts, group, part, `${at}[]`);
  } else if (typeof value === 'object' && value !== null) {
    if (at !== '') put(facts, group, at, 'object');
    for (const [name, part] of Object.entries(value))
      putSample(facts, group, part, at === '' ? name : `${at}.${name}`);
  } else put(facts, group, at, leaf(at, value));
}

function leaf(at: string, value: unknown): string {
  if (value === null) return 'null';
  const name = at.slice(at.lastIndexOf('.') + 1);
  const type = typeof value === 'string' ? 'text' : typeof value;
  return WORDS.has(name) ? `${type} ${JSON.stringify(value)}` : type;
}

/**
 * What is new, gone or other in `newer`. A group that only one of them has is one difference, with the groups
 * below it (`call` and `call, answer 200`).
 */
export function differences(ours: Facts, newer: Facts): Difference[] {
  const groups = [...new Set([...ours.keys(), ...newer.keys()])];
  return groups.flatMap((group): Difference[] => {
    const [mine, theirs] = [ours.get(group), newer.get(group)];
    const above = group.includes(', ') ? group.slice(0, group.indexOf(', ')) : undefined;
    if (above !== undefined && ours.has(above) !== newer.has(above)) return [];
    if (mine === undefined) return [{ group, newer: fieldsIn(theirs!) }];
    if (theirs === undefined) return [{ group, ours: fieldsIn(mine) }];
    if (isUnreadable(theirs)) return isUnreadable(mine) ? [] : [{ group, field: ALL, newer: UNREADABLE }];
    return [...new Set([...mine.keys(), ...theirs.keys()])].flatMap((field): Difference[] => {
      const [before, after] = [inWords(mine.get(field)), inWords(theirs.get(field))];
      return before === after ? [] : [{ group, field, ...defined({ ours: before, newer: after }) }];
    });
  });
}

type Fields = ReadonlyMap<string, ReadonlySet<string>>;

/** The sample is no JSON: it has to be compared by eye. */
export const UNREADABLE = 'is no JSON, compare it by eye';
export const ALL = '(all)';

function isUnreadable(fields: Fields): boolean {
  return fields.get(ALL)?.has(UNREADABLE) === true;
}

function fieldsIn(fields: Fields): string {
  if (isUnreadable(fields)) return UNREADABLE;
  return fields.size === 1 ? '1 field' : `${fields.size} fields`;
}

/** A field of a list may be said to be several things. */
function inWords(said: ReadonlySet<string> | undefined): string | undefined {
  return said === undefined ? undefined : [...said].toSorted().join(' or ');
}
