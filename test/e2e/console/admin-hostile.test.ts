/**
 * The API for staff as its description tells it: for each field of each route a good request with one thing wrong. Nothing
 * is answered with a fault of ours, and each answer is as described.
 */
import { ADMIN_ROUTES } from '../../../api/admin/routes';
import { describedAnswers } from '../../support/described-answers';
import {
  goodRequests,
  hostileRequests,
  type HostileRequest,
  type Known,
} from '../../support/described-requests';
import { inParallel } from '../../support/hostile-http';
import { keepLog } from '../../support/kept-log';
import { expectNothingInside } from '../../support/problems';
import { startStaffApi, type StaffApi } from '../../support/staff-api';
import { createWorld, type World } from '../../support/world';

const COUNT = Number(process.env.HOSTILE_REQUESTS ?? 3_000);
const SEED = Number(process.env.HOSTILE_SEED ?? Date.now() % 1_000_000_000);

let world: World;
let api: StaffApi;
const errors = keepLog('error');
beforeAll(async () => {
  world = await createWorld({ start: '2026-11-29T06:30:00Z' });
  await world.user(1_000_000n);
  api = await startStaffApi(world, errors.log);
});
afterAll(async () => {
  await api.close();
  await world.close();
});

/** A parameter that is there, so that a request comes further than its first look-up. */
const known: Known = (_path, name) =>
  ({ source: 'razorpayx', bank: 'escrow', day: '2026-11-28', year: '2026' })[name];

async function send(
  requests: readonly HostileRequest[],
  see: (request: HostileRequest, status: number, text: string) => void,
): Promise<void> {
  const { document } = describedAnswers(ADMIN_ROUTES);
  await inParallel(requests, async (request) => {
    const { method, url, headers, body } = request;
    const path = request.field.split(' ')[1]!;
    const operation = document.paths[path]?.[method.toLowerCase()];
    const [type = 'application/json'] = Object.keys(operation?.requestBody?.content ?? {});
    const response = await fetch(api.url + url, {
      method,
      headers: {
        authorization: `Bearer ${api.tokens.get('founder')!}`,
        ...(body === undefined ? {} : { 'content-type': type }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    see(request, response.status, await response.text());
  });
}

it(`${COUNT} requests with one thing wrong, seed ${SEED}`, async () => {
  const { document } = describedAnswers(ADMIN_ROUTES);
  const faults: string[] = [];
  const statuses = new Map<number, number>();
  await send(hostileRequests(document, { count: COUNT, seed: SEED, known }), (request, status, text) => {
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status >= 500)
      faults.push(`${request.field} ${status} ${text} for ${request.url} ${request.body ?? ''}`);
    else if (status >= 400) expectNothingInside(text);
  });
  expect(faults.slice(0, 20)).toEqual([]);
  expect(api.mistakes.slice(0, 20)).toEqual([]);
  expect(errors.lines).toEqual([]);
  expect(statuses.get(422)).toBeGreaterThan(0);
  expect(statuses.get(401)).toBeUndefined();
}, 300_000);

it('with nothing wrong a request is of the right form', async () => {
  const { document } = describedAnswers(ADMIN_ROUTES);
  const refused: string[] = [];
  await send(goodRequests(document, { each: 4, seed: SEED, known }), ({ field, url, body }, status, text) => {
    if (status === 400 || (status === 422 && text.includes('REQUEST_FIELD_INVALID')))
      refused.push(`${field} ${status} ${text} for ${url} ${body}`);
  });
  expect(refused).toEqual([]);
});
