import { setImmediate as breathe } from 'node:timers/promises';
import { AUTH_ERRORS } from '../../domain/auth/errors';
import { DomainError } from '../../domain/errors/errors';
import { userId } from '../../domain/ids/ids';
import { normalMobile } from '../../domain/india/mobile';
import { USER_ERRORS } from '../../domain/users/errors';
import type { ImportedUser, ImportLine } from '../../domain/users/imports';
import { idOf } from '../registry/parameters';
import { lineRefusal, readCsv, type CsvCells, type CsvForm, type CsvLine } from './csv';
import { userBody, type UserBody } from './users';
import { validate } from './validate';

/** What a file of new users may hold. */
export const MOST_IMPORT_BYTES = 1_048_576;
const MOST_LINES = 2_000;
/** Lines that are looked at before others get their turn. */
const AT_ONCE = 100;

const REQUIRED = ['type', 'name', 'mobile'] as const;
const OTHERS = ['email', 'language', 'line', 'city', 'state_code', 'pin_code', 'services', 'parent'] as const;
type Column = (typeof REQUIRED)[number] | (typeof OTHERS)[number];

const FORM = {
  required: REQUIRED,
  others: OTHERS,
  mostLines: MOST_LINES,
  invalid: USER_ERRORS.IMPORT_FILE_INVALID,
  headerInvalid: USER_ERRORS.IMPORT_HEADER_INVALID,
} as const satisfies CsvForm<Column>;

/**
 * The lines of a CSV file, each checked as the body of `POST /v1/users` is. Every value is a text; a cell without one
 * is a field that is not there. `text` is the file as it is told from others. Throws DomainError IMPORT_FILE_INVALID,
 * IMPORT_HEADER_INVALID.
 */
export async function readUserFile(bytes: Buffer): Promise<{ text: string; lines: ImportLine[] }> {
  const { text, columns, lines: read } = readCsv<Column>(bytes, FORM);
  const lines: ImportLine[] = [];
  for (const [i, line] of read.entries()) {
    if (i % AT_ONCE === AT_ONCE - 1) await breathe();
    lines.push({ line: line.line, ...readLine(columns.length, line) });
  }
  return { text, lines };
}

type Read = { given: ImportedUser } | { refusal: { code: string; reason: string } };

function readLine(columns: number, { cells, values }: CsvLine<Column>): Read {
  try {
    if (cells === undefined)
      throw new DomainError(USER_ERRORS.IMPORT_FILE_INVALID, {
        detail: `the line has ${values} values instead of ${columns}`,
      });
    return { given: userOf(cells) };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { refusal: lineRefusal(error) };
  }
}

function userOf(cells: CsvCells<Column>): ImportedUser {
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
