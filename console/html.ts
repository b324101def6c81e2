import type { Context } from 'koa';

/** Markup that is safe to send. Only the tag `html` makes it, so plain text cannot be taken for markup. */
class Markup {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  toString(): string {
    return this.#text;
  }
}
export type Html = Markup;
type Value = string | number | Html | readonly Html[];

/**
 * Markup with every value escaped, for text and quoted attributes alike. Markup in a value stays, one item of
 * a list a line.
 */
export function html(texts: TemplateStringsArray, ...values: Value[]): Html {
  return new Markup(texts.map((text, i) => text + (i < values.length ? render(values[i]!) : '')).join(''));
}

/** For a place in a page that stays empty. */
export const NOTHING = html``;

function render(value: Value): string {
  if (typeof value === 'string') return escape(value);
  if (typeof value === 'number') return String(value);
  return value instanceof Markup ? value.toString() : value.map(render).join('\n');
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** `isWide` leaves room for a table. */
export interface Page {
  title: string;
  main: Html;
  isWide?: boolean;
}

/** Answers with a whole page in the console's own look. */
export function sendPage(ctx: Context, status: number, page: Page): void {
  ctx.status = status;
  ctx.type = 'html';
  ctx.body = layout(page).toString();
}

/** The ways to the other pages: a page for who is signed in has them. */
const WAYS = html`<nav aria-label="Pages">
  <a href="/ops/queues">Queues</a> <a href="/ops/api-calls">API log</a>
  <a href="/ops/find">Find a transaction</a>
  <a href="/ops/approvals">Approvals</a>
  <a href="/ops/risk">Risk</a>
  <a href="/ops/account">Account</a>
</nav>`;

function layout({ title, main, isWide = false }: Page): Html {
  const brand = html`<header class="brand">
    <img src="/ops/assets/mark.svg" alt="" width="36" height="36" />
    <div>
      <p class="name">Munim</p>
      <p class="place">Operations</p>
    </div>
  </header>`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Munim</title>
        <link rel="icon" href="/ops/assets/mark.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/ops/assets/console.css" />
      </head>
      <body>
        <main class="sheet${isWide ? ' wide' : ''}">${brand} ${isWide ? WAYS : NOTHING} ${main}</main>
      </body>
    </html> `;
}
