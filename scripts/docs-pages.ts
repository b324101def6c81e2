import fs from 'node:fs';
import path from 'node:path';
import { FIELD_CODES } from '../api/schemas/validate';
import { FINAL_STATES, MOVES, publicStatus, STATES, type State } from '../domain/lifecycle/lifecycle';
import { ERRORS, type ErrorCode } from '../domain/error-codes';
import { HTTP_STATUS } from '../domain/errors/errors';
import { REASONS } from '../domain/provider/reasons';
import { NEXT_ACTIONS } from '../domain/transactions/next-action';
import { createMetrics } from '../platform/metrics';
import { ALERT_RULES, alertRulesFile } from './alert-rules';
import { fenced, NOTICE, page, table } from './docs-text';
import { casesPage, commandsPage, waysOut } from './ops-pages';
import { contractsPage } from './contracts/page';
import { layerRules } from './architecture/lint-rules';
import { structurePicture } from './architecture/picture';
import { labelsOf } from './metric-labels';
import { routesPage } from './routes-page';
import { settingRows } from './settings-page';
import { ROOT } from './stack/root';

/**
 * Files that are written from the code, so that they cannot tell another story. `npm run docs` writes them, a
 * test compares them.
 */
export const DOCS_PAGES: Readonly<Record<string, () => string>> = {
  '.oxlint-layers.json': layerRules,
  'docs/architecture.md': architecturePage,
  'docs/cases.md': casesPage,
  'docs/contracts.md': contractsPage,
  'docs/errors.md': errorsPage,
  'docs/lifecycle.md': lifecyclePage,
  'docs/munim.md': commandsPage,
  'docs/routes.md': routesPage,
  'docs/status-reasons.md': statusReasonsPage,
  'docs/alerts.rules.yml': alertRulesFile,
  'docs/monitoring.md': monitoringPage,
  'docs/settings.md': settingsPage,
};

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
      ' `status_reason` is one of the codes of [status-reasons.md](status-reasons.md).',
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
    ...waysOut(),
    '`succeeded` and `failed` are final for callers. The provider may still correct them later, by a reversal, or by' +
      ' a success that comes after we had called the transaction failed; a person decides about the latter.',
  ]);
}

function statusReasonsPage(): string {
  return page([
    NOTICE,
    '# Why, and what next',
    'A transaction says why it stands where it stands. Go by `status_reason`: these codes are ours and stable,' +
      ' whichever provider carries it out. `status_message` is the sentence of the table. `provider_reason` is the' +
      ' code that the provider gave, as it came; it is for support and may change without notice.',
    table(
      ['`status_reason`', 'With', 'What it says'],
      Object.entries(REASONS).map(([code, reason]) => [`\`${code}\``, reason.with.join(', '), reason.says]),
    ),
    'A transaction that is accepted, on its way without trouble, or `SUCCESS` has no reason.',
    '## What next',
    '`next_action` says who has to do what, and until when (null where no time is set); it is null when nothing is' +
      ' left to do. Lists take it as a filter: `GET /v1/transactions?next_action=consent_to_refund`.',
    table(
      ['`what`', '`who`', 'Meaning'],
      Object.entries(NEXT_ACTIONS).map(([what, { who, says }]) => [`\`${what}\``, `\`${who}\``, says]),
    ),
  ]);
}

function settingsPage(): string {
  return page([
    NOTICE,
    '# Settings',
    'Processes read them from the environment and check them before anything starts. All problems are told at once,' +
      ' and no value is repeated. A name that begins with `MUNIM_` and is not here is refused. A secret may be given as' +
      ' a file instead: the same name with `_FILE`. Settings of a provider are given all or none: without them the' +
      ' provider is not there.',
    'They are read once, when a process starts, and no signal reloads them: SIGHUP ends a process at once, without' +
      ' letting it finish. To change one, let the process manager start the processes again, one after the other, with' +
      ' SIGTERM ([upgrading.md](upgrading.md)). A renewed certificate is taken without that.',
    table(
      ['Setting', 'Meaning', 'Values', 'When missing'],
      settingRows().map(({ name, meaning, rule, default: missing }) => [
        `\`${name}\``,
        meaning,
        rule,
        missing,
      ]),
    ),
    'Commands that do what the processes must not have URLs of their own: `MUNIM_MIGRATE_DATABASE_URL` for' +
      ' `npm run migrate` and `npm run policies` (else they take `DATABASE_URL`), `MUNIM_ADMIN_DATABASE_URL` and' +
      ' `MUNIM_READ_DATABASE_URL` for `npm run roles` ([roles](runbooks/database-roles.md)). In production a process' +
      ' that finds one of them refuses to start.',
    'Prices, limits and timings are no settings: they are rows with a date, from the files of `policies/`.',
  ]);
}

function monitoringPage(): string {
  const metrics = createMetrics('docs')
    .registry.getMetricsAsArray()
    .filter(({ name }) => name.startsWith('munim_'));
  return page([
    NOTICE,
    '# Monitoring',
    'Each process answers on its admin port (`MUNIM_ADMIN_HOST`, `MUNIM_ADMIN_PORT`): `/healthz` says that it lives,' +
      ' `/readyz` that it can work, with each check, and version and schema under `notes`; `/metrics` has its' +
      ' numbers for Prometheus. Every number carries the label `process`, the type of the process.',
    'Numbers about the database and the queues (`munim_transactions_…`, `munim_undone_…`, `munim_cases_…`,' +
      ' `munim_queue_…`, `munim_float_paise`) are measured every ten seconds by the maintenance process. Where several' +
      ' of these run, take the largest value. `munim_float_paise` is what our own books say. RazorpayX also' +
      ' tells its own figure (`munim_provider_balance_paise`, read every half minute, as old as its timestamp says);' +
      ' the contracts of the others have no call for it. `munim_waiting_for_funds` counts payments that a provider' +
      ' failed for our balance (`failed`), that it has queued with too little money (`short`), and that it has queued' +
      ' although the money is there (`covered`).',
    '## Alerts',
    '`docs/alerts.rules.yml` has these rules for Prometheus. `page` should wake somebody, `ticket` can wait for the' +
      ' morning.',
    table(
      ['Alert', 'Severity', 'When', 'What to do'],
      ALERT_RULES.map((rule) => [rule.alert, rule.severity, rule.summary, rule.todo]),
    ),
    '## Metrics',
    table(
      ['Metric', 'Kind', 'Labels', 'Meaning'],
      metrics.map((metric) => [
        `\`${metric.name}\``,
        String(metric.type), // its type says a number
        labelsOf(metric)
          .filter((label) => label !== 'le')
          .join(', '),
        metric.help,
      ]),
    ),
    '## The log of requests',
    'The api process writes one JSON line for each request, beside its log and in the same form:',
    fenced(
      'json',
      '{"level":"info","time":"2026-11-29T06:00:00.000Z","process":"api","process_id":17,"request":"req_01k3…",' +
        '"key":"key_01k3…","method":"POST","route":"/v1/payouts","status":202,"ms":12.4,"bytes":312,"msg":"answered"}',
    ),
    '`request` is the `Request-Id` of the answer and the `request_id` of a problem: `grep req_01k3… api.log` finds the' +
      ' line, and the errors of the same request. It never has a path, a body or a header of a caller. `"cut":true`' +
      ' means that the caller hung up first. Probes that succeed are left out. When the lines are not taken fast enough,' +
      ' they are dropped and counted (`munim_access_log_dropped_total`).',
  ]);
}
