/**
 * For development: what would have been sent to people, from the folder that takes the place of telephones and mail
 * boxes (MUNIM_OUTBOX_DIR). In production there is no such folder, and the page says so.
 */
import type { Outbox, OutboxMessage } from '../platform/outbox';
import { html, sendPage, type Html } from './html';
import { pagesOf } from './pages';
import { timeOf } from './times';

export const INBOX = '/ops/inbox';
const SHOWN = 50;

const page = pagesOf<{ outbox: Outbox | undefined }>();

export const inboxRoutes = [
  page({
    path: INBOX,
    access: 'account.read',
    method: 'GET',
    summary: 'Messages to people, on a machine for development',
    handle: async (ctx, { outbox }) => {
      const main =
        outbox === undefined
          ? html`<h1>Inbox</h1>
              <p class="note">
                Messages are sent here. There is an inbox only on a machine for development.
              </p>`
          : html`<h1>Inbox</h1>
              ${listOf(await outbox.newest(SHOWN))}`;
      sendPage(ctx, 200, { title: 'Inbox', main, isWide: true });
    },
  }),
];

function listOf(messages: readonly OutboxMessage[]): Html {
  if (messages.length === 0) return html`<p class="note">Nothing was told to anybody yet.</p>`;
  return html`<table>
    <thead>
      <tr>
        ${['Sent (IST)', 'To', 'Message'].map((name) => html`<th scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${messages.map(
        ({ at, channel, to, text }) =>
          html`<tr>
            <td data-label="Sent (IST)">${timeOf(new Date(at))}</td>
            <td data-label="To">${channel === 'sms' ? 'SMS' : 'E-mail'} ${to}</td>
            <td class="long" data-label="Message">${text}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
