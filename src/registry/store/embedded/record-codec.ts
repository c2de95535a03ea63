import { StoreError } from '../../../errors/store-error';
import type { LogRecord, Position } from './revision-log';

/**
 * Format 1 of a record.
 *   key    'r', revision (8 bytes, big-endian), sub (4 bytes): the log's order is the order of the bytes
 *   value  flags (1; bit 0: deleted), create revision (8), version (4), key length (2), lease length (2), key, lease, value
 */
export const recordFormat = 1;

const headLength = 17;
const deletedFlag = 1;

export function encodePosition({ revision, sub }: Position): Buffer {
  const bytes = Buffer.allocUnsafe(13);
  bytes.write('r', 0, 'latin1');
  bytes.writeBigUInt64BE(BigInt(revision), 1);
  bytes.writeUInt32BE(sub, 9);
  return bytes;
}

export function decodePosition(bytes: Buffer): Position {
  if (bytes.length !== 13) throw new StoreError('CORRUPT', `a record's key has ${bytes.length} bytes instead of 13`);
  return { revision: Number(bytes.readBigUInt64BE(1)), sub: bytes.readUInt32BE(9) };
}

export function encodeRecord(record: LogRecord): Buffer {
  const { key, value, createRevision, version } = record;
  const lease = record.lease ?? '';
  const valueStart = headLength + key.length + lease.length;
  const bytes = Buffer.allocUnsafe(valueStart + (value?.byteLength ?? 0));
  bytes.writeUInt8(value ? 0 : deletedFlag, 0);
  bytes.writeBigUInt64BE(BigInt(createRevision), 1);
  bytes.writeUInt32BE(version, 9);
  bytes.writeUInt16BE(key.length, 13);
  bytes.writeUInt16BE(lease.length, 15);
  bytes.write(key, headLength, 'latin1');
  bytes.write(lease, headLength + key.length, 'latin1');
  if (value) bytes.set(value, valueStart);
  return bytes;
}

export function decodeRecord(position: Position, bytes: Buffer): LogRecord {
  const keyEnd = bytes.length < headLength ? Infinity : headLength + bytes.readUInt16BE(13);
  const leaseEnd = bytes.length < headLength ? Infinity : keyEnd + bytes.readUInt16BE(15);
  if (leaseEnd > bytes.length) throw new StoreError('CORRUPT', `the record of revision ${position.revision} is cut short`);
  return {
    ...position,
    key: bytes.toString('latin1', headLength, keyEnd),
    value: bytes.readUInt8(0) & deletedFlag ? null : bytes.subarray(leaseEnd),
    createRevision: Number(bytes.readBigUInt64BE(1)),
    version: bytes.readUInt32BE(9),
    lease: bytes.toString('latin1', keyEnd, leaseEnd) || null,
  };
}
