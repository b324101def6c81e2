/**
 * The rules of risk as they are in force, what became of their findings, and the findings that wait for a person. A
 * finding is judged here by one click; another threshold is proposed here, and approved by another person.
 */
import type { Context } from 'koa';
import type { Approvals, Proposal } from '../domain/approvals/approvals';
import { CASE_ERRORS } from '../domain/cases/errors';
import type { CaseReader, CaseView } from '../domain/cases/read';
import { DomainError, HTTP_STATUS } from '../domain/errors/errors';
import type { CountedAlarms } from '../domain/risk/counts';
import type { RiskDesk } from '../domain/risk/desk';
import type { RiskRule } from '../domain/risk/rules';
import type { Tuning } from '../domain/risk/tuning';
import { addMs, type Clock } from '../platform/clock';
import { parsePublicId, publicId } from '../platform/ids';
import { readForm } from './form';
import { html, NOTHING, sendPage, type Html } from './html';
import { pagesOf, sessionOf } from './pages';
import { isSameOrigin } from '../platform/http/same-origin';
import { timeOf } from './times';

export const RISK = '/ops/risk';
const TITLE = 'Risk';
const LISTED = 200;
const COUNTED_MS = 30 * 86_400_000;
const EVIDENCE = 'the findings of thirty days, as the console counts them';

interface RiskPages {
  risk: RiskDesk & {
    tuning(given: { name: string; tuning: Tuning; reason: string; evidence: string }): Proposal;
  };
  cases: Pick<CaseReader, 'list'>;
  approvals: Approvals;
  clock: Clock;
  origin: string;
}
const page = pagesOf<RiskPages>();
/** Who may judge or propose is asked where it is done. */
const COMMON = { access: 'risk.read' } as const;

export const riskRoutes = [
  page({
    method: 'GET',
    path: RISK,
    ...COMMON,
    summary: 'The rules of risk, and what they have found',
    handle: (ctx, deps) => shown(ctx, deps),
  }),
  page({
    method: 'POST',
    path: `${RISK}/findings/{id}`,
    ...COMMON,
    summary: 'Says whether a finding was a false alarm',
    handle: (ctx, deps) =>
      acted(ctx, deps, async (form) => {
        const caseId = parsePublicId('case', (ctx.params as { id?: string }).id ?? '');
        const verdict = form.get('verdict') === 'suspicious' ? 'suspicious' : 'false_alarm';
        const given = { caseId: caseId ?? '', verdict, reason: form.get('reason') ?? '' } as const;
        if (caseId === undefined) throw new DomainError(CASE_ERRORS.CASE_NOT_FOUND);
        await deps.risk.judge(given, sessionOf(ctx));
        return 'It stands in the register.';
      }),
  }),
  page({
    method: 'POST',
    path: `${RISK}/rules/{id}`,
    ...COMMON,
    summary: 'Proposes another threshold of a rule, or to switch it on or off',
    handle: (ctx, deps) =>
      acted(ctx, deps, async (form) => {
        const name = (ctx.params as { id?: string }).id ?? '';
        const reason = form.get('reason') ?? '';
        const proposal = deps.risk.tuning({ name, tuning: tuningOf(form), reason, evidence: EVIDENCE });
        const { id } = await deps.approvals.propose(proposal, sessionOf(ctx));
        return `It waits for another person: ${publicId('approval', id)}.`;
      }),
  }),
];

function tuningOf(form: URLSearchParams): Tuning {
  const threshold = form.get('threshold') ?? '';
  if (!/^\d{1,9}$/.test(threshold))
    throw new DomainError('REQUEST_FIELD_INVALID', { detail: 'the threshold is a whole number' });
  return { threshold: Number(threshold), isOn: form.get('state') === 'on' };
}

async function acted(
  ctx: Context,
  deps: RiskPages,
  act: (form: URLSearchParams) => Promise<string>,
): Promise<void> {
  if (!isSameOrigin(ctx, deps.origin))
    return shown(ctx, deps, problemOf(`This form must be sent from ${deps.origin}.`), 403);
  try {
    const done = await act((await readForm(ctx)) ?? new URLSearchParams());
    return await shown(ctx, deps, html`<p class="note" role="status">${done}</p>`);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return shown(ctx, deps, problemOf(`${error.title}: ${error.detail}.`), HTTP_STATUS[error.kind]);
  }
}

