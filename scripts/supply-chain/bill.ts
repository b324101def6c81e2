import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../stack/root';
import { npm } from './npm';

interface Component {
  name: string;
  version?: string;
  purl?: string;
  hashes?: unknown[];
}

/** Writes what the product is made of, in the form CycloneDX; npm makes it from the lock. */
export async function writeBill(file: string): Promise<{ components: number; problems: string[] }> {
  const { code, stdout, stderr } = await npm(
    [
      'sbom',
      '--sbom-format',
      'cyclonedx',
      '--sbom-type',
      'application',
      '--omit',
      'dev',
      '--package-lock-only',
    ],
    ROOT,
  );
  if (code !== 0)
    return { components: 0, problems: [`npm sbom ended with ${code}: ${stderr.split('\n')[0] ?? ''}`] };
  const { components = [] } = JSON.parse(stdout) as { components?: Component[] };
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, stdout);
  const bare = components.filter(
    ({ version, purl, hashes = [] }) => !version || !purl || hashes.length === 0,
  );
  return {
    components: components.length,
    problems: [
      ...(components.length === 0 ? ['it is empty'] : []),
      ...bare.map(({ name }) => `${name} has no version, address or hash in it`),
    ],
  };
}
