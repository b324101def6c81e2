import { parse } from 'csv-parse/sync';
import { setImmediate as breathe } from 'node:timers/promises';
import { AUTH_ERRORS } from '../../domain/auth/errors';
import { DomainError } from '../../domain/errors/errors';
import { userId } from '../../domain/ids/ids';
import { normalMobile } from '../../domain/india/mobile';
import { USER_ERRORS } from '../../domain/users/errors';
import type { ImportedUser, ImportLine } from '../../domain/users/imports';
import { idOf } from '../registry/parameters';
import { userBody, type UserBody } from './users';
import { validate } from './validate';

/** What a file of new users may hold. */
export const MOST_IMPORT_BYTES = 1_048_576;
const MOST_LINES = 2_000;
/** Lines that are looked at before others get their turn. */
const AT_ONCE = 100;
const LONGEST_LINE_BYTES = 4_096;

const REQUIRED = ['type', 'name', 'mobile'] as const;
const OTHERS = ['email', 'language', 'line', 'city', 'state_code', 'pin_code', 'services', 'parent'] as const;
const COLUMNS: readonly string[] = [...REQUIRED, ...OTHERS];
type Column = (typeof REQUIRED)[number] | (typeof OTHERS)[number];
type Cells = Readonly<Partial<Record<Column, string>>>;

const utf8 = new TextDecoder('utf-8', { fatal: true });

interface Parsed {
  record: string[];
  info: { lines: number };
}

/**
 * The lines of a CSV file, each checked as the body of `POST /v1/users` is. Every value is a text; a cell without one
 * is a field that is not there. `text` is the file as it is told from others. Throws DomainError IMPORT_FILE_INVALID,
 * IMPORT_HEADER_INVALID.
 */
export async function readUserFile(bytes: Buffer): Promise<{ text: string; lines: ImportLine[] }> {
  const text = textOf(bytes);
  const [header, ...records] = parsed(text);
  if (header === undefined) throw unreadable('it has no line');
  const columns = columnsOf(header.record);
  if (records.length === 0) throw unreadable('it has a header and no line behind it');
  if (records.length > MOST_LINES) throw unreadable(`it has more than ${MOST_LINES} lines: divide it`);
  const lines: ImportLine[] = [];
  for (const [i, { record, info }] of records.entries()) {
    if (i % AT_ONCE === AT_ONCE - 1) await breathe();
    lines.push({ line: info.lines, ...readLine(columns, record) });
  }
  return { text, lines };
}

function textOf(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw unreadable('it is not in UTF-8');
  }
}

function parsed(text: string): Parsed[] {
  try {
    return parse(text, {
      bom: true,
      info: true,
      max_record_size: LONGEST_LINE_BYTES,
      record_delimiter: ['\r\n', '\n'], // files mix them
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      trim: true,
    }) as unknown as Parsed[];
  } catch (error) {
    const { lines } = error as { lines?: number };
    throw unreadable(lines === undefined ? 'it is not CSV' : `it is not CSV from line ${lines} on`);
  }
}

function unreadable(detail: string): DomainError {
  return new DomainError(USER_ERRORS.IMPORT_FILE_INVALID, { detail });
}

/** Headers are compared by their letters: `State Code` is `state_code`. */
function columnsOf(header: readonly string[]): Column[] {
  const names = header.map((name) =>
    name
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, '_'),
  );
  const missing = REQUIRED.filter((name) => !names.includes(name));
  const unknown = names.filter((name, i) => !COLUMNS.includes(name) || names.indexOf(name) !== i);
  if (missing.length === 0 && unknown.length === 0) return names as Column[];
  throw new DomainError(USER_ERRORS.IMPORT_HEADER_INVALID, {
    detail:
      missing.length > 0
        ? `the columns ${missing.join(', ')} are missing`
        : `there are ${unknown.length} columns that are not known or stand there twice; known are ${COLUMNS.join(', ')}`,
  });
}

type Read = { given: ImportedUser } | { refusal: { code: string; reason: string } };

function readLine(columns: readonly Column[], record: readonly string[]): Read {
  try {
    if (record.length !== columns.length)
      throw unreadable(`the line has ${record.length} values instead of ${columns.length}`);
    const cells = Object.fromEntries(
      columns.flatMap((column, i) => (record[i] === '' ? [] : [[column, record[i]!]])),
    ) as Cells;
    return { given: userOf(cells) };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { refusal: { code: error.code, reason: reasonOf(error) } };
  }
}

/** Each field with its rule; never what stands there. */
function reasonOf({ detail, errors }: DomainError): string {
  if (errors === undefined || errors.length === 0) return detail;
  return errors.map((one) => `${one.pointer.replace(/^#\//, '')}: ${one.detail}`).join('; ');
}

function userOf(cells: Cells): ImportedUser {
  const { line, city, state_code, pin_code, services, parent, mobile, ...rest } = cells;
  const hasAddress = [line, city, state_code, pin_code].some((part) => part !== undefined);
  const body = {
    ...rest,
    // what is no number is refused by the rule of the field
    ...(mobile === undefined ? {} : { mobile: normalMobile(mobile) ?? mobile }),
    ...(hasAddress ? { address: { line, city, state_code, pin_code } } : {}),
    ...(services === undefined ? {} : { services: services.split(/[\s;|,]+/) }),
  };
  const { address, parent: _none, ...checked } = validate<UserBody>(userBody, body, '#');
  return {
    ...checked,
    ...(address === undefined
      ? {}
      : {
          address: {
            ...(address.line === undefined ? {} : { line: address.line }),
            city: address.city,
            stateCode: address.state_code,
            pinCode: address.pin_code,
          },
        }),
    ...(parent === undefined ? {} : { parent: parentOf(parent) }),
  };
}

/** An id as the API gives it, or the number of somebody below. */
function parentOf(text: string): { id: ReturnType<typeof userId> } | { mobile: string } {
  const mobile = normalMobile(text);
  return mobile === undefined ? { id: userId(idOf('user', text, AUTH_ERRORS.USER_NOT_FOUND)) } : { mobile };
}
