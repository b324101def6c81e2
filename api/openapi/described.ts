/** A schema as Joi describes it; only what is read here. */
export interface Described {
  type: string;
  flags?: Readonly<Record<string, unknown>>;
  rules?: readonly { name: string; args?: Readonly<Record<string, unknown>> }[];
  allow?: readonly unknown[];
  keys?: Readonly<Record<string, Described>>;
  items?: readonly Described[];
  matches?: readonly { schema: Described }[];
  dependencies?: readonly { rel: string; key?: string; peers: readonly string[] }[];
  metas?: readonly object[];
  examples?: readonly unknown[];
}

const PARTS: ReadonlySet<string> = new Set([
  'type',
  'flags',
  'rules',
  'allow',
  'keys',
  'items',
  'matches',
  'dependencies',
  'metas',
  'examples',
]);
const FLAGS: ReadonlySet<string> = new Set(['presence', 'only', 'default', 'description']);
const RULES: Readonly<Record<string, readonly string[]>> = {
  object: [],
  array: ['min', 'max'],
  alternatives: [],
  number: ['integer', 'min', 'max'],
  string: ['min', 'max', 'pattern', 'custom'],
  boolean: [],
};
const RELATIONS: ReadonlySet<string> = new Set(['xor', 'and', 'or', 'with']);

/**
 * Refuses a schema that has anything of which we do not know how JSON Schema says it: Joi leaves much out
 * without a word. Throws TypeError.
 */
export function refuse(described: Described, at: string): void {
  const stop = (what: string): never => {
    throw new TypeError(`${at}: ${what} has no JSON Schema here; say it in another way`);
  };
  const rules = RULES[described.type] ?? stop(`the type ${described.type}`);
  for (const part of Object.keys(described)) if (!PARTS.has(part)) stop(part);
  for (const [flag, value] of Object.entries(described.flags ?? {}))
    if (value !== undefined && !FLAGS.has(flag)) stop(`the flag ${flag}`);
  const { presence } = described.flags ?? {};
  if (presence !== undefined && presence !== 'required' && presence !== 'optional') stop(textOf(presence));
  for (const { name } of described.rules ?? []) if (!rules.includes(name)) stop(`the rule ${name}`);
  for (const { rel } of described.dependencies ?? []) if (!RELATIONS.has(rel)) stop(rel);
  refuseByType(described, stop);
}

function refuseByType(described: Described, stop: (what: string) => never): void {
  if (described.type === 'object' && described.keys === undefined) stop('an object of any fields');
  if (described.type === 'array') {
    const [item, ...more] = described.items ?? [];
    if (item === undefined || more.length > 0) stop('a list of no kind or of several');
    if (item?.flags?.presence === 'required') stop('a list that must hold an item');
  }
  if (described.type === 'alternatives' && described.matches?.every((match) => 'schema' in match) !== true)
    stop('a choice by another field');
  if (described.type === 'number' && described.flags?.only !== true && !hasRule(described, 'integer'))
    stop('a number that need not be whole');
  if (described.type === 'string' && described.flags?.only !== true) refuseText(described, stop);
}

const hasRule = ({ rules = [] }: Described, name: string): boolean =>
  rules.some((rule) => rule.name === name);

function refuseText(described: Described, stop: (what: string) => never): void {
  const patterns = (described.rules ?? []).filter(({ name }) => name === 'pattern');
  for (const { args } of patterns) {
    const [, source, flags] = /^\/(.*)\/([a-z]*)$/s.exec(String(args!.regex))!;
    if (flags !== '' && flags !== 'u') stop(`the flag ${flags} of a pattern`);
    if ((args!.options as { invert?: boolean } | undefined)?.invert === true) stop('a pattern turned round');
    if (!isPattern(source!)) stop(`the pattern ${source}, which is not one under the flag u,`);
  }
  const custom = hasRule(described, 'custom');
  if (custom && !(described.metas ?? []).some((meta) => 'schema' in meta))
    stop('a rule in code without .meta({ schema })');
  // Joi counts UTF-16 units and JSON Schema characters: the same only where a pattern lets nothing above U+FFFF in.
  const isCounted = hasRule(described, 'min') || hasRule(described, 'max');
  if (isCounted && !patterns.some(({ args }) => isBasic(String(args!.regex))))
    stop('the length of a text that may hold any character (use `characters`)');
}

/** As JSON Schema runs it. */
function isPattern(source: string): boolean {
  try {
    new RegExp(source, 'u').test('');
    return true;
  } catch {
    return false;
  }
}

/** True for a pattern that names what it takes, and names nothing above U+FFFF. */
function isBasic(pattern: string): boolean {
  const outside = pattern.replaceAll(/\\\./g, '').replaceAll(/\[[^\]]*\]/g, '');
  return !/\\[pPDWS]|\[\^|\\u\{/.test(pattern) && !outside.includes('.');
}

const textOf = (value: unknown): string => String(value);
