export interface Caller {
  get(path: string): Promise<Record<string, unknown>>;
  post(path: string, body: unknown): Promise<Record<string, unknown>>;
}

const TIMEOUT_MS = 20_000;

/**
 * Asks under one address, with a key where there is one. Throws, with what was answered, unless it is a 2xx.
 */
export function createCaller(url: string, apiKey?: string): Caller {
  async function call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(url + path, {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      body: body === undefined ? undefined : JSON.stringify(body),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
    });
    const text = await response.text();
    if (!response.ok)
      throw new Error(`${method} ${path} is answered ${response.status}: ${text.slice(0, 300)}`);
    return JSON.parse(text) as Record<string, unknown>;
  }
  return { get: (path) => call('GET', path), post: (path, body) => call('POST', path, body) };
}
