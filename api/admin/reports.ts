import type { Actor } from '../../domain/access/access';
import type { ReportDesk } from '../../domain/reports/desk';
import { REPORT_ERRORS } from '../../domain/reports/errors';
import { kindOf, report, reportAnswerOf, reportKinds, reportList } from '../answers/reports';
import { REPORT_FILES } from '../answers/content';
import { found } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { listOf, ok, reply, sendBytes } from '../registry/replies';
import { json, routesOf, staff } from '../registry/route';
import { reportBody, reportLinkQuery } from '../schemas/reports';

const route = routesOf<{ reports: ReportDesk<Actor> }>();
const COMMON = { tag: 'Reports', access: staff('reports.read'), idempotency: 'none' } as const;
const BASE = '/admin/v1/reports';
const LISTED = 100;
const {
  REPORT_NOT_FOUND,
  REPORT_UNKNOWN,
  REPORT_PARAMETERS_INVALID,
  REPORT_DAYS_NOT_CLOSED,
  REPORTS_TOO_MANY,
} = REPORT_ERRORS;
const params = { id: idParameter('report', REPORT_NOT_FOUND) };

export const adminReportRoutes = [
  route({
    ...COMMON,
    method: 'GET',
    limits: 'read',
    path: `${BASE}/kinds`,
    summary: 'The reports that your role may have, and what each is asked with',
    answers: found('They', reportKinds),
    handle: async ({ caller, request }, { reports }) =>
      listOf(request, (await reports.offered(caller)).map(kindOf)),
  }),
  route({
    ...COMMON,
    method: 'POST',
    limits: 'list',
    path: BASE,
    summary: 'Ask for a report',
    action: 'reports.ask',
    description:
      'It is made by itself; `links.self` says how far it is. Each asks for a permission of its own besides',
    body: json(reportBody),
    answers: {
      202: { description: 'It waits to be made', schema: report, headers: { Location: 'How far it is' } },
    },
    problems: [REPORT_UNKNOWN, REPORT_PARAMETERS_INVALID, REPORT_DAYS_NOT_CLOSED, REPORTS_TOO_MANY],
    examples: [
      { summary: 'Of a day', body: { report: 'trial_balance', form: 'pdf', on: '2026-11-28' } },
      { summary: 'Of days', body: { report: 'day_book', form: 'csv', from: '2026-11-01', to: '2026-11-28' } },
    ],
    handle: async ({ caller, body: { report: name, form, ...parameters } }, { reports }) => {
      const view = reportAnswerOf(BASE, await reports.ask(caller, { report: name, form, parameters }));
      return reply(202, view, { Location: view.links.self });
    },
  }),
  route({
    ...COMMON,
    method: 'GET',
    limits: 'read',
    path: BASE,
    summary: 'What you asked for',
    answers: found('The newest first, a hundred at most', reportList),
    handle: async ({ caller, request }, { reports }) =>
      listOf(
        request,
        (await reports.list(caller, LISTED)).map((view) => reportAnswerOf(BASE, view)),
      ),
  }),
  route({
    ...COMMON,
    method: 'GET',
    limits: 'read',
    path: `${BASE}/{id}`,
    summary: 'One of them: how far it is, and a link to its file',
    params,
    answers: found('It', report),
    problems: [REPORT_NOT_FOUND],
    handle: async ({ caller, params: { id } }, { reports }) =>
      ok(reportAnswerOf(BASE, await reports.get(caller, id))),
  }),
  route({
    ...COMMON,
    method: 'GET',
    limits: 'list',
    path: `${BASE}/{id}/file`,
    summary: 'Its file, by the link of the report',
    params,
    query: reportLinkQuery,
    answers: REPORT_FILES,
    problems: [
      REPORT_NOT_FOUND,
      REPORT_ERRORS.REPORT_NOT_READY,
      REPORT_ERRORS.REPORT_OVER,
      REPORT_ERRORS.REPORT_LINK_OVER,
    ],
    examples: [{ summary: 'By the link of the report', query: { link: 'AAAA' } }],
    handle: async ({ caller, params: { id }, query: { link } }, { reports }) =>
      sendBytes(await reports.file(caller, id, link)),
  }),
];
