/** The sender of SMS and the reader of its reports, against the sandbox, which signs for itself. */
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { DeliveryReport, Message, Sender } from '../../../domain/notifications/port';
import { createPlivoReports, type PlivoReports } from '../../../providers/plivo/reports';
import { createPlivoSender } from '../../../providers/plivo/sender';
import { startSandbox, type Sandbox } from '../../../sandbox/app';
import { sandboxOptions } from '../../support/sandbox';
import { until } from '../../support/until';

const KEYS = { authId: 'MASANDBOX', authToken: 'plivo sandbox token' };

let sandbox: Sandbox;
let server: http.Server;
let dir: string;
let reports: PlivoReports;
let sender: Sender;
let reported: DeliveryReport[];
const settings = { ...KEYS, header: 'MUNIMX', entityId: '1201160000000000001', reportUrl: '', baseUrl: '' };

beforeAll(async () => {
  reported = [];
  server = http.createServer((req, res) => {
    const pieces: Buffer[] = [];
    req.on('data', (piece: Buffer) => pieces.push(piece));
    req.on('end', () => {
      const id = req.url!.split('/').at(-1)!;
      const headers = req.headers as Record<string, string | undefined>;
      try {
        reported.push(reports.read(id, headers, Buffer.concat(pieces)));
        res.writeHead(200).end();
      } catch {
        res.writeHead(401).end();
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'munim-plivo-'));
  const { port } = server.address() as AddressInfo;
  settings.reportUrl = `http://127.0.0.1:${port}/delivery-reports/plivo`;
  sandbox = await startSandbox({
    ...sandboxOptions(dir, `http://127.0.0.1:${port}/callbacks/razorpayx`),
    slowMs: 50,
    plivo: KEYS,
  });
  settings.baseUrl = `${sandbox.url}/plivo`;
  reports = createPlivoReports(settings);
  sender = createPlivoSender(settings);
});
afterAll(async () => {
  await sender.close();
  await sandbox.close();
  server.close();
  fs.rmSync(dir, { recursive: true, force: true });
});

let serial = 0;
const message = (ending: string, over: Partial<Message> = {}): Message => ({
  id: `01930000-0000-7000-8000-${String(++serial).padStart(12, '0')}`,
  to: `987654${ending}`,
  subject: null,
  text: '012345 आपका कोड है',
  language: 'hi',
  dltTemplateId: '1107160000000000001',
  notAfter: new Date(Date.now() + 600_000),
  ...over,
});
const statesOf = (id: string): string[] => reported.filter((r) => r.id === id).map(({ state }) => state);
const ended = (id: string, state: string): Promise<string[]> =>
  until(
    () => statesOf(id),
    (states) => states.includes(state),
  );

it.each([
  ['0000', 'delivered'],
  ['2222', 'delivered'],
  ['3333', 'undelivered'],
])('%s is taken, and %s is reported for the message itself', async (ending, state) => {
  const sent = message(ending);
  expect(await sender.send(sent)).toEqual({ kind: 'taken', reference: expect.any(String) as string });
  expect(await ended(sent.id, state)).toEqual(['sent', state]);
  const sequences = reported.filter((r) => r.id === sent.id).map(({ sequence }) => sequence);
  expect(sequences).toEqual([1, 2]);
});

it('the operator’s code of a failure is told', async () => {
  const sent = message('3333');
  await sender.send(sent);
  await ended(sent.id, 'undelivered');
  expect(reported.find((r) => r.id === sent.id && r.state === 'undelivered')!.reason).toBe('Plivo 450');
});

it('1111 is refused, 7777 may have been sent', async () => {
  expect(await sender.send(message('1111'))).toMatchObject({ kind: 'refused' });
  expect(await sender.send(message('7777'))).toMatchObject({ kind: 'unknown' });
});

it('a message whose answer is lost is known by its report', async () => {
  const sent = message('5555');
  const answer = sender.send(sent);
  await ended(sent.id, 'delivered');
  const [taken] = (await (await fetch(`${sandbox.url}/__sandbox/plivo/messages`)).json()) as [
    { dst: string },
  ];
  expect(taken.dst).toBe(`91${sent.to}`);
  await sandbox.close();
  expect(await answer).toMatchObject({ kind: 'unknown' });
});
