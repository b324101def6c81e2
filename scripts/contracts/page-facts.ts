/**
 * A page of Razorpay's documentation as facts: its JSON samples and its lists of parameters. Our copies keep
 * both (`test/fixtures/razorpayx`); the newer page is markdown.
 */
import { ALL, put, putSample, UNREADABLE, type Facts } from './facts';

export interface PageCopy {
  /** The page in the source, without its ending. */
  sample: string;
  examples: { title: string; json: unknown }[];
  parameters?: Record<string, string>;
}

export function pageCopyFacts({ examples, parameters = {} }: PageCopy): Facts {
  const facts: Facts = new Map();
  putExamples(facts, examples);
  for (const [name, said] of Object.entries(parameters)) put(facts, 'parameters', name, said);
  return facts;
}

export function markdownFacts(text: string): Facts {
  return pageCopyFacts({
    sample: '',
    examples: jsonSamples(text).map(({ title, json }) => ({ title, json: repaired(json) })),
    parameters: parametersOf(text),
  });
}

/** A page may have several samples of one title: they are counted. */
function putExamples(facts: Facts, examples: PageCopy['examples']): void {
  const counts = new Map<string, number>();
  for (const { title, json } of examples) {
    const count = (counts.get(title) ?? 0) + 1;
    counts.set(title, count);
    const group = `sample "${title}"${count === 1 ? '' : ` (${count})`}`;
    if (json === undefined) put(facts, group, ALL, UNREADABLE);
    else putSample(facts, group, json);
  }
}

/** The end of a block and the beginning of the next may be one line: "```json: Completed". */
function jsonSamples(text: string): { title: string; json: string }[] {
  const samples: { title: string; lines: string[] }[] = [];
  let isOpen = false;
  for (const line of text.split('\n')) {
    const fence = /^\s*```(.*)$/.exec(line)?.[1];
    if (fence === undefined) {
      if (isOpen) samples.at(-1)!.lines.push(line);
      continue;
    }
    const title = /^json(?::\s*(.*))?$/i.exec(fence.trim());
    isOpen = title !== null;
    if (title !== null) samples.push({ title: (title[1] ?? '').trim(), lines: [] });
  }
  return samples.map(({ title, lines }) => ({ title, json: lines.join('\n') }));
}

/** Their samples are written by hand: a comma is missing or spare, and signs without a width stand between. */
function repaired(json: string): unknown {
  const mended = json
    .replaceAll(/[\u200B-\u200D\uFEFF]/g, '')
    .replaceAll(/(["\d}\]el])(\s*\n\s*")/g, '$1,$2')
    .replaceAll(/,(\s*(?:[}\]]|$))/g, '$1');
  for (const text of [json, mended])
    try {
      return JSON.parse(text) as unknown;
    } catch {
      continue;
    }
  return undefined;
}

const PARAMETER = /^(\s*)`([\w.[\]]+)`\s*(?:_(mandatory|optional)_)?\s*$/;

/**
 * `answer` or `request`, the name with those above it, and what is said of it: type, need and the words that
 * it may be. A parameter that is marked mandatory or optional belongs to the request.
 */
export function parametersOf(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  const above: { indent: number; name: string }[] = [];
  const lines = text.split('\n');
  for (const [at, line] of lines.entries()) {
    const [, space, name, need] = PARAMETER.exec(line) ?? [];
    if (space === undefined || name === undefined) continue;
    while (above.length > 0 && above.at(-1)!.indent >= space.length) above.pop();
    const field = [...above.map((parent) => parent.name), name].join('.');
    above.push({ indent: space.length, name });
    const end = lines.findIndex((later, place) => place > at && (PARAMETER.test(later) || /^#/.test(later)));
    const said = saidOf(lines.slice(at + 1, end === -1 ? undefined : end).join('\n'));
    found[`${need === undefined ? 'answer' : 'request'} ${field}`] = [need ?? [], said].flat().join(', ');
  }
  return found;
}

function saidOf(text: string): string[] {
  const type = /:\s*`([\w ]+)`/.exec(text)?.[1];
  if (type === undefined) return [];
  const words = [...text.matchAll(/(?:^|\s)- `([\w-]+)`/g)].map(([, word]) => word!);
  return words.length === 0 ? [type] : [type, `one of ${[...new Set(words)].toSorted().join(' | ')}`];
}
