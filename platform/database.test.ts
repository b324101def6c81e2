import { isConnectionError, isOutOfTime, isRetryableError } from './database';

const withCode = (code: string): Error => Object.assign(new Error('x'), { code });

it.each([
  'ECONNREFUSED',
  'EAI_AGAIN',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  '57P01',
  '57P05',
  '08006',
  '25006',
  '25P03',
  '53300',
])('%s: the database is away, for now', (code) => {
  expect([isConnectionError(withCode(code)), isRetryableError(withCode(code))]).toEqual([true, false]);
});

it.each([
  'Connection terminated unexpectedly',
  'COMMIT; - Client has encountered a connection error and is not queryable',
  'timeout expired',
  'Knex: Timeout acquiring a connection. The pool is probably full.',
])('%s: likewise', (message) => {
  expect(isConnectionError(new Error(message))).toBe(true);
});

it.each(['23505', '23514', '42P01', '22P02', '57014'])('%s: an answer of the database', (code) => {
  expect([isConnectionError(withCode(code)), isRetryableError(withCode(code))]).toEqual([false, false]);
  expect(isOutOfTime(withCode(code))).toBe(code === '57014');
});

it.each(['40P01', '40001', '55P03'])('%s: the same work may be tried again', (code) => {
  expect([isConnectionError(withCode(code)), isRetryableError(withCode(code))]).toEqual([false, true]);
});
