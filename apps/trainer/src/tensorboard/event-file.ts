import protobuf from 'protobufjs/minimal.js';
import { maskedCrc32c } from './crc32c.ts';

/** A record of an event file: what version the file is of, that a run goes on, or numbers of a step. */
export interface Event {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step?: number;
  /** Of the first event: `brain.Event:2`. */
  readonly fileVersion?: string;
  /** Whether a process begins or goes on here: what was written for this step and later ones before counts no more. */
  readonly start?: boolean;
  /** By tag, such as `train/loss`; stored as fp32. */
  readonly scalars?: Readonly<Record<string, number>>;
}

/**
 * A record as TensorBoard reads it: an `Event` message (TensorFlow, `core/util/event.proto`, `core/framework/summary.proto`)
 * in the framing of TFRecord (`core/lib/io/record_writer.h`): length, its masked CRC-32C, the message, its masked CRC-32C.
 */
export function encodeEvent({ wallTime, step, fileVersion, start, scalars }: Event): Uint8Array {
  const event = protobuf.Writer.create();
  event.uint32(0x09).double(wallTime); // 1: wall_time
  if (step !== undefined) event.uint32(0x10).int64(step); // 2: step
  if (fileVersion !== undefined) event.uint32(0x1a).string(fileVersion); // 3: file_version
  if (scalars !== undefined) {
    event.uint32(0x2a).fork(); // 5: summary
    for (const [tag, value] of Object.entries(scalars)) {
      event.uint32(0x0a).fork(); // 1: value
      event.uint32(0x0a).string(tag); // 1: tag
      event.uint32(0x15).float(value); // 2: simple_value
      event.ldelim();
    }
    event.ldelim();
  }
  if (start) event.uint32(0x3a).fork().uint32(0x08).int32(1).ldelim(); // 7: session_log, 1: status, START
  return frame(event.finish());
}

function frame(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(data.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return record;
}
