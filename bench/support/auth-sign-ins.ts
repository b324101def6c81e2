import { spawn } from 'node:child_process';
import path from 'node:path';
import { PASSWORD_HASHING, PASSWORDS_AT_ONCE } from '../../domain/auth/passwords';
import type { Drive, ReadsDriven, SignInsDriven } from './auth-drive';
import type { BenchPerson } from './auth-people';
import { HASHING_NICENESS } from '../../platform/hashing-threads';
import { figure, median, note, report } from './flags';

/**
 * Sign-ins a second, by the password on a known device, beside what the library of the hash does alone with as many
 * threads; and what reads wait for meanwhile, beside what they wait for alone.
 */
export const SIGN_IN_DEFAULTS = { signing: 8, people: 32, reads: 100 };
const AIM = 0.8;
const AIM_P99 = 1.5;
/** In which the connections of both are made. */
const LEAD_S = 2;

interface Given {
  url: string;
  people: readonly BenchPerson[];
  /** A transaction, and who may read it. */
  id: string;
  bearer: string;
}
interface Together {
  signIns: SignInsDriven;
  reads: ReadsDriven;
}
type Flags = typeof SIGN_IN_DEFAULTS & { seconds: number; rounds: number };

/** Returns how many of its two targets were missed. */
export async function benchSignIns(given: Given, flags: Flags): Promise<number> {
  const { seconds, rounds, signing: connections } = flags;
  const { url, people, id, bearer } = given;
  const path = `/v1/transactions/${id}`;
  const reads = (s: number) =>
    drive<ReadsDriven>({ url, seconds: s, leadS: LEAD_S, path, bearer, perSecond: flags.reads });
  const together = async (s: number): Promise<Together> => {
    const signIns = drive<SignInsDriven>({ url, seconds: s, leadS: LEAD_S, people, connections });
    return { reads: await reads(s), signIns: await signIns };
  };
  await together(1);
  const besideHashes = async (s: number): Promise<ReadsDriven> => {
    const hashes = bareRate(s + LEAD_S, HASHING_NICENESS);
    const driven = await reads(s);
    await hashes;
    return driven;
  };
  const measured: Measured = { bare: [], ours: [], quiet: [], hashes: [] };
  for (let round = 1; round <= rounds; round++) {
    measured.bare.push(await bareRate(seconds));
    measured.ours.push(await together(seconds));
    measured.quiet.push(await reads(seconds));
    measured.hashes.push(await besideHashes(seconds));
    const { signIns, reads: beside } = measured.ours.at(-1)!;
    note(
      `round ${round}: ${figure(signIns.rate)} sign-ins/s, bare ${figure(measured.bare.at(-1)!)}/s; ` +
        `p99 of reads ${figure(beside.p99Ms)} ms, alone ${figure(measured.quiet.at(-1)!.p99Ms)} ms, ` +
        `beside bare hashes ${figure(measured.hashes.at(-1)!.p99Ms)} ms`,
    );
  }
  return tell(measured, flags);
}

interface Measured {
  bare: number[];
  ours: Together[];
  quiet: ReadsDriven[];
  /** Beside the library alone, at the priority of ours: what the machine takes for the hashes themselves. */
  hashes: ReadsDriven[];
}

function tell({ bare, ours, quiet, hashes }: Measured, flags: Flags): number {
  const rate = median(ours.map(({ signIns }) => signIns.rate));
  const peer = median(bare);
  const p99Ms = median(ours.map(({ reads }) => reads.p99Ms));
  const aloneMs = median(quiet.map((reads) => reads.p99Ms));
  const [ratio, times] = [rate / peer, p99Ms / aloneMs];
  report({
    bench: 'auth',
    with: 'a password, on a known device',
    ours: figure(rate),
    unit: 'sign-ins/s',
    peer: figure(peer),
    peer_name: `argon2id alone, ${PASSWORDS_AT_ONCE} at once`,
    ratio: figure(ratio),
    aim: AIM,
    met: ratio >= AIM,
    refused: ours.reduce((n, { signIns }) => n + signIns.refused, 0),
    flags,
  });
  report({
    bench: 'auth',
    with: 'reads while people sign in',
    ours: figure(p99Ms),
    unit: 'ms, p99',
    peer: figure(aloneMs),
    peer_name: 'the same reads alone',
    ratio: figure(times),
    aim: AIM_P99,
    met: times <= AIM_P99,
    beside_bare_hashes: figure(median(hashes.map((reads) => reads.p99Ms))),
    p50_ms: figure(median(ours.map(({ reads }) => reads.p50Ms))),
    p50_ms_alone: figure(median(quiet.map((reads) => reads.p50Ms))),
    refused: ours.reduce((n, { reads }) => n + reads.refused, 0),
    flags,
  });
  return Number(ratio < AIM) + Number(times > AIM_P99);
}

async function bareRate(seconds: number, niceness = 0): Promise<number> {
  const { memoryCost, timeCost } = PASSWORD_HASHING;
  const args = [memoryCost, timeCost, PASSWORDS_AT_ONCE, seconds, niceness].map(String);
  return (await printedBy<{ rate: number }>('auth-bare.js', args)).rate;
}

const drive = <T>(asked: Drive): Promise<T> => printedBy<T>('auth-drive.js', [JSON.stringify(asked)]);

function printedBy<T>(script: string, args: readonly string[]): Promise<T> {
  const child = spawn(process.execPath, [path.join(__dirname, script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += String(chunk);
    });
    child.on('exit', (code) => {
      if (code === 0) resolve(JSON.parse(out) as T);
      else reject(new Error(`${script} ended with ${code}`));
    });
  });
}
