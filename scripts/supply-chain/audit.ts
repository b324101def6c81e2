import { npm, type NpmAnswer } from './npm';

export type Audit = { answered: true; problems: string[] } | { answered: false; why: string };

/** Faults below this weight are for the next renewal of packages. */
const WEIGHTS: ReadonlySet<string> = new Set(['high', 'critical']);

/** Asks the registry for known faults in what the product uses. */
export async function auditOf(folder: string): Promise<Audit> {
  return readAudit(await npm(['audit', '--omit=dev', '--package-lock-only', '--json'], folder));
}

interface Report {
  vulnerabilities?: Readonly<Record<string, { severity: string; range: string }>>;
  message?: string;
  error?: { summary?: string; code?: string };
}

/** What npm printed. Only a report is an answer: a registry that knows no audits, or is away, gives none. */
export function readAudit({ code, stdout, stderr }: NpmAnswer): Audit {
  const report = parsed(stdout);
  if (report?.vulnerabilities === undefined) {
    const said = report?.message ?? report?.error?.summary ?? firstLine(stderr);
    return { answered: false, why: said === undefined || said === '' ? `npm ended with ${code}` : said };
  }
  const problems = Object.entries(report.vulnerabilities)
    .filter(([, { severity }]) => WEIGHTS.has(severity))
    .map(([name, { severity, range }]) => `${name} ${range}: ${severity}`);
  return { answered: true, problems };
}

function parsed(text: string): Report | undefined {
  try {
    return JSON.parse(text) as Report;
  } catch {
    return undefined;
  }
}

function firstLine(text: string): string | undefined {
  return text
    .split('\n')
    .find((line) => line.trim() !== '')
    ?.replace(/^npm (?:error|warn) ?/i, '');
}
