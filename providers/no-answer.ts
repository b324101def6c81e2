import type { HttpFailureReason } from '../platform/http-client';

/** The words that stand where a provider's status would, when no answer came. */
export const FAILURE_WORDS: Readonly<Record<HttpFailureReason, string>> = {
  connect_refused: '<connection refused>',
  dns: '<name not found>',
  tls: '<tls failed>',
  connect_timeout: '<no connection in time>',
  unreachable: '<unreachable>',
  timeout: '<timeout>',
  reset: '<connection reset>',
  too_large: '<answer too large>',
  protocol: '<no http answer>',
  aborted: '<aborted>',
  too_late: '<too late>',
  closed: '<client closed>',
  invalid_request: '<request not formed>',
};
