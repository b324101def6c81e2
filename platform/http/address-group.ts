import net from 'node:net';

/**
 * Whom an address is counted with: an IPv4 address by itself, an IPv6 address with the others of its /64, which
 * one customer of a network usually has for itself. An IPv4 address in IPv6's form (`::ffff:1.2.3.4`) is the
 * IPv4 address. A text that is no address is itself.
 */
export function addressGroup(ip: string): string {
  const zone = ip.indexOf('%');
  const address = zone === -1 ? ip : ip.slice(0, zone);
  if (!net.isIPv6(address)) return address;
  const groups = groupsOf(address);
  if (isMappedV4(groups))
    return `${groups[6]! >> 8}.${groups[6]! & 255}.${groups[7]! >> 8}.${groups[7]! & 255}`;
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** The eight groups of a well-formed IPv6 address. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const left = wordsOf(head);
  const right = wordsOf(tail ?? '');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array.from({ length: zeros }, () => 0), ...right];
}

function wordsOf(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((word) => {
    if (!word.includes('.')) return [parseInt(word, 16)];
    const [a, b, c, d] = word.split('.').map(Number);
    return [(a! << 8) | b!, (c! << 8) | d!];
  });
}

function isMappedV4(groups: readonly number[]): boolean {
  return groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
}
