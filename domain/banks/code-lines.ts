/**
 * Branch parts of IFSCs (six capital letters or digits each) as lines of text: short enough for a repository,
 * and a change of one code changes one line. Codes stand in order. Each line begins with a whole code; the
 * others are written from the first character that differs from the code before (`000053 8 60` is 000053,
 * 000058 and 000060). `a-b` is every number from a to b.
 */
const WIDTH = 6;
const LINE_LENGTH = 100;
/** From here on a line ends where the first two characters of the code change. */
const LONG_ENOUGH = 50;

/** `codes` in any order, each once. */
export function linesOf(codes: Iterable<string>): string[] {
  const sorted = [...codes].toSorted((a, b) => (a < b ? -1 : 1));
  const lines: string[] = [];
  let line = '';
  let before = '';
  for (let i = 0; i < sorted.length; i += 1) {
    const first = sorted[i]!;
    let end = i;
    while (sorted[end + 1] !== undefined && sorted[end + 1] === successor(sorted[end]!)) end += 1;
    const isRun = end - i > 1;
    const last = isRun ? sorted[end]! : first;
    const run = isRun ? `-${restAfter(first, last)}` : '';
    const next = `${line} ${restAfter(before, first)}${run}`;
    const isFull =
      next.length > LINE_LENGTH || (line.length > LONG_ENOUGH && before.slice(0, 2) !== first.slice(0, 2));
    if (line === '' || isFull) {
      if (line !== '') lines.push(line);
      line = `${first}${run}`;
    } else line = next;
    before = last;
    if (isRun) i = end;
  }
  return line === '' ? lines : [...lines, line];
}

/** The codes of the lines as numbers (`numberOf`), in ascending order. */
export function codesOf(lines: readonly string[]): Uint32Array {
  const codes: number[] = [];
  for (const line of lines) {
    let before = '';
    for (const token of line.split(' ')) {
      const [from, to] = token.split('-') as [string, string?];
      const first = before.slice(0, WIDTH - from.length) + from;
      before = to === undefined ? first : first.slice(0, WIDTH - to.length) + to;
      if (to === undefined) codes.push(numberOf(first));
      else addRun(codes, first, before);
    }
  }
  return Uint32Array.from(codes);
}

function addRun(codes: number[], first: string, last: string): void {
  const { length } = /\d+$/.exec(first)![0];
  const at = WIDTH - length;
  const end = Number(last.slice(at));
  let code = numberOf(first);
  for (let n = Number(first.slice(at)); n <= end; n += 1) {
    codes.push(code);
    // to the base 36, 10 does not follow upon 9
    code = n % 10 === 9 ? numberOf(first.slice(0, at) + String(n + 1).padStart(length, '0')) : code + 1;
  }
}

/** Six letters and digits fit into 32 bits. Keeps the order of codes. */
export function numberOf(code: string): number {
  return Number.parseInt(code, 36);
}

/** The code whose number at the end is one more; undefined for one without such a number, or with its last. */
function successor(code: string): string | undefined {
  const digits = /\d+$/.exec(code)?.[0];
  if (digits === undefined) return undefined;
  const next = String(Number(digits) + 1).padStart(digits.length, '0');
  return next.length > digits.length ? undefined : code.slice(0, WIDTH - digits.length) + next;
}

function restAfter(before: string, code: string): string {
  let same = 0;
  while (same < WIDTH - 1 && before[same] === code[same]) same += 1;
  return code.slice(same);
}
