import type { InForceDependencies } from '../../platform/in-force';
import {
  createAcceptCollections,
  type AcceptCollections,
  type AcceptCollectionsDependencies,
} from './accept';
import { createCollectionConfirmer, type CollectionConfirmer } from './confirm';
import { createCollectionReader, type CollectionReader, type CollectionReaderDependencies } from './read';
import { createCollectionRules, type CollectionRules } from './rules';

/** Collections, put together: what customers pay on a provider's page, for a wallet. */
export interface Collections extends AcceptCollections, CollectionConfirmer {
  reader: CollectionReader;
  rules: CollectionRules;
}

export async function createCollections(
  deps: Omit<AcceptCollectionsDependencies, 'rules'> & CollectionReaderDependencies & InForceDependencies,
): Promise<Collections> {
  const rules = await createCollectionRules(deps);
  return {
    ...createAcceptCollections({ ...deps, rules }),
    ...createCollectionConfirmer(deps),
    reader: createCollectionReader(deps),
    rules,
  };
}
