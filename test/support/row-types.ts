import fs from 'node:fs';
import path from 'node:path';
import {
  parseSync,
  type CallExpression,
  type ImportDeclaration,
  type Module,
  type TsInterfaceDeclaration,
  type TsType,
  type TsTypeAliasDeclaration,
  type TsTypeElement,
} from '@swc/core';
import { belowReaders, READERS, ROOT, type SaidRows } from './row-calls';

/**
 * Reads from the source which columns each `rows<Row>(…)` of platform/database.ts says will come. `Row` is the
 * caller's word, which the compiler cannot compare with a statement; the tests compare it with what PostgreSQL
 * sends (watched-rows.ts).
 */
export interface RowsCall {
  /** The file, from the root of the repository. */
  file: string;
  line: number;
  /** The call's place in the file's text. */
  start: number;
  end: number;
  /** Undefined where the call does not say what a row is. */
  row: TsType | undefined;
  source: Source;
}

/** Keys of a row; true where the key may be missing. */
export type Keys = ReadonlyMap<string, boolean>;

interface Source {
  file: string;
  text: string;
  types: ReadonlyMap<string, Declaration>;
  /** Names that come from other files of ours. */
  imports: ReadonlyMap<string, { file: string; name: string }>;
  calls: readonly RowsCall[];
}
type Declaration = TsInterfaceDeclaration | TsTypeAliasDeclaration;

/** The files of the house, from its root, without tests and migrations. */
export function sourceFiles(): string[] {
  const { include } = JSON.parse(fs.readFileSync(path.join(ROOT, 'tsconfig.json'), 'utf8')) as {
    include: string[];
  };
  return include
    .filter((folder) => folder !== 'test' && folder !== 'migrations')
    .flatMap((folder) =>
      fs
        .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .map((name) => path.join(folder, name)),
    )
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.endsWith('.d.ts'))
    .toSorted();
}

const sources = new Map<string, Source>();

/** The calls in a file, given by its path from the root. */
export function rowsCallsIn(file: string): readonly RowsCall[] {
  return mayCallReaders(textOf(file)) ? sourceOf(file).calls : [];
}

/** A caller imports a reader from its file, so that it names both: most files do not, and need no parsing. */
function mayCallReaders(text: string): boolean {
  return Object.entries(READERS).some(
    ([file, name]) => text.includes(name) && text.includes(path.basename(file, '.ts')),
  );
}

export function saidOf({ file, line, row, source }: RowsCall): SaidRows {
  if (row === undefined || saysNothing(row)) return { file, line };
  return { file, line, keys: [...keysOf(row, source)] };
}

/** `object` names no column; a `Record` any, as where a test looks at whatever comes. */
export function saysNothing(row: TsType): boolean {
  const isRecord =
    row.type === 'TsTypeReference' && row.typeName.type === 'Identifier' && row.typeName.value === 'Record';
  return row.type === 'TsKeywordType' || isRecord;
}

/** The call of `rows` that a stack trace, mapped to the sources by jest, was made below. */
export function callOnStack(stack: string): RowsCall {
  const frames = [...stack.matchAll(/\(?(\/[^():]+\.ts):(\d+):(\d+)\)?$/gm)].map(
    ([, file, line, column]) => ({
      file: path.relative(ROOT, file!),
      line: Number(line),
      column: Number(column),
    }),
  );
  const frame = belowReaders(frames, ({ file }) => file);
  const call = frame === undefined ? undefined : rowsCallAt(frame.file, frame.line, frame.column);
  if (call === undefined) throw new Error(`no call of rows is found below it:\n${stack}`);
  return call;
}

