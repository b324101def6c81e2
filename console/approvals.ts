/**
 * What persons decide: proposals that wait for a second person, what each changes, and the two clicks. Who may decide
 * is asked where it is done, by the area of the proposal; a page of one's own proposal offers to take it back.
 */
import type { Context } from 'koa';
import type { ApprovalModel } from '../domain/approvals/approval.model';
import type { Approvals } from '../domain/approvals/approvals';
import type { OpsSession } from '../domain/auth/sessions';
import { DomainError, HTTP_STATUS } from '../domain/errors/errors';
import { rupeesFromPaise } from '../platform/decimal';
import { parsePublicId, publicId } from '../platform/ids';
import { readForm } from './form';
import { html, NOTHING, sendPage, type Html } from './html';
import { pagesOf, sessionOf } from './pages';
import { isSameOrigin } from '../platform/http/same-origin';
import { timeOf } from './times';

export const APPROVALS = '/ops/approvals';
const LISTED = 200;
const TITLE = 'Approvals';

interface ApprovalPages {
  approvals: Approvals;
  origin: string;
}
const page = pagesOf<ApprovalPages>();
const COMMON = { access: 'approvals.read' } as const;

export const approvalRoutes = [
  page({
    ...COMMON,
    method: 'GET',
    path: APPROVALS,
    summary: 'Proposals that wait for a second person',
    handle: async (ctx, { approvals }) => {
      const found = await approvals.list({ state: 'proposed', limit: LISTED });
      sendPage(ctx, 200, {
        title: TITLE,
        main: html`<h1>Approvals</h1>
          ${tableOf(found)}`,
        isWide: true,
      });
    },
  }),
  page({
    ...COMMON,
    method: 'GET',
    path: `${APPROVALS}/{id}`,
    summary: 'A proposal: what it changes, why, and who proposed it',
    handle: (ctx, { approvals }) => shown(ctx, approvals),
  }),
  page({
    ...COMMON,
    method: 'POST',
    path: `${APPROVALS}/{id}/approval`,
    summary: 'Carries out what another person proposed',
    handle: (ctx, deps) =>
      decided(ctx, deps, async (id, by) => {
        const { result } = await deps.approvals.approve(id, by);
        return `It is done: ${listed(result)}.`;
      }),
  }),
  page({
    ...COMMON,
    method: 'POST',
    path: `${APPROVALS}/{id}/refusal`,
    summary: 'Refuses what another person proposed',
    handle: (ctx, deps) =>
      decided(ctx, deps, async (id, by, note) => {
        await deps.approvals.reject(id, by, note);
        return 'It is refused.';
      }),
  }),
  page({
    ...COMMON,
    method: 'POST',
    path: `${APPROVALS}/{id}/withdrawal`,
    summary: 'Takes back what you proposed',
    handle: (ctx, deps) =>
      decided(ctx, deps, async (id, by) => {
        await deps.approvals.withdraw(id, by);
        return 'It is taken back.';
      }),
  }),
];

async function shown(ctx: Context, approvals: Approvals, said = NOTHING, status = 200): Promise<void> {
  const id = idOf(ctx);
  try {
    if (id === undefined) return missing(ctx);
    const found = await approvals.get(id);
    const main = html`${detailsOf(found)} ${said} ${formsOf(found, sessionOf(ctx))}
      <a class="back" href="${APPROVALS}">Back to what waits</a>`;
    sendPage(ctx, status, { title: TITLE, main, isWide: true });
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'APPROVAL_NOT_FOUND') throw error;
    missing(ctx);
  }
}

async function decided(
  ctx: Context,
  { approvals, origin }: ApprovalPages,
  act: (id: string, by: OpsSession, note: string) => Promise<string>,
): Promise<void> {
  if (!isSameOrigin(ctx, origin))
    return sendPage(ctx, 403, { title: TITLE, main: problemOf(`This form must be sent from ${origin}.`) });
  const id = idOf(ctx);
  if (id === undefined) return missing(ctx);
  try {
    const note = (await readForm(ctx))?.get('note')?.trim() ?? '';
    const done = await act(id, sessionOf(ctx), note);
    return await shown(ctx, approvals, html`<p class="note" role="status">${done}</p>`);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return shown(ctx, approvals, problemOf(`${error.title}: ${error.detail}.`), HTTP_STATUS[error.kind]);
  }
}

