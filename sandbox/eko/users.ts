/** Our account with Eko: the float, the agents and their services. */
import { failed, invalidParam, ok, tooManyRequests, type Reply } from './answers';
import { shortRupees } from './amounts';
import { MOBILE, NAME } from './fields';
import { MAX_AGENTS } from './parties';
import type { EkoDeps, EkoRequest } from './requests';
import { istDateTime } from './times';

const FIRST_USER_CODE = 20_110_000;

export const AEPS_SERVICE = '43';
const SERVICES: readonly { service_name: string; service_code: string; provider_name: string }[] = [
  { service_name: 'Pan Verification', service_code: '4', provider_name: 'NSDL' },
  { service_name: 'AePS Fund Settlement', service_code: '39', provider_name: 'Yes Bank' },
  { service_name: 'AEPS', service_code: AEPS_SERVICE, provider_name: 'Fingpay' },
  { service_name: 'BBPS', service_code: '53', provider_name: '' },
  { service_name: 'Domestic Money Transfer', service_code: '80', provider_name: 'Fino' },
];

/** GET /user/account/balance: the float, written as a double. */
export function balance({ book }: EkoDeps, { fields }: EkoRequest): Reply {
  fields.text('customer_id_type', /^mobile_number$/);
  const customer = fields.text('customer_id', MOBILE);
  if (customer !== book.initiator) throw invalidParam('customer_id');
  return ok(
    1,
    'SUCCESS',
    {
      last_used_okekey: '0',
      balance: shortRupees(book.money.balancePaise),
      currency: 'INR',
      customer_id: customer,
    },
    -1,
  );
}

/** POST /user/network/eps-agent: adds an agent. A known mobile number returns its existing agent. */
export function onboardAgent({ book }: EkoDeps, { fields }: EkoRequest): Reply {
  fields.text('pan_number', /^[A-Z]{5}\d{4}[A-Z]$/);
  const mobile = fields.text('mobile', MOBILE);
  fields.text('first_name', NAME);
  fields.text('last_name', NAME);
  fields.text('email', /^[^\s@]{1,64}@[^\s@]{1,190}$/);
  fields.text('dob', /^\d{4}-\d{2}-\d{2}$/);
  const shop = fields.text('shop_name', NAME);
  const { agents } = book.parties;
  let user = [...agents.values()].find((agent) => agent.mobile === mobile)?.user;
  if (user === undefined) {
    if (agents.size >= MAX_AGENTS) throw tooManyRequests();
    user = String(FIRST_USER_CODE + agents.size);
    book.party({ t: 'agent', user, mobile, shop });
  }
  return ok(1290, 'User onboarding successfull', { user_code: user, initiator_id: book.initiator }, -1);
}

/** PUT /admin/network/agent/{user_code}/service/{service_code}/activate | deactivate. */
const switchService =
  (on: boolean) =>
  ({ book }: EkoDeps, { fields }: EkoRequest): Reply => {
    const user = fields.text('agent', /^\d{4,15}$/);
    const code = fields.text('service_code', /^\d{1,4}$/);
    if (!book.parties.agents.has(user)) throw failed(1297, 'This user does not exist', { initiator_id: '' });
    if (SERVICES.every((service) => service.service_code !== code)) throw invalidParam('service_code');
    book.party({ t: 'service', user, code, on });
    return ok(0, on ? 'Service activated successfully.' : 'Service deactivated successfully.', {});
  };

export const activateService = switchService(true);
export const deactivateService = switchService(false);

/**
 * GET /user/account/services: services activated or deactivated for an agent; AEPS counts as active once
 * activated.
 */
export function listServices({ book }: EkoDeps, { userCode }: EkoRequest): Reply {
  const agent = book.parties.agents.get(userCode ?? '')!;
  const rows = new Map(agent.services);
  if (agent.aeps !== null) rows.set(AEPS_SERVICE, { on: true, at: agent.at });
  return ok(
    1299,
    'Status of services for this user',
    {
      user_code: agent.user,
      initiator_id: book.initiator,
      service_status_list: [...rows].map(([code, { on, at }]) => ({
        comments: null,
        status_desc: on ? 'ACTIVATED' : 'DEACTIVATED',
        city: null,
        user_name: null,
        mobile: null,
        service_provider: null,
        verification_status: on ? 3 : 0,
        createdAt: `${istDateTime(at)}.0`,
        user_code: null,
        service_code: code,
        state: null,
        status: on ? 1 : 0,
        updatedAt: `${istDateTime(at)}.0`,
      })),
    },
    -1,
  );
}

export const catalogue = (): Reply => ok(1280, 'List of active services', { service_list: SERVICES }, -1);
