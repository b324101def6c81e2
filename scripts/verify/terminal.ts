import Table, { type Cell } from 'cli-table3';

/** How commands print: aligned columns without frames, colours only where a person looks. */
const isColoured = process.stdout.isTTY && process.env.NO_COLOR === undefined;

const code =
  (on: number, off: number) =>
  (text: string): string =>
    isColoured ? `\u001B[${on}m${text}\u001B[${off}m` : text;

export const paint = {
  red: code(31, 39),
  green: code(32, 39),
  yellow: code(33, 39),
  bold: code(1, 22),
  dim: code(2, 22),
};

const NO_FRAME = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Rows under a head, in columns, without lines and without blanks at the ends. */
export function plainTable(
  head: readonly string[],
  aligns: ('left' | 'right')[],
  rows: readonly Cell[][],
): string {
  const table = new Table({
    head: head.map(paint.dim),
    colAligns: aligns,
    chars: NO_FRAME,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
