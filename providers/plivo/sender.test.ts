import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Message, Sender } from '../../domain/notifications/port';
import { createPlivoSender } from './sender';

interface Asked {
  url: string | undefined;
  authorization: string | undefined;
  body: Record<string, unknown>;
}
let answer: { status: number; body: string; headers?: Record<string, string> } | 'silence';
let asked: Asked[];
let server: http.Server;
let sender: Sender;

beforeAll(async () => {
  server = http.createServer((req, res) => {
    let text = '';
    req.on('data', (piece: Buffer) => (text += piece.toString('utf8')));
    req.on('end', () => {
      asked.push({
        url: req.url,
        authorization: req.headers.authorization,
        body: JSON.parse(text) as Record<string, unknown>,
      });
      if (answer === 'silence') return req.socket.destroy();
      res.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  sender = senderAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterAll(async () => {
  await sender.close();
  server.close();
});
beforeEach(() => {
  asked = [];
});

const senderAt = (baseUrl: string): Sender =>
  createPlivoSender({
    authId: 'MATEST',
    authToken: 'plivo_test_token',
    header: 'MUNIMX',
    entityId: '1201160000000000001',
    reportUrl: 'https://hooks.example.in/delivery-reports/plivo/',
    baseUrl,
  });
const MESSAGE: Message = {
  id: '01930000-0000-7000-8000-000000000000',
  to: '9876543210',
  subject: null,
  text: 'आपका कोड 012345',
  language: 'hi',
  dltTemplateId: '1107160000000000001',
  notAfter: new Date(Date.now() + 600_000),
};

it('sends what the operators ask for, and gives each message an address of its own for reports', async () => {
  answer = { status: 202, body: '{"api_id":"a","message":"message(s) queued","message_uuid":["m-1"]}' };
  expect(await sender.send(MESSAGE)).toEqual({ kind: 'taken', reference: 'm-1' });
  expect(asked).toEqual([
    {
      url: '/v1/Account/MATEST/Message/',
      authorization: `Basic ${Buffer.from('MATEST:plivo_test_token').toString('base64')}`,
      body: {
        src: 'MUNIMX',
        dst: '919876543210',
        text: MESSAGE.text,
        type: 'sms',
        url: `https://hooks.example.in/delivery-reports/plivo/${MESSAGE.id}`,
        method: 'POST',
        dlt_entity_id: '1201160000000000001',
        dlt_template_id: '1107160000000000001',
        dlt_template_category: 'transactional',
      },
    },
  ]);
});

it.each([
  [202, '{"message_uuid":[]}', 'unknown'],
  [200, 'not JSON', 'unknown'],
  [400, '{"error":"dst is not valid"}', 'refused'],
  [401, '', 'not_sent'],
  [402, '', 'not_sent'],
  [404, '', 'not_sent'],
  [500, '', 'unknown'],
  [503, '', 'unknown'],
])('%i %s is %s', async (status, body, kind) => {
  answer = { status, body };
  expect(await sender.send(MESSAGE)).toMatchObject({ kind });
});

it('waits as long as 429 says', async () => {
  answer = { status: 429, body: '', headers: { 'retry-after': '7' } };
  expect(await sender.send(MESSAGE)).toEqual({
    kind: 'not_sent',
    reason: 'answered 429',
    retryAfterMs: 7_000,
  });
});

it('a connection that breaks after the request may mean sent; one that never stood does not', async () => {
  answer = 'silence';
  expect(await sender.send(MESSAGE)).toMatchObject({ kind: 'unknown' });
  const nowhere = senderAt('http://127.0.0.1:9');
  expect(await nowhere.send(MESSAGE)).toMatchObject({ kind: 'not_sent' });
  await nowhere.close();
});

it.each([
  ['a text without a DLT id', { dltTemplateId: null }],
  ['another number than a mobile one', { to: '+919876543210' }],
  ['a text that is too long', { text: 'x'.repeat(701) }],
])('never asks for %s', async (_name, over) => {
  expect(await sender.send({ ...MESSAGE, ...over })).toMatchObject({ kind: 'refused' });
  expect(asked).toEqual([]);
});

it('sends nothing that is too late', async () => {
  expect(await sender.send({ ...MESSAGE, notAfter: new Date(0) })).toMatchObject({ kind: 'not_sent' });
  expect(asked).toEqual([]);
});
