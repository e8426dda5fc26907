/** Addresses as proc_net_tcp(5) has them: words of 32 bits in the byte order of the machine, eight digits each. */

/** The bytes of an address, in the order of the network. */
function bytesOf(address: string): readonly number[] {
  const bytes: number[] = [];
  for (let word = 0; word < address.length; word += 8) {
    for (let byte = 6; byte >= 0; byte -= 2) {
      bytes.push(Number.parseInt(address.slice(word + byte, word + byte + 2), 16));
    }
  }
  return bytes;
}

/** An IPv4 address inside an IPv6 one is written as IPv4: ipv6(7). */
function unmap(bytes: readonly number[]): readonly number[] {
  const isMapped = bytes.length === 16 && bytes.every((byte, index) => index > 11 || byte === (index < 10 ? 0 : 255));
  return isMapped ? bytes.slice(12) : bytes;
}

/** 127.0.0.0/8, ::1, and both inside the other. */
export function isLoopback(address: string): boolean {
  const bytes = unmap(bytesOf(address));
  return bytes.length === 4 ? bytes[0] === 127 : bytes.every((byte, index) => byte === (index === 15 ? 1 : 0));
}

export function writeAddress(address: string): string {
  const bytes = unmap(bytesOf(address));
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0));
  const words = groups.map((group) => group.toString(16));
  const { start, length } = longestRun(groups);
  if (length < 2) return words.join(':');
  return `${words.slice(0, start).join(':')}::${words.slice(start + length).join(':')}`;
}

/** The first of the longest runs of zeros, which is left out of an IPv6 address: RFC 5952, 4.2. */
function longestRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0, length = 0; start < groups.length; start += length + 1) {
    length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
  }
  return best;
}
