/** Answers that are no JSON, as their JSON Schema. */
const MOST = 10_000_000;
export const HTML = { type: 'string', pattern: '^<!doctype html>', maxLength: MOST };
/** A statement, as its first line says. */
export const CSV = { type: 'string', pattern: '^date,time,', maxLength: 2_000_000_000 };
export const FILE = { type: 'string', format: 'binary', maxLength: MOST };
/** Everything that is kept of a person: by table its rows, with the columns that it has. */
export const PERSONAL_COPY = {
  type: 'object',
  required: ['object', 'user', 'made_at', 'kept', 'left_out', 'complete'],
  properties: {
    object: { const: 'personal_export' },
    user: { type: 'string', maxLength: 30, pattern: '^usr_[0-9a-hjkmnp-tv-z]{26}$' },
    made_at: { type: 'string', format: 'date-time', maxLength: 30 },
    kept: { type: 'object', description: 'By table: `rows`, and their `count`' },
    left_out: { type: 'object', description: 'By table: why it is not shown' },
    complete: { const: true, description: 'At the end: without it the file was cut off' },
  },
};
/** The file of a report, in the form in which it was asked for. */
export const REPORT_FILES = {
  200: {
    description: 'The file',
    content: {
      'application/json': {
        type: 'object',
        description: 'Columns, lines and totals; `complete` is the last word',
      },
      'text/csv': { type: 'string', pattern: '^[a-z_]+,', maxLength: 2_000_000_000 },
      'application/pdf': FILE,
    },
    headers: { 'Content-Disposition': 'That it is a file, and its name' },
  },
} as const;
