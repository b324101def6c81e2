import net from 'node:net';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';

/**
 * Addresses of the network in one form each, and lists of networks. An IPv4 address that arrives inside IPv6
 * (`::ffff:192.0.2.1`) is the IPv4 address.
 */
type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Some addresses: those of our proxies, those from which a key may be used. */
export interface Networks {
  /** False also for a text that is no address. */
  has(address: string): boolean;
}

/** Strict: no `127.1`, no `0x7f000001`, which mean different addresses to different readers. */
function parse(text: string): Address | undefined {
  const bare = text.split('%', 1)[0]!; // the zone of a link-local address
  return net.isIP(bare) === 0 ? undefined : ipaddr.process(bare);
}

/** The one form of an address; undefined for a text that is none. */
export function plainAddress(text: string): string | undefined {
  return parse(text)?.toString();
}

const groups = new LRUCache<string, string>({ max: 1_000 });

/** By what is counted per address: an IPv6 caller has a whole /64 to choose from, so that is one. */
export function addressGroup(text: string): string {
  let group = groups.get(text);
  if (group === undefined) groups.set(text, (group = groupOf(text)));
  return group;
}

function groupOf(text: string): string {
  const address = parse(text);
  if (address === undefined) return text;
  if (address instanceof ipaddr.IPv4) return address.toString();
  const parts = address.parts.map((part, i) => (i < 4 ? part : 0));
  return `${new ipaddr.IPv6(parts).toString()}/64`;
}

const PREFIX = /^(?:0|[1-9]\d{0,2})$/;
const MAPPED_BITS = 96;

/**
 * A network in its one form (`192.0.2.0/24`); an address alone is a network of one. Throws RangeError, in words
 * for people, for what is none, and for one that has bits behind its prefix: which of the two was meant?
 */
export function plainNetwork(text: string): string {
  const { address, bits } = parseNetwork(text);
  return `${address.toString()}/${bits}`;
}

function parseNetwork(text: string): { address: Address; bits: number } {
  const [host = '', prefix, ...rest] = text.trim().split('/');
  const given = parse(host);
  if (given === undefined || rest.length > 0 || (prefix !== undefined && !PREFIX.test(prefix)))
    throw new RangeError(
      `${printable(text)} is no network: write it as 192.0.2.0/24, 2001:db8::/48 or 192.0.2.7`,
    );
  const isIpv4 = given instanceof ipaddr.IPv4;
  const most = isIpv4 ? 32 : 128;
  const isMapped = isIpv4 && host.includes(':');
  const bits = prefix === undefined ? most : Number(prefix) - (isMapped ? MAPPED_BITS : 0);
  if (bits < 1 || bits > most)
    throw new RangeError(
      `${printable(text)} is no network: the part after / is 1 to ${isMapped ? 128 : most}`,
    );
  const address = lowest(given, bits);
  if (address.toString() !== given.toString())
    throw new RangeError(
      `${printable(text)} has bits behind its prefix: write ${address.toString()}/${bits}`,
    );
  return { address, bits };
}

/** With every bit behind the prefix 0. */
function lowest(address: Address, bits: number): Address {
  const bytes = address.toByteArray().map((byte, i) => {
    const kept = Math.min(8, Math.max(0, bits - i * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
  return ipaddr.fromByteArray(bytes);
}

const printable = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 60);

/** A list for each name; a name without networks is not there. */
export function networksByName(
  lists: Readonly<Record<string, readonly string[]>>,
): Readonly<Record<string, Networks>> {
  const some = Object.entries(lists).filter(([, texts]) => texts.length > 0);
  return Object.fromEntries(some.map(([name, texts]) => [name, networksOf(texts)]));
}

/** Throws RangeError for a text that is no network. */
export function networksOf(texts: readonly string[]): Networks {
  const ranges = texts.map(parseNetwork);
  return {
    has(text) {
      const address = parse(text);
      return (
        address !== undefined &&
        ranges.some(
          ({ address: network, bits }) => network.kind() === address.kind() && address.match(network, bits),
        )
      );
    },
  };
}
