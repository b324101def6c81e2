import Joi from 'joi';
import { REPORT_NAMES } from '../../domain/reports/catalogue';
import type { ReportStatus, ReportView } from '../../domain/reports/desk';
import { REPORT_FORMS, type Report, type ReportForm } from '../../domain/reports/report';
import { publicId } from '../../platform/ids';
import { answer, count, day, id, instant, is, list, part, words } from './fields';

export interface ReportAnswer {
  object: 'report';
  id: string;
  report: string;
  title: string;
  form: ReportForm;
  parameters: Readonly<Record<string, string>>;
  status: ReportStatus;
  asked_at: string;
  lines_done: number;
  lines_total: number | null;
  bytes: number | null;
  sha256: string | null;
  why: string | null;
  ready_at: string | null;
  expires_at: string | null;
  links: { self: string; file: string | null; file_until: string | null };
}

const MOST_LINES = Number.MAX_SAFE_INTEGER;
const LINK = /^\/[a-z0-9/_]+\/file\?link=[A-Za-z0-9_-]+$/;

export const report = answer<ReportAnswer>('Report', 'A report that was asked for, and how far it is', {
  object: is('report'),
  id: id('report'),
  report: is(...REPORT_NAMES),
  title: words(100).example('Trial balance'),
  form: is(...REPORT_FORMS),
  parameters: part<Partial<Record<'from' | 'to' | 'on' | 'account' | 'user', string>>>(
    { from: day(), to: day(), on: day(), account: words(120), user: id('user') },
    ['from', 'to', 'on', 'account', 'user'],
  ),
  status: is('waiting', 'making', 'ready', 'failed', 'expired'),
  asked_at: instant(),
  lines_done: count(MOST_LINES),
  lines_total: count(MOST_LINES).allow(null).description('Null while it is not known'),
  bytes: count(MOST_LINES).allow(null),
  sha256: Joi.string()
    .max(64)
    .pattern(/^[0-9a-f]{64}$/)
    .allow(null)
    .description('Of the file'),
  why: words(200).allow(null).description('The code of what it failed with, or of its last try'),
  ready_at: instant().allow(null),
  expires_at: instant().allow(null).description('Until then the file is kept'),
  links: answer<ReportAnswer['links']>('ReportLinks', 'Where to read it', {
    self: words(100).example(`/v1/reports/${publicId('report', '01977777-7777-7777-8777-777777777777')}`),
    file: Joi.string().max(300).pattern(LINK).allow(null).description('For you alone, while it is good'),
    file_until: instant().allow(null),
  }),
});
export const reportList = list(report, 'ReportList');

export interface OfferedReport {
  object: 'report_kind';
  report: string;
  title: string;
  summary: string;
  asked_with: string[];
  forms: ReportForm[];
}

export const reportKinds = list(
  answer<OfferedReport>('ReportKind', 'A report that may be asked for', {
    object: is('report_kind'),
    report: is(...REPORT_NAMES),
    title: words(100),
    summary: words(300),
    asked_with: Joi.array()
      .items(is('from', 'to', 'on', 'account', 'user'))
      .max(5),
    forms: Joi.array()
      .items(is(...REPORT_FORMS))
      .max(3),
  }),
  'ReportKindList',
);

export const kindOf = ({ name, title, summary, parameters, forms }: Report): OfferedReport => ({
  object: 'report_kind',
  report: name,
  title,
  summary,
  asked_with: Object.keys(parameters),
  forms: [...forms],
});

/** `base` is where reports are: `/v1/reports`. */
export function reportAnswerOf(base: string, view: ReportView): ReportAnswer {
  const self = `${base}/${publicId('report', view.id)}`;
  return {
    object: 'report',
    id: publicId('report', view.id),
    report: view.report,
    title: view.title,
    form: view.form,
    parameters: view.parameters,
    status: view.status,
    asked_at: view.askedAt.toISOString(),
    lines_done: Number(view.rowsDone),
    lines_total: view.rowsTotal === null ? null : Number(view.rowsTotal),
    bytes: view.bytes === null ? null : Number(view.bytes),
    sha256: view.sha256,
    why: view.why,
    ready_at: view.doneAt?.toISOString() ?? null,
    expires_at: view.expiresAt?.toISOString() ?? null,
    links: {
      self,
      file: view.link === null ? null : `${self}/file?link=${view.link}`,
      file_until: view.linkUntil?.toISOString() ?? null,
    },
  };
}
