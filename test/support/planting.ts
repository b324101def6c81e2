/** Values that stand nowhere else in the world, and the search for them in every form that a program might give them. */
import { captureData } from '../../sandbox/eko/finger';
import { randomInt } from 'node:crypto';
import { readGstin } from '../../domain/india/tax-ids';
import { isEasyPin } from '../../domain/step-up/easy-pins';
import { freshAadhaar } from './aeps-world';

export type Kind =
  | 'aadhaar'
  | 'pid'
  | 'otp'
  | 'account'
  | 'mobile'
  | 'name'
  | 'consumer'
  | 'pan'
  | 'address'
  | 'document'
  | 'text'
  | 'balance'
  | 'gstin'
  | 'email'
  | 'password'
  | 'pin'
  | 'code'
  | 'token';
export interface Planted {
  kind: Kind;
  /** Whose it is, for people. */ label: string;
  value: string;
}

const letters = (n: number): string =>
  Array.from({ length: n }, () => String.fromCodePoint(97 + randomInt(26))).join('');
/** Without zeros: ids that are counted up are full of them, and would be taken for a value that is written backwards. */
const digits = (n: number): string => Array.from({ length: n }, () => randomInt(1, 10)).join('');

export type Garden = ReturnType<typeof createGarden>;

/** Makes values and remembers them. */
export function createGarden() {
  const planted: Planted[] = [];
  const plant = (kind: Kind, label: string, value: string): string => {
    planted.push({ kind, label, value });
    return value;
  };
  return {
    planted,
    aadhaar: (label: string) => plant('aadhaar', label, freshAadhaar()),
    pid: (label: string) =>
      `<PidData><Resp errCode="0" errInfo="Capture Success" fType="2" nmPoints="52"/><DeviceInfo dpId="X" ` +
      `mc="${plant('pid', `${label} (certificate)`, letters(20))}"/><Data ` +
      `type="X">${plant('pid', label, letters(40))}</Data></PidData>`,
    /** A capture that was made with a one-time password. */
    pidWith: (label: string, otp: string) =>
      `<PidData><Resp errCode="0" errInfo="Capture Success" fType="2" nmPoints="52"/><DeviceInfo dpId="X" ` +
      `mc="${plant('pid', `${label} (certificate)`, letters(20))}"/><Data ` +
      `type="X">${plant('pid', label, captureData(otp))}</Data></PidData>`,
    otp: (label: string) => plant('otp', label, `${randomInt(1, 10)}${digits(7)}`),
    /** The last four say what becomes of it, and may be shown. */
    account: (label: string, ending: string) => `${plant('account', label, `9${digits(9)}`)}${ending}`,
    mobile: (label: string, ending: string) => plant('mobile', label, `9${digits(5)}${ending}`),
    consumer: (label: string, ending: string) => plant('consumer', label, `7${digits(7)}${ending}`),
    name: (label: string) => `Zx${plant('name', label, letters(12))} Test`,
    address: (label: string) => `Shop 12, ${plant('address', label, letters(14))} Road`,
    pan: (label: string) =>
      plant(
        'pan',
        label,
        `${letters(3).toUpperCase()}P${letters(1).toUpperCase()}${digits(4)}${letters(1).toUpperCase()}`,
      ),
    /**
     * What a customer's account holds, or what was booked on it: eight digits of paise, also as a bank writes
     * the rupees. Gives the rupees.
     */
    balance: (label: string) => {
      const paise = plant('balance', label, `${randomInt(10_000_000, 99_999_999)}`);
      plant(
        'balance',
        `${label} (grouped)`,
        `${paise[0]!},${paise.slice(1, 3)},${paise.slice(3, 6)}.${paise.slice(6)}`,
      );
      return plant('balance', `${label} (rupees)`, `${paise.slice(0, 6)}.${paise.slice(6)}`);
    },
    text: (label: string) => plant('text', label, letters(16)),
    /** The PAN stands in it. */
    gstin: (label: string, pan: string) => {
      const ends = Array.from('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ');
      const end = ends.find((check) => readGstin(`27${pan}1Z${check}`) !== undefined)!;
      return plant('gstin', label, `27${pan}1Z${end}`);
    },
    email: (label: string) => `${plant('email', label, letters(14))}@example.in`,
    password: (label: string) => plant('password', label, `${letters(12)} ${letters(6)}`),
    pin: (label: string) => {
      for (;;) {
        const pin = `${randomInt(100_000, 1_000_000)}`;
        if (!isEasyPin(pin)) return plant('pin', label, pin);
      }
    },
    /** What we made and sent to its owner alone. */
    code: (label: string, sent: string) => plant('code', label, sent),
    token: (label: string, given: string) => plant('token', label, given),
    document: (label: string) =>
      Buffer.concat([
        Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
        Buffer.from(plant('document', label, letters(200))),
      ]).toString('base64'),
    /** A PDF that is taken as a scan. */
    scan: (label: string) =>
      Buffer.from(
        `%PDF-1.7\n1 0 obj <</Planted (${plant('document', label, letters(200))})>> endobj\ntrailer\n%%EOF\n`,
      ).toString('base64'),
  };
}

