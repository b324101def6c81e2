import { schemaProblem, sentenceOf, StartFault } from './start-fault';

const PLACES = {
  databaseUrl: 'postgres://munim:secret-word@db.internal:5432/munim',
  ports: { 3000: 'MUNIM_API_PORT' },
  files: { '/etc/cert.pem': 'MUNIM_TLS_CERT' },
};
const fault = (fields: object): Error => Object.assign(new Error('raw text'), fields);

describe('a fault of the start is one sentence: what, where, what to do', () => {
  it.each([
    [
      { code: 'ECONNREFUSED', address: '127.0.0.1', port: 5432 },
      'PostgreSQL at db.internal:5432 does not answer (nothing listens there): start it, or correct DATABASE_URL.',
    ],
    [
      { code: 'ENOTFOUND', hostname: 'db.internal' },
      'PostgreSQL at db.internal:5432 does not answer (the name of the host is not known): start it, or correct DATABASE_URL.',
    ],
    [
      { code: 'EADDRINUSE', port: 3000 },
      'The port 3000 is taken by another program: stop it, or choose another port with MUNIM_API_PORT.',
    ],
    [
      { code: 'EACCES', port: 80 },
      'The port 80 may not be opened by this user: choose one above 1023 with the setting of the port.',
    ],
    [
      { code: 'ENOENT', path: '/etc/cert.pem' },
      'The file /etc/cert.pem does not exist: put it there, or correct MUNIM_TLS_CERT.',
    ],
    [
      { code: 'EACCES', path: '/etc/cert.pem' },
      'The file /etc/cert.pem cannot be read by this user: put it there, or correct MUNIM_TLS_CERT.',
    ],
    [
      { code: '28000' },
      'PostgreSQL at db.internal:5432 does not let this role in: create the role there, or correct DATABASE_URL.',
    ],
    [{ code: '28P01' }, 'PostgreSQL at db.internal:5432 refuses the password: correct DATABASE_URL.'],
    [
      { code: '42P01', message: 'select a - relation "x" does not exist' },
      'PostgreSQL at db.internal:5432 has a schema that is behind this program: run `npm run migrate`, then start again.',
    ],
    [
      { code: '3D000' },
      'PostgreSQL at db.internal:5432 has no database of this name: create it with `npm run migrate`, or correct DATABASE_URL.',
    ],
  ])('%j', (fields, sentence) => {
    expect(sentenceOf(fault(fields), PLACES)).toBe(sentence);
    expect(sentenceOf(fault(fields), PLACES)).not.toContain('secret-word');
  });

  it('of several tries to connect the first is told', () => {
    const error = new AggregateError([fault({ code: 'ECONNREFUSED' })], '');
    expect(sentenceOf(error, PLACES)).toMatch(/^PostgreSQL at db.internal:5432 does not answer/);
  });

  it('a sentence of ours stays, and of other errors the first line, without a statement', () => {
    expect(sentenceOf(new StartFault('All is said.'))).toBe('All is said.');
    expect(sentenceOf(new Error('select a, b from c where d = $1 - it broke\n  at x'))).toBe('it broke');
    expect(sentenceOf(undefined)).toBe('the start failed');
  });
});

describe('old and new programs side by side', () => {
  const known = ['1_a', '2_b'];
  it.each([
    ['the same', { applied: known, needs: '1_a' }, /^fits$/],
    ['behind', { applied: ['1_a'], needs: null }, /behind this program by 1 migration \(the first is 2_b\)/],
    ['empty', { applied: [], needs: null }, /behind this program by 2 migrations .*npm run migrate/],
    ['ahead, and the program may run on', { applied: [...known, '3_c'], needs: '2_b' }, /^fits$/],
    ['ahead, and needs a newer one', { applied: [...known, '3_c'], needs: '3_c' }, /start the newer program/],
  ])('%s', (_what, schema, problem) => {
    expect(schemaProblem(schema, known) ?? 'fits').toMatch(problem);
  });
});
