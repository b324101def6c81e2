import { createHash } from 'node:crypto';
import { ERRORS, type ErrorCode } from '../../domain/error-codes';
import { HTTP_STATUS, type ErrorKind } from '../../domain/errors/errors';
import type { Route } from '../registry/route';

/** What to do about each kind of refusal. */
const WHAT_TO_DO: Readonly<Record<ErrorKind, string>> = {
  malformed: 'Change the request: detail and errors say what is wrong with it.',
  unauthenticated:
    'Send a valid API key or access token, as Authorization: Bearer …. A key that was revoked, or belongs to ' +
    'another environment, is not valid; an access token ends after some minutes, and a refresh gives the next.',
  forbidden: 'Use a key or a sign-in that may do this; detail names what is missing.',
  not_found:
    'Look at the id or the path, and at whose key it is: what belongs to another user is not found either.',
  method_not_allowed: 'Use one of the methods that the header Allow names.',
  conflict:
    'The request is well formed and clashes with how things stand; detail says with what. Change that, or the ' +
    'request. A changed request goes with a new Idempotency-Key.',
  busy: 'Wait as long as Retry-After says, then send the same request again with the same Idempotency-Key.',
  too_slow: 'Send the same request again, with the same Idempotency-Key where it has one.',
  too_large: 'Send less; detail says how much is taken.',
  headers_too_large: 'Send fewer or shorter headers.',
  unsupported_media:
    'Send the body as JSON, with Content-Type: application/json and without Content-Encoding.',
  invalid: 'Change the request: errors names each field with the rule that it breaks.',
  rate_limited: 'Wait as long as Retry-After says. Callers that spread their requests are not limited.',
  internal:
    'This is a fault of ours, and we see it. Send the same request again, with the same Idempotency-Key; if it ' +
    'comes back, give us the request_id.',
  unavailable:
    'Wait as long as Retry-After says, then send the same request again, with the same Idempotency-Key where it ' +
    'has one. Nothing was accepted, unless detail says so.',
};

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 42rem; margin: 3rem auto; padding: 0 1rem; }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
dt { font-weight: 600; margin-top: 1rem; }
dd { margin: 0; }
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');
/** The page has a style of its own and nothing else. */
export const PROBLEM_PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${STYLE_HASH}'`,
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

export function whatToDo(code: ErrorCode): string {
  return WHAT_TO_DO[ERRORS[code].kind];
}

/** A page for people about a code: what it means, what to do, where it comes from. */
export function problemPage(
  code: ErrorCode,
  routes: readonly Pick<Route, 'method' | 'path' | 'summary'>[],
): string {
  const { kind, title, retryable } = ERRORS[code];
  const from = routes.map(
    ({ method, path, summary }) =>
      `<li><code>${escaped(`${method} ${path.replace('{+', '{')}`)}</code> ${escaped(summary)}</li>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${code}: ${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p><code>${code}</code>, answered with HTTP status ${HTTP_STATUS[kind]}</p>
<dl>
<dt>What to do</dt>
<dd>${escaped(whatToDo(code))}</dd>
<dt>May the same request be sent again unchanged?</dt>
<dd>${retryable ? 'Yes.' : 'No: it would be answered the same.'}</dd>
${from.length === 0 ? '' : `<dt>Where it comes from</dt>\n<dd><ul>${from.join('\n')}</ul></dd>\n`}</dl>
</body>
</html>
`;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
