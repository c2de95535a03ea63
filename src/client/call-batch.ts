/** Less than the server takes in one request, 1.5 MiB, with room for what stands around the items. */
export const mostBytesPerCall = 2 ** 20;

export interface BatchLimits {
  readonly items: number;
  readonly bytes: number;
}

/** The first of these that may go in one call together; at least one, however large it is. `inputs`: as they stand on the wire. Pure. */
export function callBatch<T>(inputs: readonly T[], limits: BatchLimits): readonly T[] {
  let bytes = 0;
  const end = inputs.slice(0, limits.items).findIndex((input) => {
    bytes += Buffer.byteLength(JSON.stringify(input)) + 1;
    return bytes > limits.bytes;
  });
  return inputs.slice(0, end === -1 ? limits.items : Math.max(end, 1));
}
