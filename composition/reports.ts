import { createOwnReports, type ReportDeskDependencies } from '../domain/reports/desk';
import { createReportMaker, type ReportMakerDependencies } from '../domain/reports/maker';

/** Reports: their making, and what users of apps ask for. */
export function createReports(
  deps: ReportMakerDependencies & Omit<ReportDeskDependencies, 'blobs' | 'cipher'>,
) {
  return { reports: createReportMaker(deps), ownReports: createOwnReports(deps) };
}
