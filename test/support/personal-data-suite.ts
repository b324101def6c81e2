/**
 * P7 over all services together: what customers and agents give travels through every flow, its failures and
 * the answers that quote it, and is found nowhere that it is not documented to be. Aadhaar numbers, PID
 * blocks and one-time passwords are found nowhere at all.
 */
import fs from 'node:fs';
import path from 'node:path';
import { startEchoingProxy, type EchoingProxy } from './echoing-proxy';
import { consoleOf, filesOf, jobsOf, metricsOf, queueStoreOf, serverLogs, tablesOf } from './everywhere';
import { NEVER_OPENS } from './never-opens';
import { createGarden, findPlanted, formsOf, type Found, type Garden } from './planting';
import { startPlatform, type Platform } from './platform';
import type { QueueBackend } from './redis';
import { createDay, type Day } from './service-flows';
import { keepLog } from './kept-log';
import { describeFlows, type Trip } from './personal-data-flows';
import { describeMishaps } from './personal-data-mishaps';
import { describePeople } from './personal-data-people';
import { NEVER, REACHED, REFUSED, routesToEko, SHOWN, SHOWN_ONCE } from './personal-data-places';

export function describePersonalData(backend: QueueBackend): void {
  describe(`P7 personal data over all services, queues on ${backend}`, () => {
    let p: Platform;
    let g: Garden;
    let day: Day;
    let proxy: EchoingProxy;
    const logged = keepLog('debug');
    const jobs = new Set<string>(); // lines, each once
    let watching: NodeJS.Timeout;
    let trip: Trip;

    beforeAll(async () => {
      g = createGarden();
      p = await startPlatform({
        redisUrl: backend === 'redis' ? process.env.TEST_REDIS_URL : undefined,
        log: logged.log,
        setu: true,
        eko: true,
        sandbox: { slowMs: 600 },
        breaker: NEVER_OPENS,
        between: async (url) => (proxy = await startEchoingProxy(url)).url,
        through: async (url, superuserUrl) => {
          await routesToEko(superuserUrl);
          return url;
        },
      });
      day = await createDay(p, g);
      trip = { p, g, day, proxy, sender: '' };
      let busy = false;
      watching = setInterval(() => {
        // finished jobs stay for five minutes (`platform/queue`), and of a queue the last thousand
        if (busy) return;
        busy = true;
        void queueStoreOf(p)
          .then(keepJobs, () => undefined)
          .finally(() => {
            busy = false;
          });
      }, 5_000);
    });
    afterAll(async () => {
      clearInterval(watching);
      await p.close();
      await proxy.close();
    });

    const keepJobs = (text: string): void => {
      for (const line of text.split('\n')) jobs.add(line);
    };
    const bookOf = async (where: string): Promise<string> => JSON.stringify(await day.control('GET', where));

    describe('travels', () => {
      describeFlows(() => trip);
      describeMishaps(() => trip);
      describePeople(() => trip);
    });

    describe('was there', () => {
      it('every route was reached and did what it is for', () => {
        const reached = new Set(
          day.answers.filter(({ status }) => status >= 200 && status < 300).map(({ route }) => route),
        );
        expect(REACHED.filter((route) => !reached.has(route))).toEqual([]);
        for (const [route, code] of Object.entries(REFUSED))
          expect([
            route,
            day.answers.some((answer) => answer.route === route && answer.text.includes(code)),
          ]).toEqual([route, true]);
      });
      it('the books of the sandbox hold a booking for each service', async () => {
        const eko = await bookOf('/eko/book/summary');
        for (const service of [
          'dmt',
          'bbps',
          'recharge',
          'aeps_withdrawal',
          'aeps_balance',
          'aeps_statement',
        ])
          expect(eko).toContain(`"${service}"`);
        for (const product of ['billpay', 'recharge'])
          expect(await bookOf(`/setu/${product}/book/summary`)).toMatch(/Success/);
        expect(await bookOf('/book/summary')).toMatch(/processed/);
        const books = [...filesOf(p.sandboxDir).values()].join('\n');
        for (const label of [
          'recipient paid',
          'paid bill',
          'bill at Eko',
          'unanswered bill at Eko',
          'account of a payer',
          'recharged, airtel',
          'recharged, vi',
          'withdrawal',
          'payee 0000',
        ]) {
          const value = g.planted.find(
            (one) => one.label === label && ['account', 'consumer', 'mobile'].includes(one.kind),
          )!;
          expect({ label, inTheBook: books.includes(value.value) }).toEqual({ label, inTheBook: true });
        }
      });
    });

    describe('is found', () => {
      const expectNothing = (found: Found[]): void => {
        expect(found).toEqual([]);
      };
      const search = (place: string, text: string): Found[] => findPlanted(g.planted, place, text);

      it('in no column of any table', async () => {
        await p.c.callLog.drain();
        const tables = new Map([...(await tablesOf(p, 'public')), ...(await tablesOf(p, 'bullmq'))]);
        for (const table of [
          'api_calls',
          'requests',
          'transaction_outcomes',
          'callbacks',
          'dmt_senders',
          'bbps_fetches',
          'recharges',
          'aeps_withdrawals',
          'aeps_withdrawal_otps',
          'aeps_enquiries',
          'ops_cases',
          'sign_in_codes',
          'user_sessions',
          'user_devices',
          'notifications',
          'kyc_records',
          'kyc_documents',
          'consents',
          'fund_requests',
          'wallet_transfers',
          'transaction_pins',
          'confirmations',
        ])
          expect([table, (tables.get(`public.${table}`)?.length ?? 0) > 0]).toEqual([table, true]);
        expect(tables.get('public.dmt_recipients')).toMatch(/v1\.test1\./);
        expectNothing([...tables].flatMap(([name, text]) => search(name, text)));
      });
      it('in no job: data, result, failed reason, stack, log; as stored and as the queues give it', async () => {
        clearInterval(watching);
        keepJobs(await queueStoreOf(p));
        const stored = [...jobs].join('\n');
        expect(stored).toMatch(/transaction-send/);
        expectNothing([...search('queues', stored), ...search('jobs', await jobsOf(p))]);
      });
      it('in no line of the log', () => {
        expect(logged.text().split('\n').length).toBeGreaterThan(5);
        expectNothing(search('log', logged.text()));
      });
      it('in nothing that ops staff see', async () => {
        const { board, apiCalls } = await consoleOf(p);
        expect(apiCalls).toMatch(/aeps_withdrawal/);
        expect(board).toContain('"queues"');
        expectNothing([...search('Bull Board', board), ...search('API log', apiCalls)]);
      });
      it('in no metric', async () => {
        expectNothing(search('metrics', await metricsOf(p)));
      });
      it('in no answer but those that are documented to show it', () => {
        const byRoute = new Map<string, string>();
        for (const { route, text } of day.answers) byRoute.set(route, `${byRoute.get(route) ?? ''}${text}\n`);
        expect(
          Object.values(SHOWN)
            .flat()
            .filter((kind) => NEVER.has(kind)),
        ).toEqual([]);
        expectNothing(
          [...byRoute].flatMap(([route, text]) =>
            search(route, text).filter(
              ({ kind }) =>
                SHOWN[route]?.includes(kind) !== true && !(kind === 'balance' && SHOWN_ONCE.has(route)),
            ),
          ),
        );
        for (const route of SHOWN_ONCE)
          expect([route, search(route, byRoute.get(route)!).some(({ kind }) => kind === 'balance')]).toEqual([
            route,
            true,
          ]);
      });
      it('in no log of PostgreSQL', () => {
        const logs = serverLogs();
        expect([...logs.keys()]).toContain(path.join('postgres', 'server.log'));
        expectNothing([...logs].flatMap(([name, text]) => search(name, text)));
      });
      it('not even in the books of the sandbox: Aadhaar numbers, PID blocks, one-time passwords, documents', () => {
        for (const [name, text] of filesOf(p.sandboxDir)) {
          if (name.startsWith('outbox')) continue; // the telephones and mail boxes of these people
          expectNothing(search(name, text).filter(({ kind }) => NEVER.has(kind)));
        }
      });
      it('where it is put: the search would see it', () => {
        for (const one of [
          g.planted.find(({ kind }) => kind === 'aadhaar')!,
          g.planted.find(({ kind }) => kind === 'otp')!,
          g.planted.find(({ kind }) => kind === 'name')!,
          g.planted.find(({ kind }) => kind === 'password')!,
          g.planted.find(({ kind }) => kind === 'email')!,
          g.planted.find(({ kind }) => kind === 'gstin')!,
        ]) {
          const { value } = one;
          const raw = Buffer.from(`ab${value}cd`);
          for (const text of [
            value,
            value.toUpperCase(),
            raw.toString('hex'),
            raw.toString('base64'),
            Buffer.from(`abc${value}`).toString('base64url'),
            [...Buffer.from(value)].map((b) => `%${b.toString(16)}`).join(''),
            Array.from(value).reverse().join(''),
          ]) {
            expect([one.kind, text.length, findPlanted([one], 'here', ` ${text} `).length]).toEqual([
              one.kind,
              text.length,
              1,
            ]);
          }
          for (const between of /^\d+$/.test(value) ? [' ', '-', '%20'] : [])
            expect(
              findPlanted([one], 'here', ` ${value.replaceAll(/(\d{4})(?=\d)/g, `$1${between}`)} `),
            ).toHaveLength(1);
          expect(formsOf(one).length).toBeGreaterThan(6);
        }
        for (const short of g.planted.filter(({ kind }) => kind === 'code' || kind === 'pin')) {
          const { value } = short;
          const found = [value, `(1,${value},)`, `code ${value}.`, `12:00:07.${value}+00`].map(
            (text) => findPlanted([short], 'here', text).length,
          );
          expect(found).toEqual([1, 1, 1, 0]); // the last one is a time
        }
        expect(g.planted.length).toBeGreaterThan(150);
        expect(fs.existsSync(path.join(p.sandboxDir, 'eko.jsonl'))).toBe(true);
      });
    });
  });
}