/** The innermost call around a place; lines and columns from 1. */
export function rowsCallAt(file: string, line: number, column: number): RowsCall | undefined {
  const { text, calls } = sourceOf(file);
  const lineStart = text.split('\n', line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  const place = lineStart + column - 1;
  return calls
    .filter(({ start, end }) => start <= place && place < end)
    .toSorted((a, b) => a.end - a.start - (b.end - b.start))[0];
}

/** Throws when the type is written in a way that is not read here. */
export function keysOf(type: TsType, source: Source): Keys {
  switch (type.type) {
    case 'TsTypeLiteral':
      return keysOfMembers(type.members, type, source);
    case 'TsIntersectionType':
      return new Map(type.types.flatMap((part) => [...keysOf(part, source)]));
    case 'TsParenthesizedType':
      return keysOf(type.typeAnnotation, source);
    case 'TsTypeReference': {
      if (type.typeName.type !== 'Identifier') return unread(type, source);
      return keysOfReference(type.typeName.value, type.typeParams?.params ?? [], type, source);
    }
    case 'TsIndexedAccessType': {
      const found = memberOf(type, source);
      return keysOf(found.type, found.source);
    }
    default:
      return unread(type, source);
  }
}

function keysOfMembers(members: readonly TsTypeElement[], type: TsType | Declaration, source: Source): Keys {
  return new Map(
    members.map((member) => {
      if (member.type !== 'TsPropertySignature') return unread(type, source);
      if (member.key.type !== 'Identifier' && member.key.type !== 'StringLiteral')
        return unread(type, source);
      return [member.key.value, member.optional];
    }),
  );
}

function keysOfReference(name: string, given: readonly TsType[], type: TsType, source: Source): Keys {
  const [first, second] = given;
  if (first !== undefined) {
    const keys = keysOf(first, source);
    if (name === 'Readonly') return keys;
    if (name === 'Partial') return new Map([...keys].map(([key]) => [key, true]));
    if (name === 'Pick') return new Map([...keys].filter(([key]) => wordsOf(second, source).includes(key)));
    if (name === 'Omit') return new Map([...keys].filter(([key]) => !wordsOf(second, source).includes(key)));
    return unread(type, source);
  }
  const found = declarationOf(name, type, source);
  return keysOfDeclaration(found.declaration, found.source);
}

function keysOfDeclaration(declaration: Declaration, source: Source): Keys {
  if (declaration.type === 'TsTypeAliasDeclaration') return keysOf(declaration.typeAnnotation, source);
  const inherited = declaration.extends.flatMap(({ expression, typeArguments }) => {
    if (expression.type !== 'Identifier') return unread(declaration, source);
    const given = typeArguments?.params ?? [];
    return [...keysOfReference(expression.value, given, declaration as never, source)];
  });
  return new Map([...inherited, ...keysOfMembers(declaration.body.body, declaration, source)]);
}

/** The type of `Type['key']`, and of `Type[number]` of a list. */
function memberOf(type: TsType, source: Source): { type: TsType; source: Source } {
  if (type.type !== 'TsIndexedAccessType') return unread(type, source);
  const { objectType, indexType } = type;
  if (indexType.type === 'TsKeywordType') {
    const list =
      objectType.type === 'TsIndexedAccessType' ? memberOf(objectType, source) : { type: objectType, source };
    const plain = list.type.type === 'TsTypeOperator' ? list.type.typeAnnotation : list.type;
    return plain.type === 'TsArrayType'
      ? { type: plain.elemType, source: list.source }
      : unread(type, source);
  }
  if (objectType.type !== 'TsTypeReference' || objectType.typeName.type !== 'Identifier')
    return unread(type, source);
  const found = declarationOf(objectType.typeName.value, type, source);
  const [key] = wordsOf(indexType, source);
  const members =
    found.declaration.type === 'TsInterfaceDeclaration'
      ? found.declaration.body.body
      : found.declaration.typeAnnotation.type === 'TsTypeLiteral'
        ? found.declaration.typeAnnotation.members
        : [];
  for (const member of members)
    if (member.type === 'TsPropertySignature' && member.key.type === 'Identifier' && member.key.value === key)
      return { type: member.typeAnnotation!.typeAnnotation, source: found.source };
  return unread(type, source);
}

function wordsOf(type: TsType | undefined, source: Source): string[] {
  if (type?.type === 'TsUnionType') return type.types.flatMap((one) => wordsOf(one, source));
  if (type?.type === 'TsLiteralType' && type.literal.type === 'StringLiteral') return [type.literal.value];
  return unread(type, source);
}

function declarationOf(
  name: string,
  type: TsType,
  source: Source,
): { declaration: Declaration; source: Source } {
  const own = source.types.get(name);
  if (own !== undefined) return { declaration: own, source };
  const imported = source.imports.get(name);
  if (imported === undefined) return unread(type, source);
  return declarationOf(imported.name, type, sourceOf(imported.file));
}

function unread(type: { type: string } | undefined, { file }: Source): never {
  throw new Error(
    `${file}: the keys of a row are not read from a ${type?.type ?? 'missing type'}; write a simpler type`,
  );
}

function sourceOf(file: string): Source {
  let source = sources.get(file);
  if (source === undefined) sources.set(file, (source = readSource(file)));
  return source;
}

const textOf = (file: string): string => fs.readFileSync(path.join(ROOT, file), 'utf8');

/** The file is parsed with a `;` before it: positions are relative to the first token, which is then where the file begins. */
function readSource(file: string): Source {
  const text = textOf(file);
  const bytes = Buffer.from(`;${text}`);
  const module: Module = parseSync(bytes.toString(), { syntax: 'typescript', target: 'es2022' });
  const base = module.span.start;
  const placeOf = (byte: number): number => bytes.subarray(0, byte - base).toString().length - 1;
  const types = new Map<string, Declaration>();
  const imports = new Map<string, { file: string; name: string }>();
  const calls: RowsCall[] = [];
  const source: Source = { file, text, types, imports, calls };
  const found: CallExpression[] = [];
  visit(module, (node) => {
    if (node.type === 'TsInterfaceDeclaration' || node.type === 'TsTypeAliasDeclaration')
      types.set((node as Declaration).id.value, node as Declaration);
    if (node.type === 'ImportDeclaration') readImport(node as ImportDeclaration, file, imports);
    if (node.type === 'CallExpression') found.push(node as CallExpression);
  });
  for (const { callee, span, typeArguments } of found) {
    if (callee.type !== 'Identifier') continue;
    const imported = imports.get(callee.value);
    if (imported === undefined || READERS[imported.file] !== imported.name || file in READERS) continue;
    const start = placeOf(span.start);
    const line = text.slice(0, start).split('\n').length;
    calls.push({ file, line, start, end: placeOf(span.end), row: typeArguments?.params[0], source });
  }
  return source;
}

function readImport(
  { source, specifiers }: ImportDeclaration,
  file: string,
  imports: Map<string, { file: string; name: string }>,
): void {
  if (!source.value.startsWith('.')) return;
  const from = `${path.join(path.dirname(file), source.value)}.ts`;
  for (const specifier of specifiers)
    if (specifier.type === 'ImportSpecifier')
      imports.set(specifier.local.value, {
        file: from,
        name: specifier.imported?.value ?? specifier.local.value,
      });
}

/** Every node of a tree, the outer before the inner. */
export function visit(node: unknown, see: (node: { type: string }) => void): void {
  if (typeof node !== 'object' || node === null) return;
  if (Array.isArray(node)) {
    for (const child of node) visit(child, see);
    return;
  }
  if ('type' in node && typeof node.type === 'string') see(node as { type: string });
  // no copy of the values, and nothing of the places, which every node has: a tree of a file is large
  for (const name in node) {
    const child = (node as Record<string, unknown>)[name];
    if (typeof child === 'object' && name !== 'span') visit(child, see);
  }
}
