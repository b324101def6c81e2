import { DomainError } from '../domain/errors/errors';

/**
 * A connector whose errors quote nothing. A call is given names, one-time passwords and biometrics; an error
 * that it throws may repeat them, and errors end in logs and jobs. Every function of the connector and of its
 * parts, however deep, is wrapped, so that a new port is covered without being listed. Name and stack of an
 * error stay; our own errors and those of drivers, which carry a code, pass unchanged.
 */
export function withQuietErrors<T extends object>(connector: T): T {
  const wrapped = new WeakMap<object, unknown>();
  return new Proxy(connector, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function' && !isPart(value)) return value;
      if (!wrapped.has(value))
        wrapped.set(
          value,
          typeof value === 'function' ? quietCall(value as Call, target) : withQuietErrors(value),
        );
      return wrapped.get(value);
    },
  });
}

type Call = (...given: unknown[]) => unknown;

/**
 * An object of the connector's own, and not a Buffer, a Date, a list or another value that native code looks
 * into.
 */
function isPart(value: unknown): value is object {
  return Object.prototype.toString.call(value) === '[object Object]';
}

function quietCall(call: Call, self: object): Call {
  return (...given) => {
    try {
      const result = call.apply(self, given);
      if (result instanceof Promise) return result.catch(throwQuietly);
      return isAsyncIterable(result) ? quietItems(result) : result;
    } catch (error) {
      return throwQuietly(error);
    }
  };
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

async function* quietItems(items: AsyncIterable<unknown>): AsyncGenerator {
  try {
    yield* items;
  } catch (error) {
    throwQuietly(error);
  }
}

function throwQuietly(error: unknown): never {
  throw quietError(error);
}

function quietError(error: unknown): unknown {
  if (error instanceof DomainError) return error;
  if (!(error instanceof Error)) return new Error('the connector failed');
  if (typeof (error as { code?: unknown }).code === 'string') return error;
  const quieter = new Error('the connector failed');
  quieter.name = error.name;
  quieter.stack = [
    `${error.name}: ${quieter.message}`,
    ...(error.stack ?? '').split('\n').filter((line) => /^\s+at \S/.test(line)),
  ].join('\n');
  return quieter;
}