interface Form {
  name: string;
  text: string;
  in: 'lower' | 'exact' | 'joined';
  /** So short that it is no find inside a longer number. */ alone: boolean;
}

function base64Of(value: string): string[] {
  const raw = Buffer.from(value);
  return [0, 1, 2]
    .map((shift) => {
      const text = Buffer.concat([Buffer.alloc(shift), raw, Buffer.alloc(0)])
        .toString('base64')
        .replaceAll('=', '');
      const whole = Math.floor((shift + raw.length) / 3) * 4; // what follows changes the rest
      return text.slice(shift === 0 ? 0 : shift + 1, whole);
    })
    .filter((text) => text.length >= 8);
}

/**
 * Plain without case; hex; base64 and base64url at each of the three places that it may have in a longer
 * text; URL-encoded; reversed; digits without what stands between them.
 */
export function formsOf({ value }: Planted): Form[] {
  const plain = value.toLowerCase();
  const isNumber = /^\d+$/.test(value);
  const alone = isNumber && value.length < 10;
  const reversed = Array.from(plain).reverse().join('');
  /** So few digits are another number by chance when they are read backwards. */
  const isShort = isNumber && value.length < 8;
  const base64 = base64Of(value);
  const forms: Form[] = [
    { name: 'plain', text: plain, in: 'lower', alone },
    ...(isShort ? [] : [{ name: 'reversed', text: reversed, in: 'lower', alone } as const]),
    { name: 'hex', text: Buffer.from(value).toString('hex'), in: 'lower', alone: false },
    ...[...new Set([...base64, ...base64.map((t) => t.replaceAll('+', '-').replaceAll('/', '_'))])].map(
      (text): Form => ({ name: 'base64', text, in: 'exact', alone: false }),
    ),
    {
      name: 'URL-encoded',
      text: [...Buffer.from(value)].map((b) => `%${b.toString(16)}`).join(''),
      in: 'lower',
      alone: false,
    },
  ];
  return isNumber && !isShort
    ? [
        ...forms,
        { name: 'in groups', text: plain, in: 'joined', alone },
        { name: 'in groups, reversed', text: reversed, in: 'joined', alone },
      ]
    : forms;
}

/** Groups of digits put together: spaces, dashes, dots and their URL-encoded forms between two digits go. */
const joined = (text: string): string => text.replaceAll(/(?<=\d)(?:[ .+-]|%20|%2d){1,3}(?=\d)/gi, '');

export interface Found {
  place: string;
  kind: Kind;
  label: string;
  form: string;
  around: string;
}

/** Where values are in a text. `around` shows what stands beside a value, never the value. */
export function findPlanted(planted: readonly Planted[], place: string, text: string): Found[] {
  const views = { exact: text, lower: text.toLowerCase(), joined: joined(text) };
  const found: Found[] = [];
  for (const one of planted) {
    for (const form of formsOf(one)) {
      const at = positionOf(views[form.in], form);
      if (at < 0) continue;
      const view = views[form.in];
      const end = at + form.text.length;
      const around = `${view.slice(Math.max(0, at - 160), at)}[here]${view.slice(end, end + 60)}`;
      found.push({
        place,
        kind: one.kind,
        label: one.label,
        form: form.name,
        around: around.replaceAll('\n', ' '),
      });
      break;
    }
  }
  return found;
}

function positionOf(text: string, form: Form): number {
  if (!form.alone) return text.indexOf(form.text);
  for (let at = text.indexOf(form.text); at >= 0; at = text.indexOf(form.text, at + 1)) {
    const isFraction = form.text.length < 8 && /\d\.$/.test(text.slice(Math.max(0, at - 2), at)); // of a second
    if (
      !isFraction &&
      !/[0-9a-f]/i.test(text[at - 1] ?? ' ') &&
      !/[0-9a-f]/i.test(text[at + form.text.length] ?? ' ')
    )
      return at;
  }
  return -1;
}
