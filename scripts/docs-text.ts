/** Markdown for the pages that are written from the code. */

export const NOTICE = '<!-- Written by `npm run docs` from the code. Change it there. -->';

export function page(parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}

export function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

const WIDTH = 110;

/** Breaks a text into lines; the later ones are indented. */
export function wrapped(text: string, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length > WIDTH && line !== '') {
      lines.push(line);
      line = indent + word;
    } else line = longer;
  }
  return [...lines, line].join('\n');
}

/** A page whose paragraphs are broken into lines; parts of several lines stay as they are. */
export function pageInLines(parts: readonly string[]): string {
  return page(
    parts.map((part) => (/\n|^<!--/.test(part) ? part : wrapped(part, part.startsWith('- ') ? '  ' : ''))),
  );
}
