import { execFile } from 'node:child_process';
import path from 'node:path';

export interface NpmAnswer {
  code: number;
  stdout: string;
  stderr: string;
}

const LONGEST_MS = 60_000;
const MOST_BYTES = 64 * 1_024 * 1_024;

/** Runs npm; whatever comes of it is an answer. */
export function npm(args: readonly string[], cwd: string): Promise<NpmAnswer> {
  const own = process.env.npm_execpath;
  const [file, before] = own !== undefined && /\.c?js$/.test(own) ? [process.execPath, [own]] : ['npm', []];
  return new Promise((resolve) => {
    execFile(
      file,
      [...before, ...args],
      { cwd: path.resolve(cwd), timeout: LONGEST_MS, maxBuffer: MOST_BYTES },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        resolve({ code: typeof code === 'number' ? code : 1, stdout, stderr });
      },
    );
  });
}
