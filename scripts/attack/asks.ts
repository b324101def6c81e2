import { randomUUID } from 'node:crypto';
import { ROUTES } from '../../api/registry/routes';
import type { Example, Route } from '../../api/registry/route';
import { ID_PREFIXES, publicId, type IdKind } from '../../platform/ids';

/** Requests of the routes that are declared, with ids that the caller chooses: for the attack, and for tests. */
export interface Ask {
  url: string;
  /** Text, where the route takes a form. */
  body?: object | string;
  headers: Record<string, string>;
}
/** Gives an id of a kind. */
export type Things = (kind: IdKind) => string;

export const API_ROUTES: readonly Route[] = ROUTES;
export const nameOf = ({ method, path }: Pick<Route, 'method' | 'path'>): string => `${method} ${path}`;

const ID = /^([a-z]{3})_[0-9a-z]{26}$/;
const KIND_OF = new Map(
  Object.entries(ID_PREFIXES).map(([kind, prefix]) => [prefix as string, kind as IdKind]),
);

/** Ids that nobody has. */
export const unknown: Things = (kind) => publicId(kind, randomUUID());

/** One request for each example of the route; each id in path and body is one of `things`. */
export function asksOf(route: Route, things: Things): Ask[] {
  return examplesOf(route).map((example) => askOf(route, example, things));
}

/** Those of them that name anything: the others are of nobody. */
export function asksNaming(route: Route, things: Things): Ask[] {
  return examplesOf(route).flatMap((example) => {
    let named = 0;
    const ask = askOf(route, example, (kind) => {
      named += 1;
      return things(kind);
    });
    return named === 0 ? [] : [ask];
  });
}

const examplesOf = ({ examples }: Route): readonly Example[] => examples ?? [{ summary: 'The request' }];

function askOf(route: Route, { query, body }: Example, things: Things): Ask {
  const path = route.path.replaceAll(/\{\+?(\w+)\}/g, (_, name: string) => {
    const { id, example } = route.params[name]!;
    return id === undefined ? example! : things(id);
  });
  const search = new URLSearchParams(query).toString();
  return {
    url: search === '' ? path : `${path}?${search}`,
    body: body === undefined ? undefined : bodyOf(route, withIds(body, things) as object),
    headers: headersOf(route),
  };
}

function bodyOf({ body }: Route, value: object): object | string {
  return body?.kind === 'form' ? new URLSearchParams(value as Record<string, string>).toString() : value;
}

function headersOf({ idempotency, body }: Route): Record<string, string> {
  return {
    ...(idempotency === 'key' ? { 'idempotency-key': randomUUID() } : {}),
    ...(body?.kind === 'form' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
  };
}

/** The kinds of things that a request of the route names. */
export function kindsOf(route: Route): IdKind[] {
  const kinds = new Set<IdKind>();
  asksOf(route, (kind) => {
    kinds.add(kind);
    return unknown(kind);
  });
  return [...kinds];
}

function withIds(value: unknown, things: Things): unknown {
  if (typeof value === 'string') {
    const kind = KIND_OF.get(ID.exec(value)?.[1] ?? '');
    return kind === undefined ? value : things(kind);
  }
  if (Array.isArray(value)) return value.map((one) => withIds(one, things));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withIds(one, things)]));
}
