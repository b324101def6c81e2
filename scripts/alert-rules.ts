/**
 * What should wake somebody, as rules for Prometheus: `npm run docs` writes them to
 * `docs/alerts.rules.yml`. A number in a rule is where to begin; an operator changes it in a copy.
 */
export interface AlertRule {
  alert: string;
  expr: string;
  /** How long it must hold; a rule over a window needs none. */
  for?: string;
  severity: 'page' | 'ticket';
  summary: string;
  /** What to do, or where it is written. */
  todo: string;
}

export const PROCESS_TYPES = [
  'api',
  'ops',
  'ledger',
  'dispatch',
  'callbacks',
  'polling',
  'maintenance',
  'nightly',
] as const;

const missing = PROCESS_TYPES.map((type): AlertRule => ({
  alert: `MunimNo${type[0]!.toUpperCase()}${type.slice(1)}`,
  expr: `absent(munim_up{process="${type}"})`,
  for: '2m',
  severity: 'page',
  summary: `No process of the type ${type} runs`,
  todo: 'Start it. Nothing is lost meanwhile: unfinished work stands in its rows.',
}));

export const ALERT_RULES: readonly AlertRule[] = [
  ...missing,
  {
    alert: 'MunimNotMeasured',
    expr: 'time() - max(munim_measured_timestamp_seconds) > 60',
    for: '1m',
    severity: 'page',
    summary: 'The maintenance process has not read the database for a minute',
    todo: 'Look at its log and its /readyz; without it nothing that was lost is picked up again.',
  },
  {
    alert: 'MunimWorkUndone',
    expr: 'max by (job) (munim_undone_oldest_seconds) > 120',
    for: '2m',
    severity: 'page',
    summary: 'Work of the kind {{ $labels.job }} has waited for two minutes',
    todo: 'docs/runbooks/stuck-transactions.md',
  },
  {
    alert: 'MunimQueueBehind',
    expr: 'max by (queue) (munim_queue_oldest_seconds) > 60',
    for: '5m',
    severity: 'ticket',
    summary: 'The queue {{ $labels.queue }} is a minute behind',
    todo: 'Start more processes of its type, or see why each job takes long.',
  },
  {
    alert: 'MunimOverdue',
    expr: 'max by (service) (munim_transactions_overdue) > 0',
    for: '10m',
    severity: 'ticket',
    summary: 'Transactions of {{ $labels.service }} have passed their turnaround',
    todo: 'Each has a case turnaround_passed; docs/runbooks/stuck-transactions.md',
  },
  {
    alert: 'MunimCaseOld',
    expr: 'max by (kind) (munim_cases_oldest_seconds) > 86400',
    severity: 'ticket',
    summary: 'A case of the kind {{ $labels.kind }} is open for more than a day',
    todo: 'Look at the case and decide it.',
  },
  {
    alert: 'MunimRiskHeld',
    expr: 'max(munim_cases_oldest_seconds{kind="risk_hold"}) > 3600',
    severity: 'ticket',
    summary: 'A transaction that a rule of risk has stopped waits for more than an hour',
    todo: 'Release or refuse it: docs/risk.md',
  },
  {
    alert: 'MunimVerifierFound',
    expr: 'max(munim_verifier_findings) > 0',
    severity: 'page',
    summary: 'The books or the audit log are not as they must be: the verifier found {{ $value }} rows',
    todo: 'Each has a case; docs/runbooks/verifier.md',
  },
  {
    alert: 'MunimVerifierBehind',
    expr: 'max(munim_verifier_lag_seconds) > 259200',
    for: '10m',
    severity: 'ticket',
    summary: 'The verifier has not seen everything within three days',
    todo: 'munim verify status; a larger share in verifier_policies makes it faster: docs/runbooks/verifier.md',
  },
  {
    alert: 'MunimAuditUnsigned',
    expr: 'max(munim_audit_unsigned_seconds) > 129600',
    for: '10m',
    severity: 'ticket',
    summary: 'Rows of the audit log have waited for a signed head for more than a day and a half',
    todo: 'Set MUNIM_AUDIT_KEYS for the maintenance process; docs/runbooks/audit-chain.md',
  },
  {
    alert: 'MunimNightNotMeasured',
    expr: 'time() - max(munim_night_measured_timestamp_seconds) > 300',
    for: '1m',
    severity: 'ticket',
    summary: 'The nightly process has not looked at its nights for five minutes',
    todo: 'Look at its log and its /readyz; nights are not opened meanwhile: docs/runbooks/night.md',
  },
  {
    alert: 'MunimNightFailed',
    expr: 'max(munim_night_failed_steps) > 0',
    for: '30m',
    severity: 'ticket',
    summary: 'A step of a night fails again and again',
    todo: 'munim night show DAY names it and the code of its error: docs/runbooks/night.md',
  },
  {
    alert: 'MunimNightLate',
    expr: 'time() - max(munim_night_done_until_timestamp_seconds) > 129600',
    for: '10m',
    severity: 'ticket',
    summary: 'A business day ended more than twelve hours ago and its night is not done',
    todo: 'munim night list and munim night show DAY say what it waits for: docs/runbooks/night.md',
  },
  {
    alert: 'MunimReportMissing',
    expr: 'max by (step, provider) (munim_night_waiting_seconds{step=~"reconcile|statements"}) > 36000',
    for: '10m',
    severity: 'ticket',
    summary:
      'A report has not come ten hours after the end of its day: {{ $labels.step }} {{ $labels.provider }} waits for it',
    todo: 'Fetch it and import it; the night goes on by itself: docs/runbooks/night.md',
  },
  {
    alert: 'MunimBreakOld',
    expr: 'max by (source) (munim_breaks_oldest_seconds) > 259200',
    for: '10m',
    severity: 'ticket',
    summary: 'A break of {{ $labels.source }} is open for more than three days',
    todo: 'munim recon breaks, the oldest first: docs/runbooks/breaks.md',
  },
  {
    alert: 'MunimSuspenseOld',
    expr: 'max by (source) (munim_breaks_suspense_oldest_seconds) > 604800',
    for: '10m',
    severity: 'ticket',
    summary: 'Money of {{ $labels.source }} has stood in suspense for more than seven days',
    todo: 'Its case recon_suspense_aged names the break: docs/runbooks/breaks.md',
  },
  {
    alert: 'MunimSafeguardingShort',
    expr: 'max(munim_safeguarding_shortfall_paise) > 0',
    severity: 'page',
    summary: 'Users are owed {{ $value }} paise more than stands for it',
    todo: 'The case safeguarding_shortfall has the sums: docs/runbooks/night.md',
  },
  {
    alert: 'MunimSealUnsigned',
    expr: 'max(munim_seal_unsigned_days) > 1',
    for: '1h',
    severity: 'ticket',
    summary: 'The seal of {{ $value }} days of the ledger is not signed',
    todo: 'Set MUNIM_AUDIT_KEYS for the nightly process; docs/runbooks/audit-chain.md',
  },
  {
    alert: 'MunimBankHolidaysEnd',
    expr: 'min(munim_bank_holidays_days_left) < 20',
    severity: 'ticket',
    summary: 'The bank holidays of the next year are not loaded',
    todo: 'Add the list of the RBI as a file of policies/; what needs a banking day of that year is refused',
  },
  {
    alert: 'MunimProviderUnavailable',
    expr: 'max by (provider, service) (munim_provider_available) == 0',
    for: '2m',
    severity: 'page',
    summary: '{{ $labels.provider }} is not called for {{ $labels.service }}: its circuit breaker is open',
    todo: 'Ask the provider. What is held waits, and ends as FAILED with the money back when it expires.',
  },
  {
    alert: 'MunimProviderSlow',
    expr: 'histogram_quantile(0.95, sum by (le, provider) (rate(munim_provider_seconds_bucket[5m]))) > 10',
    for: '10m',
    severity: 'ticket',
    summary: 'One call in twenty to {{ $labels.provider }} takes more than ten seconds',
    todo: 'Ask the provider.',
  },
  {
    alert: 'MunimProviderWordUnknown',
    expr: 'sum by (provider) (increase(munim_provider_calls_total{answer="unlisted"}[1h])) > 0',
    severity: 'ticket',
    summary: '{{ $labels.provider }} used a word that is not documented',
    todo: 'The log names it; it decides nothing until the connector knows it.',
  },
  {
    alert: 'MunimFloatLow',
    expr: 'max by (provider) (munim_float_paise) < 10000000',
    for: '5m',
    severity: 'page',
    summary: 'Our books have less than one lakh rupees with {{ $labels.provider }}',
    todo: 'Top it up. The threshold is an example: take what a busy hour needs.',
  },
  {
    alert: 'MunimProviderBalanceLow',
    expr: 'max by (provider) (munim_provider_balance_paise) < 10000000',
    for: '5m',
    severity: 'page',
    summary: '{{ $labels.provider }} says that we can spend less than one lakh rupees there',
    todo: 'Top it up. If our books say more, look at the statement: money went another way.',
  },
  {
    alert: 'MunimProviderBalanceOld',
    expr: 'time() - max by (provider) (munim_provider_balance_timestamp_seconds) > 3600',
    for: '10m',
    severity: 'ticket',
    summary: 'The balance that {{ $labels.provider }} tells is more than an hour old',
    todo: 'Ask the provider: it queues and fails payments by what it believes the bank holds.',
  },
  {
    alert: 'MunimWaitsForFunds',
    expr: 'max by (provider) (munim_waiting_for_funds{why=~"failed|short"}) > 0',
    for: '1m',
    severity: 'page',
    summary: 'Payments wait because our account with {{ $labels.provider }} holds too little',
    todo: 'Top it up; they are sent by themselves. The case provider_funds_short is open meanwhile.',
  },
  {
    alert: 'MunimHeldBackByProvider',
    expr: 'max by (provider) (munim_waiting_for_funds{why="covered"}) > 0',
    for: '15m',
    severity: 'ticket',
    summary: '{{ $labels.provider }} has queued payments although the money is there',
    todo: 'Look at the balance threshold on its dashboard, and whether its balance is old.',
  },
  {
    alert: 'MunimForgedCallbacks',
    expr: 'sum by (provider) (increase(munim_callbacks_total{verdict=~"forged.*"}[10m])) > 10',
    severity: 'ticket',
    summary: 'Somebody sends false callbacks in the name of {{ $labels.provider }}',
    todo: 'docs/runbooks/forged-callbacks.md',
  },
  {
    alert: 'MunimCallbacksFromElsewhere',
    expr: 'sum by (provider) (increase(munim_callbacks_total{verdict="elsewhere"}[10m])) > 0',
    severity: 'ticket',
    summary: 'Callbacks in the name of {{ $labels.provider }} come from other addresses than it posts from',
    todo: 'docs/runbooks/forged-callbacks.md',
  },
  {
    alert: 'MunimKeyUsedElsewhere',
    expr: 'sum(increase(munim_key_address_refused_total[10m])) > 0',
    severity: 'ticket',
    summary: 'A good API key is used from where it may not be used',
    todo: 'docs/runbooks/addresses.md',
  },
  {
    alert: 'MunimDatabasePoolFull',
    expr: 'max by (process) (munim_database_pool_connections{state="waited_for"}) > 0',
    for: '2m',
    severity: 'ticket',
    summary: 'The process {{ $labels.process }} waits for connections to the database',
    todo: 'See whether the database is slow; then raise MUNIM_DATABASE_CONNECTIONS.',
  },
  {
    alert: 'MunimErrors',
    expr:
      'sum(rate(munim_http_requests_total{status=~"5.."}[5m]))' +
      ' / clamp_min(sum(rate(munim_http_requests_total[5m])), 0.01) > 0.02',
    for: '5m',
    severity: 'page',
    summary: 'More than one request in fifty is answered with an error of ours',
    todo: 'The log of the api process has each with its request id.',
  },
  {
    alert: 'MunimCallersRefused',
    expr:
      'sum by (class, why) (rate(munim_requests_refused_total[10m]))' +
      ' / on () group_left () clamp_min(sum(rate(munim_http_requests_total[10m])), 0.01) > 0.05',
    for: '10m',
    severity: 'ticket',
    summary: 'One request in twenty is refused for its limits: {{ $labels.class }}, {{ $labels.why }}',
    todo: 'docs/runbooks/limits.md',
  },
  {
    alert: 'MunimLogDropped',
    expr:
      'sum(increase(munim_call_log_dropped_total[10m])) > 0' +
      ' or sum(increase(munim_access_log_dropped_total[10m])) > 0',
    severity: 'ticket',
    summary: 'Lines of the API log or of the access log were dropped',
    todo: 'See whether the database, or whoever reads standard output, is slow.',
  },
  {
    alert: 'MunimBuildsMixed',
    expr: 'count(count by (version, schema) (munim_build_info)) > 1',
    for: '30m',
    severity: 'ticket',
    summary: 'Processes of different builds have run side by side for half an hour',
    todo: 'Finish the upgrade: docs/upgrading.md',
  },
];

/** The file as Prometheus reads it. A text in JSON is one in YAML too. */
export function alertRulesFile(): string {
  const rules = ALERT_RULES.map((rule) =>
    [
      `      - alert: ${rule.alert}`,
      `        expr: ${JSON.stringify(rule.expr)}`,
      ...(rule.for === undefined ? [] : [`        for: ${rule.for}`]),
      '        labels:',
      `          severity: ${rule.severity}`,
      '        annotations:',
      `          summary: ${JSON.stringify(rule.summary)}`,
      `          todo: ${JSON.stringify(rule.todo)}`,
    ].join('\n'),
  );
  return [
    '# Written by `npm run docs` from scripts/alert-rules.ts. Change it there.',
    'groups:',
    '  - name: munim',
    '    rules:',
    ...rules,
    '',
  ].join('\n');
}
