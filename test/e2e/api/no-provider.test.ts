/** Where a provider is not set up, what needs it is refused as the API describes it, by every route. */
import { describedAnswers } from '../../support/described-answers';
import { goodRequests } from '../../support/described-requests';
import { startPlatform, type Platform } from '../../support/platform';

let p: Platform;
beforeAll(async () => {
  p = await startPlatform({ workers: [] });
});
afterAll(async () => {
  await p.close();
});

it('each route answers as it is described', async () => {
  const { apiKey } = await p.user(100_000_000n);
  const refused: string[] = [];
  for (const { method, url, headers, body, field } of goodRequests(describedAnswers().document, {
    each: 1,
    seed: 1,
    known: () => undefined,
  })) {
    const response = await fetch(p.apiUrl + url, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
    if ((await response.text()).includes('PROVIDER_UNAVAILABLE')) refused.push(field);
  }
  expect(p.mistakes).toEqual([]);
  expect(refused).toEqual(expect.arrayContaining(['GET /v1/bbps/categories', 'POST /v1/aeps/agent']));
});
