/**
 * The rules of BillPay that its OpenAPI file leaves out, as Setu's pages "Remitter & Account Info" and "Objects"
 * state them (SetuHQ/docs b658bee, 2026-04-27). The file lists neither `remitter.name` nor `accountInfo` as
 * required, has modes that ended, and says in prose only what an agent must give by its channel: a body that the
 * file takes may be one that Setu refuses.
 */
type Json = Record<string, unknown>;

const PAY = '/api/v2/bbps/bills/payment/request';
const FETCH = '/api/v2/bbps/bills/fetch/request';

/** 4.1: the length and the form of `accountInfo` by mode. A mode that is not here has ended. */
const ACCOUNT_INFO: Readonly<Record<string, readonly [least: number, form: RegExp]>> = {
  Cash: [1, /^.+$/],
  USSD: [1, /^.+$/],
  Wallet: [12, /^[^|]+\|\d+$/],
  UPI: [3, /^[^@|\s]+@[^@|\s]+$/],
  'Credit Card': [3, /^[^|]+\|[^|]+$/],
  'Debit Card': [3, /^[^|]+\|[^|]+$/],
  'Prepaid Card': [3, /^[^|]+\|[^|]+$/],
  'Account Transfer': [3, /^[A-Z0-9]{11}\|[^|]+$/],
  'Bharat QR': [3, /^[A-Z0-9]{11}\|[^|]+$/],
  'Internet Banking': [3, /^[A-Z0-9]{11}\|[^|]+$/],
  AEPS: [3, /^\d{12}\|\d+$/],
  'BHIM Aadhaar Pay': [3, /^\d{12}\|\d+$/],
};

/** "Initiating Channel & Required Agent parameters". */
const AGENT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  BNKBRNCH: ['ifsc', 'mobile', 'geocode', 'postalCode'],
  MOB: ['ip', 'imei', 'os', 'app'],
  MOBB: ['ip', 'imei', 'os', 'app'],
  INT: ['ip', 'mac'],
  INTB: ['ip', 'mac'],
  ATM: ['terminalId'],
  KIOSK: ['terminalId'],
  AGT: ['terminalId', 'mobile', 'geocode', 'postalCode'],
  BSC: ['terminalId', 'mobile', 'geocode', 'postalCode'],
};

/** What of a body breaks a rule. */
export function brokenRules(route: string, body: Json | undefined): string[] {
  if (body === undefined || (route !== PAY && route !== FETCH)) return [];
  return [...brokenByAgent(body.agent as Json | undefined), ...(route === PAY ? brokenByPayer(body) : [])];
}

function brokenByAgent(agent: Json | undefined): string[] {
  if (agent === undefined) return [];
  return (AGENT_FIELDS[agent.channel as string] ?? [])
    .filter((field) => typeof agent[field] !== 'string' || agent[field] === '')
    .map((field) => `agent.${field} is required for the channel ${String(agent.channel)}`);
}

function brokenByPayer({ remitter, paymentDetails }: Json): string[] {
  const name = (remitter as Json | undefined)?.name;
  const { mode, accountInfo } = (paymentDetails ?? {}) as Json;
  const broken: string[] = [];
  if (typeof name !== 'string' || name.length < 1 || name.length > 50)
    broken.push('remitter.name is required');
  const rule = ACCOUNT_INFO[String(mode)];
  if (rule === undefined) return [...broken, `the mode ${String(mode)} has ended`];
  const [least, form] = rule;
  if (
    typeof accountInfo !== 'string' ||
    accountInfo.length < least ||
    accountInfo.length > 50 ||
    !form.test(accountInfo)
  )
    broken.push(`accountInfo is not in the form of ${String(mode)}`);
  return broken;
}
