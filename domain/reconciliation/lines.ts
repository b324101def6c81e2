import { StringDecoder } from 'node:string_decoder';

/** A line longer than this is no line of a report. */
const MAX_LINE = 4_194_304;

/** The lines of a file, with their numbers; LF and CRLF may be mixed. Throws RangeError for one that does not end. */
export async function* linesOf(
  bytes: AsyncIterable<Buffer>,
): AsyncGenerator<{ text: string; lineNo: number }> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let lineNo = 0;
  for await (const chunk of bytes) {
    const parts = (rest + decoder.write(chunk)).split('\n');
    rest = parts.pop()!;
    if (rest.length > MAX_LINE) throw new RangeError('a line does not end');
    for (const part of parts) yield { text: plain(part, (lineNo += 1)), lineNo };
  }
  rest += decoder.end();
  if (rest !== '') yield { text: plain(rest, (lineNo += 1)), lineNo };
}

function plain(line: string, lineNo: number): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  return lineNo === 1 && text.startsWith('\ufeff') ? text.slice(1) : text;
}
