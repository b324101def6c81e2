import { AUTH_ERRORS } from '../../domain/auth/errors';
import type { LineRefusal } from '../../domain/errors/line-refusal';
import { userId } from '../../domain/ids/ids';
import { normalMobile } from '../../domain/india/mobile';
import { USER_ERRORS } from '../../domain/users/errors';
import type { ImportedUser, ImportLine } from '../../domain/users/imports';
import { idOf } from '../registry/parameters';
import { readCsvLines, type CsvCells, type CsvForm } from './csv';
import { userBody, type UserBody } from './users';
import { validate } from './validate';

/** What a file of new users may hold. */
export const MOST_IMPORT_BYTES = 1_048_576;
const MOST_LINES = 2_000;

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
export const readUserFile = (bytes: Buffer): Promise<{ text: string; lines: ImportLine[] }> =>
  readCsvLines<Column, ReadLine>(
    bytes,
    FORM,
    (cells) => ({ given: userOf(cells) }),
    (refusal) => ({ refusal }),
  );
type ReadLine = { given: ImportedUser } | { refusal: LineRefusal };

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
