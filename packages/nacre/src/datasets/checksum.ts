/** SHA-256 as 64 hexadecimal digits. The Web Crypto of Node and of browsers' secure pages. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  // A copy only where the bytes are shared memory, which Web Crypto refuses.
  const own =
    bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', own));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
