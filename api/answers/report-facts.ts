import { REPORT_ERRORS } from '../../domain/reports/errors';
import { found } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { reportLinkQuery } from '../schemas/reports';
import { REPORT_FILES } from './content';
import { report, reportKinds, reportList } from './reports';

const { REPORT_NOT_FOUND } = REPORT_ERRORS;
const READ = { method: 'GET', limits: 'read' } as const;
const params = { id: idParameter('report', REPORT_NOT_FOUND) };

/** So many are listed at most. */
export const LISTED_REPORTS = 100;

/** What the routes of reports have in common, for users under one path and for staff under another. */
export const reportFacts = (base: string) =>
  ({
    kinds: { ...READ, path: `${base}/kinds`, answers: found('They', reportKinds) },
    ask: {
      method: 'POST',
      limits: 'list',
      path: base,
      answers: {
        202: { description: 'It waits to be made', schema: report, headers: { Location: 'How far it is' } },
      },
      problems: [
        REPORT_ERRORS.REPORT_UNKNOWN,
        REPORT_ERRORS.REPORT_PARAMETERS_INVALID,
        REPORT_ERRORS.REPORT_DAYS_NOT_CLOSED,
        REPORT_ERRORS.REPORTS_TOO_MANY,
      ],
    },
    list: {
      ...READ,
      path: base,
      summary: 'What you asked for',
      answers: found('The newest first, a hundred at most', reportList),
    },
    one: {
      ...READ,
      path: `${base}/{id}`,
      summary: 'One of them: how far it is, and a link to its file',
      params,
      answers: found('It', report),
      problems: [REPORT_NOT_FOUND],
    },
    file: {
      method: 'GET',
      limits: 'list',
      path: `${base}/{id}/file`,
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
    },
  }) as const;
