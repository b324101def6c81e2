import Joi from 'joi';
import { OWN_REPORT_NAMES, REPORT_NAMES } from '../../domain/reports/catalogue';
import { REPORT_FORMS, type ReportForm } from '../../domain/reports/report';
import { day, text } from './fields';

export interface ReportBody {
  report: string;
  form: ReportForm;
  from?: string;
  to?: string;
  on?: string;
  account?: string;
  user?: string;
}

const form = Joi.string()
  .valid(...REPORT_FORMS)
  .required();

/** Which of these a report is asked with, `GET /admin/v1/reports/kinds` says. */
export const reportBody = Joi.object<ReportBody>({
  report: Joi.string()
    .valid(...REPORT_NAMES)
    .required(),
  form,
  from: day,
  to: day,
  on: day,
  account: text(120, /^[a-z]+(:[A-Za-z0-9_-]+)*$/, 'the code of an account, as float:razorpayx').example(
    'float:razorpayx',
  ),
  user: Joi.string()
    .max(30)
    .pattern(/^usr_[0-7][0-9a-hjkmnp-tv-z]{25}$/, 'the id of a user, as usr_…')
    .example('usr_01jxvqexvqexvt0xvqexvqexvq'),
});

export const ownReportBody = Joi.object<Pick<ReportBody, 'report' | 'form'> & { from: string; to: string }>({
  report: Joi.string()
    .valid(...OWN_REPORT_NAMES)
    .required(),
  form,
  from: day.required(),
  to: day.required(),
});

export const reportLinkQuery = Joi.object<{ link: string }>({
  link: Joi.string()
    .max(200)
    .pattern(/^[A-Za-z0-9_-]+$/, 'the link that the report has')
    .required(),
});
