import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describePython } from '@diffprune/testing';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import type { MetricsLine } from '../run-folder/metrics-log.ts';
import { crc32c, maskedCrc32c } from './crc32c.ts';
import { encodeEvent } from './event-file.ts';
import { TensorBoardLog } from './tensorboard-log.ts';

/** The fields of TensorFlow's messages that are written. */
const schema = protobuf.parse(`syntax = "proto3";
  message Event {
    double wall_time = 1; int64 step = 2;
    oneof what { string file_version = 3; Summary summary = 5; SessionLog session_log = 7; }
  }
  message Summary { message Value { string tag = 1; float simple_value = 2; } repeated Value value = 1; }
  message SessionLog { enum Status { UNSPECIFIED = 0; START = 1; } Status status = 1; }`).root;
const message = schema.lookupType('Event');

/** The events of a file, by the format's definition. */
function decode(bytes: Buffer): unknown[] {
  const events: unknown[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at));
    expect(bytes.readUInt32LE(at + 8)).toBe(maskedCrc32c(bytes.subarray(at, at + 8)));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(maskedCrc32c(data));
    events.push(message.toObject(message.decode(data), { longs: Number, enums: String, defaults: true }));
    at += length + 16;
  }
  return events;
}

it('has the checksums of RFC 3720', () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);
  expect([new Uint8Array(32), new Uint8Array(32).fill(255), ascending].map(crc32c)).toEqual([
    0x8a9136aa, 0x62a8ab43, 0x46dd794e,
  ]);
});

it('begins a file with the bytes that all of its version begin with', () => {
  const bytes = Buffer.from(encodeEvent({ wallTime: 1, fileVersion: 'brain.Event:2' }));
  const text = Buffer.from('brain.Event:2').toString('hex');
  expect(bytes.subarray(0, -4).toString('hex')).toBe(`1800000000000000a37f4b2209000000000000f03f1a0d${text}`);
});

it('writes events that the messages of TensorFlow read', () => {
  const scalars = fc.dictionary(fc.string(), fc.float({ noNaN: true }), { noNullPrototype: true });
  fc.assert(
    fc.property(fc.double({ noNaN: true }), fc.maxSafeNat(), scalars, (wallTime, step, values) => {
      const value = Object.entries(values).map(([tag, simpleValue]) => ({ tag, simpleValue }));
      const [event] = decode(Buffer.from(encodeEvent({ wallTime, step, scalars: values })));
      expect(event).toEqual({ wallTime, step, summary: { value } });
    }),
  );
  expect(decode(Buffer.from(encodeEvent({ wallTime: 2, step: 7, start: true })))).toEqual([
    { wallTime: 2, step: 7, sessionLog: { status: 'START' } },
  ]);
});

const step = (stage: string, step: number, loss: number): MetricsLine => {
  return { kind: 'step', stage, step, epoch: 1, loss, learningRateFactor: 0.5, examplesPerSecond: 8 };
};
const evaluation = (stage: string, step: number, accuracy: number): MetricsLine => {
  return {
    kind: 'evaluation',
    stage,
    step,
    epoch: 1,
    splits: { dev: { scores: { accuracy }, main: accuracy } },
  };
};
const lines: MetricsLine[] = [
  step('l0-training', 10, 0.75),
  step('l0-training', 12, 0.5),
  evaluation('l0-training', 12, 0.625),
  { kind: 'projection', kept: 4, nonzero: 4 },
  step('fixed-mask', 5, 0.25),
  step('fixed-mask', 8, 0.125),
  evaluation('fixed-mask', 8, 0.875),
];

/** A folder with the files of a run that was killed when all was logged, and goes on at the first step of its last stage. */
async function twice(): Promise<string> {
  const folder = join(await mkdtemp(join(tmpdir(), 'events-')), 'tensorboard');
  const first = new TensorBoardLog(folder, []);
  for (const line of [...lines.slice(0, 5), step('fixed-mask', 6, 9)]) first.log(line);
  const second = new TensorBoardLog(folder, lines.slice(0, 5));
  for (const line of lines.slice(5)) second.log(line);
  return folder;
}

it('counts steps through the stages, and says where a run goes on', async () => {
  const folder = await twice();
  const names = (await readdir(folder)).sort();
  expect(names).toEqual([
    expect.stringMatching(/tfevents\.\d{10}\.0000/),
    expect.stringMatching(/tfevents\.\d{10}\.0001/),
  ]);
  const events = (await Promise.all(names.map((name) => readFile(join(folder, name))))).map(decode);
  const numbers = { epoch: 1, loss: 0.125, learningRateFactor: 0.5, examplesPerSecond: 8 };
  const value = Object.entries(numbers).map(([name, simpleValue]) => ({ tag: `train/${name}`, simpleValue }));
  expect(events[1]).toEqual([
    { wallTime: expect.any(Number), step: 0, fileVersion: 'brain.Event:2' },
    expect.objectContaining({ step: 18, sessionLog: { status: 'START' } }),
    expect.objectContaining({ step: 20, summary: { value } }),
    expect.objectContaining({ step: 20, summary: { value: [{ tag: 'dev/accuracy', simpleValue: 0.875 }] } }),
  ]);
});

describePython(['tensorboard'], "the event files, as TensorBoard's own reader has them", (run) => {
  it('are those of a run that was never stopped', async () => {
    const script = fileURLToPath(new URL('../../python/read-events.py', import.meta.url));
    const read = run(script, await twice()) as Record<string, [number, number][]>;
    expect(read['train/loss']).toEqual([
      [10, 0.75],
      [12, 0.5],
      [17, 0.25],
      [20, 0.125],
    ]);
    expect(read['dev/accuracy']).toEqual([
      [12, 0.625],
      [20, 0.875],
    ]);
    expect(Object.keys(read).sort()).toEqual([
      'dev/accuracy',
      'train/epoch',
      'train/examplesPerSecond',
      'train/learningRateFactor',
      'train/loss',
    ]);
  });
});
