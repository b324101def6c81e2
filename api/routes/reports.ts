import type { UserId } from '../../domain/ids/ids';
import type { ReportDesk } from '../../domain/reports/desk';
import { REPORT_ERRORS } from '../../domain/reports/errors';
import { kindOf, report, reportAnswerOf, reportKinds, reportList } from '../answers/reports';
import { REPORT_FILES } from '../answers/content';
import { found } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { listOf, ok, reply, sendBytes } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import { ownReportBody, reportLinkQuery } from '../schemas/reports';

/** Reports of the caller: what is about somebody else does not exist here. */
const route = routesOf<{ ownReports: ReportDesk<{ userId: UserId }> }>();
const COMMON = { tag: 'Reports', access: key('wallets:read'), idempotency: 'none' } as const;
const BASE = '/v1/reports';
const LISTED = 100;
const { REPORT_NOT_FOUND, REPORT_UNKNOWN, REPORT_PARAMETERS_INVALID } = REPORT_ERRORS;
const params = { id: idParameter('report', REPORT_NOT_FOUND) };

export const reportRoutes = [
  route({
    ...COMMON,
    method: 'GET',
    limits: 'read',
    path: `${BASE}/kinds`,
    summary: 'The reports that you may have, and what each is asked with',
    answers: found('They', reportKinds),
    handle: async ({ caller, request }, { ownReports }) =>
      listOf(request, (await ownReports.offered(caller)).map(kindOf)),
  }),
  route({
    ...COMMON,
    method: 'POST',
    limits: 'list',
    path: BASE,
    summary: 'Ask for a report about yourself',
    description: 'It is made by itself; `links.self` says how far it is',
    body: json(ownReportBody),
    answers: {
      202: { description: 'It waits to be made', schema: report, headers: { Location: 'How far it is' } },
    },
    problems: [
      REPORT_UNKNOWN,
      REPORT_PARAMETERS_INVALID,
      REPORT_ERRORS.REPORT_DAYS_NOT_CLOSED,
      REPORT_ERRORS.REPORTS_TOO_MANY,
    ],
    examples: [
      {
        summary: 'The commission of November',
        body: { report: 'commission_statement', form: 'pdf', from: '2026-11-01', to: '2026-11-30' },
      },
    ],
    handle: async ({ caller, body: { report: name, form, ...parameters } }, { ownReports }) => {
      const view = reportAnswerOf(BASE, await ownReports.ask(caller, { report: name, form, parameters }));
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
    handle: async ({ caller, request }, { ownReports }) =>
      listOf(
        request,
        (await ownReports.list(caller, LISTED)).map((view) => reportAnswerOf(BASE, view)),
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
    handle: async ({ caller, params: { id } }, { ownReports }) =>
      ok(reportAnswerOf(BASE, await ownReports.get(caller, id))),
  }),
  route({
    ...COMMON,
    method: 'GET',
    limits: 'list',
    path: `${BASE}/{id}/file`,
    summary: 'Its file, by the link of the report',
    description: 'The link is good for you alone and for some minutes; read the report again for a new one',
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
    handle: async ({ caller, params: { id }, query: { link } }, { ownReports }) =>
      sendBytes(await ownReports.file(caller, id, link)),
  }),
];
