// A short name for a text: equal texts give equal names everywhere. For identifying plans, not for security.

const offset = 0xcbf29ce484222325n;
const prime = 0x100000001b3n;
const mask = 0xffffffffffffffffn;

/** FNV-1a with 64 bits over UTF-16 code units, as 16 hex digits. @see https://www.rfc-editor.org/rfc/rfc9923 */
export function stableHash(text: string): string {
  let hash = offset;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    hash = ((hash ^ BigInt(unit & 0xff)) * prime) & mask;
    hash = ((hash ^ BigInt(unit >> 8)) * prime) & mask;
  }
  return hash.toString(16).padStart(16, '0');
}
