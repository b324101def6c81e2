import Table from 'cli-table3';
import type { Told } from './command';

/** What a command tells, as JSON for programs or as lines for people. */
export function printed(told: Told, isJson: boolean): string {
  if (isJson) return `${JSON.stringify(told, replaceBigint, 2)}\n`;
  if (!Array.isArray(told)) return `${linesOf(told as Readonly<Record<string, unknown>>)}\n`;
  const list = told as readonly Readonly<Record<string, unknown>>[];
  if (list.length === 0) return 'Nothing.\n';
  const head = Object.keys(list[0]!);
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const row of list) table.push(head.map((name) => shown(row[name])));
  return `${table.toString()}\n`;
}

function linesOf(object: Readonly<Record<string, unknown>>, indent = ''): string {
  return Object.entries(object)
    .map(([name, value]) => {
      if (Array.isArray(value) && value.some((part) => typeof part === 'object'))
        return `${indent}${name}:\n${value.map((part: object) => `${indent}  - ${inOneLine(part)}`).join('\n')}`;
      if (isObject(value)) return `${indent}${name}:\n${linesOf(value, `${indent}  `)}`;
      return `${indent}${name}: ${shown(value)}`;
    })
    .join('\n');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function inOneLine(part: object): string {
  return Object.entries(part)
    .map(([name, value]) => `${name} ${shown(value)}`)
    .join(', ');
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(shown).join(', ');
  if (typeof value === 'object') return inOneLine(value);
  return typeof value === 'string' ? value : `${value as number | boolean | bigint}`;
}

function replaceBigint(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
