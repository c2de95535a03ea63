/** A path that ends with a slash is a folder. */
export interface TarEntry {
  readonly path: string;
  readonly mode: number;
  readonly data?: Buffer;
  /** Where a symbolic link leads. */
  readonly link?: string;
  /** Of user and group; default root. */
  readonly owner?: number;
}

const block = 512;

/** A tar (ustar) of these entries, all from 1970: the same bytes for the same entries. */
export function tarOf(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap((entry) => [headerOf(entry), padded(entry.data ?? Buffer.alloc(0))]), Buffer.alloc(2 * block)]);
}

function headerOf({ path, mode, data, link, owner = 0 }: TarEntry): Buffer {
  if (path.length > 99) throw new Error(`${path} is too long for this tar`);
  const header = Buffer.alloc(block);
  const number = (value: number, at: number, length: number): unknown => header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at);
  header.write(path, 0);
  number(mode, 100, 8);
  number(owner, 108, 8);
  number(owner, 116, 8);
  number(data?.length ?? 0, 124, 12);
  number(0, 136, 12);
  header.write(link !== undefined ? '2' : path.endsWith('/') ? '5' : '0', 156);
  header.write(link ?? '', 157);
  header.write('ustar\0' + '00', 257);
  // The sum of the header's bytes, with spaces in its own place.
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

function padded(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc((block - (data.length % block)) % block)]);
}
