import fs from 'node:fs';

/** How to run one kind of process: a line of the Procfile. */
export interface ProcessCommand {
  name: string;
  /** Program and arguments; `node` stands for the Node that runs us. */
  command: readonly string[];
}

const LINE = /^([a-z][a-z0-9-]*):\s*(\S.*)$/;

/**
 * The processes of a Procfile, in its order. Blank lines and `#` comments are skipped; anything else that
 * does not fit throws.
 */
export function readProcfile(file: string): ProcessCommand[] {
  return fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, command] = LINE.exec(line) ?? [];
      if (!name || !command) throw new Error(`${file}: not a process line: ${line}`);
      return { name, command: command.split(/\s+/) };
    });
}

/** `dispatch=2,ledger=2` as a map; counts from 0 to 32, names must be known. */
export function parseScale(text: string, known: readonly string[]): Record<string, number> {
  const scale: Record<string, number> = {};
  for (const part of text.split(',').filter((piece) => piece !== '')) {
    const [, name, count] = /^([a-z][a-z0-9-]*)=(\d{1,2})$/.exec(part) ?? [];
    if (!name || !known.includes(name) || Number(count) > 32) {
      throw new Error(
        `--scale takes name=count pairs with a comma between them, for example dispatch=2,ledger=2; the names are ${known.join(', ')}`,
      );
    }
    scale[name] = Number(count);
  }
  return scale;
}
