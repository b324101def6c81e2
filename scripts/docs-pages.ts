import fs from 'node:fs';
import path from 'node:path';
import { FIELD_CODES } from '../api/schemas/validate';
import { FINAL_STATES, MOVES, publicStatus, STATES, type State } from '../domain/lifecycle/lifecycle';
import { ERRORS, type ErrorCode } from '../domain/error-codes';
import { HTTP_STATUS } from '../domain/errors/errors';
import { layerRules } from './architecture/lint-rules';
import { structurePicture } from './architecture/picture';
import { ROOT } from './stack/root';

/**
 * Files that are written from the code, so that they cannot tell another story. `npm run docs` writes them, a
 * test compares them.
 */
export const DOCS_PAGES: Readonly<Record<string, () => string>> = {
  '.oxlint-layers.json': layerRules,
  'docs/architecture.md': architecturePage,
  'docs/errors.md': errorsPage,
  'docs/lifecycle.md': lifecyclePage,
};

const NOTICE = '<!-- Written by `npm run docs` from the code. Change it there. -->';

const PICTURE = /(?<=<!-- picture: `npm run docs` draws it -->\n\n)[^]*?(?=\n\n<!-- end of the picture -->)/;

/** The page is written by hand; only its picture is drawn from the imports. */
function architecturePage(): string {
  const written = fs.readFileSync(path.join(ROOT, 'docs', 'architecture.md'), 'utf8');
  return written.replace(PICTURE, () => structurePicture(ROOT));
}

function errorsPage(): string {
  const codes = Object.keys(ERRORS) as ErrorCode[];
  // a stable sort: within a status the order of the code
  const byStatus = codes.toSorted((a, b) => statusOf(a) - statusOf(b));
  return page([
    NOTICE,
    '# Error codes',
    'Every refusal is `application/problem+json` (RFC 9457). Go by `code`: it is stable, titles and details are for people.',
    fenced(
      'json',
      JSON.stringify(
        {
          type: '/problems/request-field-invalid',
          title: ERRORS.REQUEST_FIELD_INVALID.title,
          status: 422,
          detail: '1 problem in the body; see errors',
          code: 'REQUEST_FIELD_INVALID',
          retryable: false,
          request_id: 'req_01k3c2m4e8fwrs3v4x5y6z7a8b',
          errors: [{ pointer: '#/amount', code: 'FIELD_NOT_WHOLE', detail: 'must be a whole number' }],
        },
        null,
        2,
      ),
    ),
    '`retryable` says that the same request may be sent again unchanged; with an `Idempotency-Key` that is always' +
      ' safe. `request_id` is also in the header `Request-Id` and in our logs. `errors` lists every field that is' +
      ' wrong, 50 at most: `pointer` is a JSON pointer into the body (`#/beneficiary/ifsc`) or names a parameter' +
      ' (`?limit`). Values are never repeated.',
    '## Codes',
    table(
      ['Status', 'Code', 'Meaning', 'Send again unchanged'],
      byStatus.map((code) => {
        const { kind, title, retryable } = ERRORS[code];
        return [String(HTTP_STATUS[kind]), `\`${code}\``, title, retryable ? 'yes' : 'no'];
      }),
    ),
    'A refusal after a transaction was accepted is no HTTP error. The transaction ends as `FAILED`, and its' +
      ' `status_reason` is the code (`LEDGER_INSUFFICIENT_FUNDS`, `LIMIT_EXCEEDED`, `TRANSACTION_EXPIRED`,' +
      ' `DMT_OTP_EXPIRED`) or the reason that the provider gave.',
    '## Codes of fields',
    table(
      ['Code', 'Meaning'],
      Object.entries(FIELD_CODES).map(([code, meaning]) => [`\`${code}\``, meaning]),
    ),
  ]);
}

function statusOf(code: ErrorCode): number {
  return HTTP_STATUS[ERRORS[code].kind];
}

function lifecyclePage(): string {
  const moves = STATES.flatMap((from) =>
    Object.entries(MOVES[from]).map(([to, by]) => [from, to as State, by] as const),
  );
  return page([
    NOTICE,
    '# Lifecycle of a transaction',
    'Each arrow is a possible move, labelled with the part of the system that makes it. Every other move is refused' +
      ' by the code (`domain/lifecycle/lifecycle.ts`) and by a trigger in the database. Each move is a' +
      ' compare-and-set under the row lock and leaves an event.',
    fenced(
      'mermaid',
      [
        'stateDiagram-v2',
        '  [*] --> accepted: api',
        ...moves.map(([from, to, by]) => `  ${from} --> ${to}: ${by}`),
        ...[...FINAL_STATES].filter((s) => Object.keys(MOVES[s]).length === 0).map((s) => `  ${s} --> [*]`),
      ].join('\n'),
    ),
    table(
      ['State', 'Callers see', 'Final', 'May become'],
      STATES.map((state) => [
        `\`${state}\``,
        state === 'in_review' ? 'the status it had before' : publicStatus(state),
        FINAL_STATES.has(state) ? 'yes' : 'no',
        Object.keys(MOVES[state])
          .map((to) => `\`${to}\``)
          .join(', ') || 'nothing',
      ]),
    ),
    '`succeeded` and `failed` are final for callers. The provider may still correct them later, by a reversal, or by' +
      ' a success that comes after we had called the transaction failed; a person decides about the latter.',
  ]);
}

function page(parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}
