/** Against a real SMTP server on this machine. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { createSmtpClient, type Mail, type SmtpClient } from './smtp-client';

interface Taken {
  from: string;
  to: string[];
  text: string;
}
let taken: Taken[];
let refuse: { at: 'rcpt' | 'data'; code: number } | 'hang up after data' | undefined;
let server: SMTPServer;
let client: SmtpClient;

function refusal(code: number): Error {
  return Object.assign(new Error('not now'), { responseCode: code });
}

beforeAll(async () => {
  server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    onAuth: ({ username, password }, _session, done) => {
      if (username === 'munim' && password === 'p@ss word') done(null, { user: username });
      else done(refusal(535));
    },
    onRcptTo: (_address, _session, done) => {
      done(typeof refuse === 'object' && refuse.at === 'rcpt' ? refusal(refuse.code) : undefined);
    },
    onData: (stream, session, done) => {
      let text = '';
      stream.on('data', (piece: Buffer) => (text += piece.toString('utf8')));
      stream.on('end', () => {
        if (refuse === 'hang up after data') {
          for (const connection of server.connections) connection.close();
          return;
        }
        if (refuse !== undefined) return done(refusal(refuse.code));
        const { mailFrom, rcptTo } = session.envelope;
        taken.push({
          from: mailFrom === false ? '' : (mailFrom?.address ?? ''),
          to: rcptTo.map(({ address }) => address),
          text,
        });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  client = clientWith('munim:p%40ss%20word@');
});
afterAll(async () => {
  client.close();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
});
beforeEach(() => {
  taken = [];
  refuse = undefined;
});

function clientWith(user: string): SmtpClient {
  const { port } = server.server.address() as AddressInfo;
  return createSmtpClient({
    url: `smtp://${user}127.0.0.1:${port}`,
    from: 'Munim <no-reply@munim.example>',
    timeoutMs: 5_000,
  });
}
const MAIL: Mail = {
  id: '01930000-0000-7000-8000-000000000000',
  to: 'retailer@shop.example',
  subject: 'आपका कोड',
  text: '012345 आपका कोड है',
  language: 'hi',
};

it('the server gets the mail, in UTF-8, under our own Message-ID', async () => {
  expect(await client.send(MAIL)).toEqual({ kind: 'taken', reference: MAIL.id });
  expect(taken).toHaveLength(1);
  const [{ from, to, text }] = taken as [Taken];
  expect(from).toBe('no-reply@munim.example');
  expect(to).toEqual([MAIL.to]);
  expect(text).toContain(`Message-ID: <${MAIL.id}@munim.example>`);
  expect(text).toContain('Auto-Submitted: auto-generated');
  const body = /\r\n\r\n([A-Za-z0-9+/=\r\n]+)$/.exec(text)?.[1] ?? '';
  expect(Buffer.from(body, 'base64').toString('utf8')).toContain(MAIL.text);
});

it.each([
  [{ at: 'rcpt', code: 550 } as const, 'refused'],
  [{ at: 'data', code: 554 } as const, 'refused'],
  [{ at: 'rcpt', code: 450 } as const, 'not_sent'],
  [{ at: 'data', code: 451 } as const, 'not_sent'],
])('an answer %j is %s', async (how, kind) => {
  refuse = how;
  expect(await client.send(MAIL)).toMatchObject({ kind });
  expect(taken).toEqual([]);
});

it('a line that is cut after the mail may mean sent', async () => {
  refuse = 'hang up after data';
  expect(await client.send(MAIL)).toMatchObject({ kind: 'unknown' });
});

it('a wrong password is a fault of ours, and no end of the mail', async () => {
  const wrong = clientWith('munim:wrong@');
  expect(await wrong.send(MAIL)).toMatchObject({ kind: 'not_sent', reason: 'answered 535' });
  wrong.close();
});

it.each([
  'a@b.example, c@d.example',
  'Name <a@b.example>',
  'a@b',
  'a b@c.example',
  'a@b..example',
  'a@b.example\r\nBcc: c@d.example',
  '',
])('never asks for the address %j', async (to) => {
  expect(await client.send({ ...MAIL, to })).toEqual({ kind: 'refused', reason: 'not an e-mail address' });
  expect(taken).toEqual([]);
});

it('a server elsewhere must offer TLS', async () => {
  const elsewhere = createSmtpClient({ url: 'smtp://mail.invalid:25', from: 'a@b.example', timeoutMs: 500 });
  expect((await elsewhere.send(MAIL)).kind).toBe('unknown');
  elsewhere.close();
  expect(() => createSmtpClient({ url: 'http://mail.example', from: 'a@b.example' })).toThrow(TypeError);
});
