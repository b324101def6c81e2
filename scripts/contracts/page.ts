/** docs/contracts.md: the contracts of all providers on one page. */
import { ROOT } from '../stack/root';
import { NOTICE, pageInLines } from '../docs-text';
import { contractDocuments, type ContractDocument } from './documents';

export function contractsPage(): string {
  const documents = contractDocuments(ROOT);
  return pageInLines([
    NOTICE.replace('the code', 'the READMEs in `providers/`'),
    '# Contracts',
    'Which document of which provider we speak, in which version. `npm run contracts` prints the same with the age' +
      ' of each. `npm run contracts -- --check DIR` compares our copies, which the contract tests use, with newer' +
      ' ones in a folder, field by field; [the runbook](runbooks/contracts.md) says how, once a month.',
    ...[...new Set(documents.map(({ provider }) => provider))].flatMap((provider) => [
      `## ${provider}`,
      `What they mean for us: [providers/${provider}](../providers/${provider}/README.md).`,
      ...documents.filter((document) => document.provider === provider).map(entry),
    ]),
  ]);
}

function entry({ title, source, file, version, day, compared, copy }: ContractDocument): string {
  return [
    `- **${title}**`,
    `  - source: <${source}>${file === undefined ? '' : `, \`${file}\``}`,
    `  - version \`${version}\`, of ${day}, compared ${compared}`,
    `  - ${copy === undefined ? 'read, no copy is kept' : `our copy: \`${copy}\``}`,
  ].join('\n');
}
