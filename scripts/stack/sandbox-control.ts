/**
 * How scripts and benches call the sandbox's control API. Its token belongs to an address, not to a script: it is
 * remembered when a stack is started or found.
 */
export interface SandboxCall {
  method?: string;
  body?: unknown;
}

const TIMEOUT_MS = 30_000;
const tokens = new Map<string, string>();

export function rememberSandboxToken(sandboxUrl: string, token: string | undefined): void {
  if (token !== undefined) tokens.set(sandboxUrl, token);
}

/** The token of a sandbox; undefined where none is asked for, as inside tests. */
export function sandboxToken(sandboxUrl: string): string | undefined {
  return tokens.get(sandboxUrl);
}

/** Calls `path` under `/__sandbox`. Throws Error, with the status, unless it is a 2xx. */
export async function callSandbox<T>(sandboxUrl: string, path: string, call: SandboxCall = {}): Promise<T> {
  return (await (await answerOf(sandboxUrl, path, call)).json()) as T;
}

/** What is under `path` as it is: a report is no JSON. Throws as `callSandbox`. */
export async function sandboxText(sandboxUrl: string, path: string): Promise<string> {
  return (await answerOf(sandboxUrl, path, {})).text();
}

async function answerOf(
  sandboxUrl: string,
  path: string,
  { method = 'GET', body }: SandboxCall,
): Promise<Response> {
  const token = sandboxToken(sandboxUrl);
  const response = await fetch(`${sandboxUrl}/__sandbox${path}`, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`the sandbox answers ${response.status} to ${path.split('?')[0]}`);
  return response;
}
