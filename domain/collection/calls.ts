import { DomainError } from '../errors/errors';
import type { ProviderRegistry } from '../provider/provider';
import type { CollectionCalls, OffersCollection } from './port';

export type CollectionProviders = ProviderRegistry<OffersCollection>;

/** The calls of a provider that is set up here for collections; undefined if it is not. */
export function collectionCalls(providers: CollectionProviders, name: string): CollectionCalls | undefined {
  return providers.has(name) ? providers.get(name).collection : undefined;
}

/** Throws DomainError SERVICE_UNAVAILABLE: nobody could be shown where to pay. */
export function requireCollections(providers: CollectionProviders, name: string): void {
  if (collectionCalls(providers, name) === undefined)
    throw new DomainError('SERVICE_UNAVAILABLE', { detail: 'no provider of collections is set up' });
}