function problemOf(text: string): Html {
  return html`<p class="problem" role="alert">${text}</p>`;
}

function idOf(ctx: Context): string | undefined {
  return parsePublicId('approval', (ctx.params as { id?: string }).id ?? '');
}

function missing(ctx: Context): void {
  const main = html`<h1>There is no such proposal</h1>
    <a class="back" href="${APPROVALS}">Back to what waits</a>`;
  sendPage(ctx, 404, { title: TITLE, main, isWide: true });
}

function tableOf(found: readonly ApprovalModel[]): Html {
  if (found.length === 0) return html`<p class="note">Nothing waits for a second person.</p>`;
  const columns = ['Proposed (IST)', 'What', 'About', 'Amount', 'Until (IST)'];
  return html`<table>
    <thead>
      <tr>
        ${columns.map((name) => html`<th scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${found.map(
        (one) =>
          html`<tr>
            <td data-label="Proposed (IST)">${timeOf(one.proposedAt)}</td>
            <td data-label="What">
              <a href="${APPROVALS}/${publicId('approval', one.id)}">${one.action}</a>
            </td>
            <td class="long" data-label="About">${one.subject}</td>
            <td class="number" data-label="Amount">${amountOf(one)}</td>
            <td data-label="Until (IST)">${one.expiresAt === null ? '' : timeOf(one.expiresAt)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function detailsOf(one: ApprovalModel): Html {
  const facts: [string, string | Html][] = [
    ['State', one.state],
    ['About', one.subject],
    ['Amount in rupees', amountOf(one)],
    ['Why', one.reason],
    ['Evidence', one.evidence],
    ['Proposed by', publicId('user', one.proposedBy)],
    ['Proposed (IST)', timeOf(one.proposedAt)],
    ['Until (IST)', one.expiresAt === null ? '' : timeOf(one.expiresAt)],
    ['Decided by', one.decidedBy === null ? '' : publicId('user', one.decidedBy)],
    ['Note', one.note ?? ''],
    ...Object.entries(one.detail).map(([name, value]): [string, string] => [name, String(value)]),
  ];
  return html`<h1>${one.action}</h1>
    ${changesOf(one)}
    <dl>
      ${facts
        .filter(([, value]) => value !== '')
        .map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd>${value}</dd>`,
        )}
    </dl>`;
}

/** What stands there now, and what is to stand there. */
function changesOf({ changes }: ApprovalModel): Html {
  if (changes === null) return NOTHING;
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Field</th>
        <th scope="col">When it was proposed</th>
        <th scope="col">To be</th>
      </tr>
    </thead>
    <tbody>
      ${Object.entries(changes).map(
        ([field, { from, to }]) =>
          html`<tr>
            <th scope="row">${field}</th>
            <td data-label="When it was proposed">${from === null ? 'nothing' : String(from)}</td>
            <td data-label="To be">${to === null ? 'nothing' : String(to)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function formsOf(one: ApprovalModel, { userId }: OpsSession): Html {
  if (one.state !== 'proposed') return NOTHING;
  const at = `${APPROVALS}/${publicId('approval', one.id)}`;
  if (one.proposedBy === userId)
    return html`<form method="post" action="${at}/withdrawal">
      <button type="submit">Take it back</button>
    </form>`;
  return html`<form method="post" action="${at}/approval">
      <button type="submit">Approve: do it now</button>
    </form>
    <form method="post" action="${at}/refusal" autocomplete="off">
      <div>
        <label for="note">Why not</label>
        <input id="note" name="note" required minlength="3" maxlength="500" />
      </div>
      <div><button type="submit">Refuse</button></div>
    </form>`;
}

function amountOf({ amountPaise }: ApprovalModel): string {
  return amountPaise === null ? '' : rupeesFromPaise(amountPaise);
}

function listed(result: Readonly<Record<string, unknown>>): string {
  return Object.entries(result)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
}
