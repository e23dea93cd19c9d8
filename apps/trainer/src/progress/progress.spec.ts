import { Writable } from 'node:stream';
import type { Measure } from '@diffprune/training';
import { createProgress } from './progress.ts';
import { RateMeter } from './rate-meter.ts';

/** A stream that keeps what is written to it. */
function recorder(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  let written = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written += String(chunk);
      done();
    },
  });
  const terminal = { isTTY, columns: 120, cursorTo() {}, clearLine() {}, moveCursor() {} };
  return { stream: Object.assign(stream, terminal) as unknown as NodeJS.WriteStream, text: () => written };
}

const shown = {
  stage: 'l0-training',
  steps: 40,
  epoch: 1,
  loss: 0.5,
  examples: 8,
  measured: { gradientNorm: 1, expectedDensity: 0.0512, pathDensity: 0.05, l0Penalty: 2.5e-7 },
} as const;

const measures: readonly Measure[] = [
  {
    name: 'expectedDensity',
    title: 'expected density',
    kind: 'fraction',
    path: 'pathDensity',
    heading: 'Density',
  },
  { name: 'l0Penalty', title: 'λ', kind: 'magnitude', heading: 'Price' },
  { name: 'temperature', title: 'temperature', kind: 'magnitude', heading: 'not reported' },
];

describe('createProgress', () => {
  it('writes a line at intervals and at the end of a stage where there is no terminal', () => {
    const { stream, text } = recorder(false);
    let now = 0;
    const progress = createProgress(stream, measures, () => now);
    for (let step = 1; step <= 40; step++) {
      now = step / 2;
      progress.step({ ...shown, step, stepsLeft: 80 - step });
    }
    expect(text().split('\n')).toEqual([
      'l0-training 1/40: epoch 1, loss 0.5000, expected density 5.1% (path 5.0%), λ 2.5e-7, 16 examples/s, 40 s left',
      'l0-training 21/40: epoch 1, loss 0.5000, expected density 5.1% (path 5.0%), λ 2.5e-7, 16 examples/s, 30 s left',
      'l0-training 40/40: epoch 1, loss 0.5000, expected density 5.1% (path 5.0%), λ 2.5e-7, 16 examples/s, 20 s left',
      '',
    ]);
  });

  it('counts rows where there are no steps, if it takes long', () => {
    const { stream, text } = recorder(false);
    let now = 0;
    const progress = createProgress(stream, [], () => now);
    for (let done = 32; done <= 160; done += 32) {
      now += 4;
      progress.rows('teacher', done, 160);
    }
    progress.end();
    expect(text()).toBe('teacher: 128 of 160 rows\n');
  });

  it('puts rows in the place of the bar on a terminal, and takes them away', () => {
    const { stream, text } = recorder(true);
    let now = 0;
    const progress = createProgress(stream, [], () => now);
    progress.step({ ...shown, step: 20, stepsLeft: 60 });
    for (let done = 32; done <= 160; done += 32, now++) progress.rows('dev', done, 160);
    progress.line('dev: accuracy 0.9');
    const [bar, ...rows] = text().split('\r\x1b[K');
    expect(bar).toMatch(/l0-training \[=+-+\] 20\/40 .*\n$/);
    const lines = [64, 96, 128, 160].map((done) => `dev: ${done} of 160 rows`);
    expect(rows).toEqual([...lines, 'dev: accuracy 0.9\n']);
  });

  it('draws a bar on a terminal, and lines beside it', () => {
    const { stream, text } = recorder(true);
    const progress = createProgress(stream, measures, () => 1);
    progress.step({ ...shown, step: 20, stepsLeft: 60 });
    progress.line('dev: accuracy 0.9');
    progress.end();
    expect(text()).toMatch(
      /l0-training \[=+-+\] 20\/40 epoch 1, loss 0\.5000, expected density 5\.1% \(path 5\.0%\)/,
    );
    expect(text()).toContain('dev: accuracy 0.9\n');
  });
});

describe('RateMeter', () => {
  it('measures a steady speed exactly, and leaves pauses out', () => {
    const meter = new RateMeter(0);
    expect(meter.timeLeft(10)).toBe(Infinity);
    for (let now = 0.25; now <= 30; now += 0.25) meter.step(now, 32, 0.7);
    meter.pause(500);
    meter.step(500.25, 32, 0.7);
    expect(meter.examplesPerSecond).toBeCloseTo(128, 9);
    expect(meter.timeLeft(400)).toBeCloseTo(100, 9);
    expect(meter.loss).toBeCloseTo(0.7, 12);
  });

  it('forgets a speed that is over', () => {
    const meter = new RateMeter(0);
    for (let now = 1; now <= 60; now++) meter.step(now, 1, 1);
    for (let now = 60.1; now <= 160; now += 0.1) meter.step(now, 1, 1);
    expect(meter.examplesPerSecond).toBeGreaterThan(9.4);
    expect(meter.examplesPerSecond).toBeLessThan(10);
  });
});
