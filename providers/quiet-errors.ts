import type { Connector } from '../domain/connectors';
import { DomainError } from '../domain/errors/errors';

/**
 * The connector, with errors that quote nothing: what a call was given (names, one-time passwords, biometrics) may be in the message of an error that it throws,
 * and errors end in logs and in jobs. Name and stack stay; errors of ours and of drivers, which carry a code, pass.
 */
export function withQuietErrors(connector: Connector): Connector {
  return quiet(connector);
}

const PARTS: ReadonlySet<string> = new Set(['payout', 'dmt', 'bbps', 'recharge', 'aeps']);

function quiet<T extends object>(target: T): T {
  const made = new Map<unknown, unknown>();
  const wrap = (name: string | symbol, value: unknown): unknown => {
    if (typeof value === 'function') return quietCall(value as (...given: unknown[]) => unknown, target);
    return typeof name === 'string' && PARTS.has(name) && typeof value === 'object' && value !== null
      ? quiet(value)
      : value;
  };
  return new Proxy(target, {
    get(of, name) {
      const value: unknown = Reflect.get(of, name);
      if (!made.has(value)) made.set(value, wrap(name, value));
      return made.get(value);
    },
  });
}

function quietCall(call: (...given: unknown[]) => unknown, self: object) {
  return (...given: unknown[]): unknown => {
    try {
      const result = call.apply(self, given);
      return result instanceof Promise
        ? result.catch((error: unknown) => {
            throw quietError(error);
          })
        : result;
    } catch (error) {
      throw quietError(error);
    }
  };
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
