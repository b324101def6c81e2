import type { DevUser } from '../stack/run-lock';
import { RefusedError, type DemoApi } from './api';
import { lookAround } from './privacy';

const user = (name: string, type: string, below: string | null): DevUser => ({
  ...{ user: name, name, type, below, mobile: '9900000001', password: 'p', pin: '1', api_key: name },
});
const NETWORK = [
  user('north', 'distributor', null),
  user('shop', 'retailer', 'north'),
  user('till', 'sub_merchant', 'shop'),
  user('south', 'distributor', null),
];
const ABOVE: Record<string, string[]> = { north: [], shop: ['north'], till: ['shop', 'north'], south: [] };

/** An API that answers as it must, but for what `wrong` changes. */
const apiOf =
  (wrong: (viewer: string, path: string) => boolean | undefined = () => undefined) =>
  ({ name: viewer, type }: DevUser): Pick<DemoApi, 'call'> => ({
    async call(_method, path) {
      const answer = (body: object) => ({ status: 200, body: body as Record<string, unknown> });
      if (path.startsWith('/v1/users?'))
        return answer({
          data: Object.keys(ABOVE)
            .filter((name) => ABOVE[name]!.includes(viewer))
            .map((name) => ({ name })),
        });
      if (path === '/v1/wallets' || path === '/v1/transactions?limit=1')
        return answer({ data: [{ id: viewer }] });
      const [, , kind, owner, sub] = path.split('/');
      const reach = type === 'distributor' || (type === 'retailer' && sub === undefined);
      const may = owner === viewer || (kind === 'users' && reach && ABOVE[owner!]!.includes(viewer));
      if (wrong(viewer, path) ?? may) return answer({});
      throw new RefusedError(path, 404, { code: 'USER_NOT_FOUND', detail: '' });
    },
  });

const problems = async (wrong?: Parameters<typeof apiOf>[0]): Promise<string[]> =>
  (await lookAround(NETWORK, apiOf(wrong))).flatMap((sight) => sight.problems);

test('nothing is told where everybody sees what is theirs', async () => {
  expect(await problems()).toEqual([]);
  const [north, , , south] = await lookAround(NETWORK, apiOf());
  expect([north!.users, north!.transactions, south!.users]).toEqual([2, 2, 0]);
});

test('whoever sees too much or too little is told', async () => {
  expect(
    await problems((viewer, path) => (viewer === 'south' && path === '/v1/users/shop' ? true : undefined)),
  ).toEqual(['south sees users of shop: shop']);
  expect(
    await problems((viewer, path) =>
      viewer === 'north' && path === '/v1/users/till/wallets' ? false : undefined,
    ),
  ).toEqual(['north does not see (USER_NOT_FOUND) wallets of till: wallets']);
  expect(
    await problems((viewer, path) =>
      viewer === 'shop' && path === '/v1/transactions/till' ? true : undefined,
    ),
  ).toEqual(['shop sees transactions of till: till']);
});
