/** The pages of the checkout: what a payer sees. They need no script, so that a browser can walk them as they are. */
import { rupeesFromPaise } from '../../platform/decimal';

/** Where the page goes on, and where it came from: the address of the checkout says it, and each form repeats it. */
export interface Visit {
  keyId: string;
  /** Where the browser goes when it is done. */
  callbackUrl?: string;
}

export interface Shown extends Visit {
  /** The path of the checkout. */
  base: string;
  order: string;
  amountPaise: bigint;
}

const SIGNS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => SIGNS[sign]!);

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:3rem auto;padding:0 1rem;color:#123}' +
  'button,a.way{display:block;width:100%;margin:.5rem 0;padding:.7rem;font:inherit;border:1px solid #357;' +
  'border-radius:.4rem;background:#fff;color:#123;text-align:center;text-decoration:none;box-sizing:border-box}' +
  'button.first{background:#135;color:#fff}input{display:block;width:100%;padding:.5rem;font:inherit;' +
  'box-sizing:border-box;margin-bottom:.6rem}svg{display:block;width:14rem;margin:1rem auto}' +
  'dd,.string{overflow-wrap:anywhere;font-family:monospace;font-size:.85rem}';

function page(title: string, main: string): string {
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title>` +
    `<meta name="viewport" content="width=device-width,initial-scale=1"><style>${STYLE}</style></head>` +
    `<body><main><h1>${escaped(title)}</h1>${main}</main></body></html>`
  );
}

const hidden = (fields: Readonly<Record<string, string | undefined>>): string =>
  Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${escaped(value!)}">`)
    .join('');

const form = (action: string, fields: Readonly<Record<string, string | undefined>>, inside: string): string =>
  `<form method="post" action="${escaped(action)}">${hidden(fields)}${inside}</form>`;

const button = (text: string, value?: string, isFirst = false): string =>
  `<button${isFirst ? ' class="first"' : ''}${value === undefined ? '' : ` name="bank" value="${value}"`}>${text}</button>`;

const visitFields = ({ keyId, callbackUrl }: Visit) => ({ key_id: keyId, callback_url: callbackUrl });

export function orderAddress({ base, order, ...visit }: Shown): string {
  return `${base}?${queryOf({ order_id: order, ...visitFields(visit) })}`;
}

export function paymentAddress({ base, ...visit }: Shown, payment: string): string {
  return `${base}/payments/${payment}?${queryOf(visitFields(visit))}`;
}

function queryOf(fields: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined);
  return new URLSearchParams(given).toString();
}

const leave = ({ callbackUrl }: Shown): string =>
  callbackUrl === undefined ? '' : `<a class="way" href="${escaped(callbackUrl)}">Leave without paying</a>`;

/** Choose how to pay. */
export function orderPage(shown: Shown): string {
  const to = `${shown.base}/orders/${shown.order}/payments`;
  const card =
    '<label>Card number<input name="number" inputmode="numeric" autocomplete="off" value="4111 1111 1111 1111"></label>' +
    '<label>Expiry<input name="expiry" autocomplete="off" value="12/30"></label>' +
    '<label>CVV<input name="cvv" autocomplete="off" value="123"></label>';
  return page(
    `Pay ₹${rupeesFromPaise(shown.amountPaise)}`,
    form(to, { ...visitFields(shown), method: 'card' }, card + button('Pay by card', undefined, true)) +
      form(to, { ...visitFields(shown), method: 'upi' }, button('Pay by UPI')) +
      leave(shown),
  );
}

/** The bank of a card, as the test mode shows it. */
export function bankPage(shown: Shown, payment: string): string {
  return page(
    'Bank of the card',
    `<p>₹${rupeesFromPaise(shown.amountPaise)}</p>${form(
      `${shown.base}/payments/${payment}`,
      visitFields(shown),
      button('Success', 'yes', true) +
        button('Failure', 'no') +
        button('Cancel', 'cancelled') +
        button('No answer now, success later', 'late'),
    )}`,
  );
}

/** A payee's address is in the string, none of a payer is typed anywhere: collect requests have ended. */
export function intentOf({ order, amountPaise }: Pick<Shown, 'order' | 'amountPaise'>): string {
  const fields = new URLSearchParams({
    pa: 'munim.sandbox@sndb',
    pn: 'Munim Sandbox',
    tr: order.replace('_', ''),
    am: rupeesFromPaise(amountPaise),
    cu: 'INR',
    mc: '6012',
  });
  return `upi://pay?${fields.toString().replaceAll('+', '%20')}`; // apps of payers read no + as a space
}

export async function upiPage(shown: Shown, payment: string): Promise<string> {
  const intent = intentOf(shown);
  const { default: QrCode } = await import('qrcode-svg'); // few sandboxes show a page
  const code = new QrCode({
    content: intent,
    ecl: 'M',
    join: true,
    padding: 2,
    container: 'svg-viewbox',
    xmlDeclaration: false,
  });
  return page(
    'Pay by UPI',
    `<p>₹${rupeesFromPaise(shown.amountPaise)}: scan the code with any UPI app, or open one.</p>${code.svg()}` +
      `<p class="string"><a id="intent" href="${escaped(intent)}">${escaped(intent)}</a></p>` +
      `<h2>The app of the payer</h2>${form(
        `${shown.base}/payments/${payment}`,
        visitFields(shown),
        button('Approve', 'yes', true) +
          button('Decline', 'no') +
          button('Close the app', 'cancelled') +
          button('No answer now, success later', 'late'),
      )}`,
  );
}

/** What the checkout hands to the app, which it posts to the callback URL where there is one. */
export interface Handed {
  razorpay_payment_id: string;
  razorpay_order_id: string;
  razorpay_signature: string;
}

export function paidPage(shown: Shown, handed: Handed): string {
  const fields = { ...handed };
  const list = Object.entries(fields)
    .map(([name, value]) => `<dt>${name}</dt><dd id="${name}">${escaped(value)}</dd>`)
    .join('');
  const back =
    shown.callbackUrl === undefined ? '' : form(shown.callbackUrl, fields, button('Go on', undefined, true));
  return page('Paid', `<p>₹${rupeesFromPaise(shown.amountPaise)}</p><dl>${list}</dl>${back}`);
}

export function unpaidPage(shown: Shown, why: string): string {
  return page(
    'Not paid',
    `<p>${escaped(why)}</p><a class="way" href="${escaped(orderAddress(shown))}">Try again</a>${leave(shown)}`,
  );
}

export const errorPage = (text: string): string => page('This does not work', `<p>${escaped(text)}</p>`);