async function shown(
  ctx: Context,
  { risk, cases, clock }: RiskPages,
  said = NOTHING,
  status = 200,
): Promise<void> {
  const [rules, counts, open] = await Promise.all([
    risk.rules(),
    risk.counts(addMs(clock.now(), -COUNTED_MS)),
    cases.list({ kind: 'risk_alarm', isOpen: true, limit: LISTED }),
  ]);
  const main = html`<h1>Risk</h1>
    ${said} ${findingsOf(open)}
    <h2>Rules</h2>
    ${rulesOf(rules, counts)}`;
  sendPage(ctx, status, { title: TITLE, main, isWide: true });
}

function problemOf(text: string): Html {
  return html`<p class="problem" role="alert">${text}</p>`;
}

function table(columns: readonly string[], lines: readonly Html[]): Html {
  return html`<table>
    <thead>
      <tr>
        ${columns.map((name) => html`<th scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${lines}
    </tbody>
  </table>`;
}

function findingsOf(open: readonly CaseView[]): Html {
  if (open.length === 0) return html`<p class="note">No finding waits for a person.</p>`;
  return table(
    ['Found (IST)', 'About', 'What', 'Say what it is'],
    open.map(
      (one) =>
        html`<tr>
          <td data-label="Found (IST)">${timeOf(one.openedAt)}</td>
          <td class="long" data-label="About">${one.subject}</td>
          <td class="long" data-label="What">${one.summary}</td>
          <td data-label="Say what it is">${judgeForm(publicId('case', one.id))}</td>
        </tr>`,
    ),
  );
}

function judgeForm(id: string): Html {
  return html`<form method="post" action="${RISK}/findings/${id}" autocomplete="off">
    <div>
      <label for="reason-${id}">Why</label>
      <input id="reason-${id}" name="reason" required minlength="3" maxlength="500" />
    </div>
    <div>
      <button type="submit" name="verdict" value="false_alarm">False alarm</button>
      <button type="submit" name="verdict" value="suspicious">Suspicious</button>
    </div>
  </form>`;
}

function rulesOf(rules: readonly RiskRule[], counts: readonly CountedAlarms[]): Html {
  const countOf = (rule: string, verdict: CountedAlarms['verdict']): string =>
    String(counts.find((one) => one.rule === rule && one.verdict === verdict)?.count ?? 0);
  return table(
    ['Rule', 'State', 'Within (s)', 'Open', 'False alarms', 'Suspicious', 'More than'],
    rules.map(
      (rule) =>
        html`<tr>
          <th scope="row">${rule.name}</th>
          <td data-label="State">${stateOf(rule)}</td>
          <td class="number" data-label="Within (s)">${String(rule.windowS)}</td>
          <td class="number" data-label="Open">${countOf(rule.name, 'open')}</td>
          <td class="number" data-label="False alarms">${countOf(rule.name, 'false_alarm')}</td>
          <td class="number" data-label="Suspicious">${countOf(rule.name, 'suspicious')}</td>
          <td data-label="More than">${tuneForm(rule)}</td>
        </tr>`,
    ),
  );
}

function stateOf({ isOn, action }: RiskRule): string {
  if (!isOn) return 'off';
  return action === 'hold' ? 'on, holds' : 'on';
}

function tuneForm({ name, threshold, isOn }: RiskRule): Html {
  const checked = isOn ? html`checked` : NOTHING;
  return html`<form method="post" action="${RISK}/rules/${name}" autocomplete="off">
    <div>
      <label for="threshold-${name}">More than</label>
      <input
        id="threshold-${name}"
        name="threshold"
        required
        inputmode="numeric"
        value="${String(threshold)}"
      />
    </div>
    <div>
      <label><input type="checkbox" name="state" value="on" ${checked} /> On</label>
    </div>
    <div>
      <label for="why-${name}">Why</label>
      <input id="why-${name}" name="reason" required minlength="3" maxlength="500" />
    </div>
    <div><button type="submit">Propose</button></div>
  </form>`;
}
