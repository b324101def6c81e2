import { IST_OFFSET_MS } from '../platform/clock';
import { html, type Html } from './html';

/** An instant as people here read it, `2026-11-29 11:03:36.123`. */
export function istText(at: Date): string {
  return textOf(new Date(at.getTime() + IST_OFFSET_MS));
}

/** The same, with the time in UTC for who points at it. */
export function timeOf(at: Date): Html {
  return html`<time datetime="${at.toISOString()}" title="${textOf(at)} UTC">${istText(at)}</time>`;
}

/** The instant of a time in IST (`2026-11-29T11:03`); null when there is no such day. */
export function instantOfIst(text: string): Date | null {
  const at = new Date(`${text}:00Z`);
  if (Number.isNaN(at.getTime()) || !at.toISOString().startsWith(text)) return null;
  return new Date(at.getTime() - IST_OFFSET_MS);
}

function textOf(at: Date): string {
  return at.toISOString().slice(0, 23).replace('T', ' ');
}
