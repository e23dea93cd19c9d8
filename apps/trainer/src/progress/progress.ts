import { showRows } from '@diffprune/command-line';
import type { Measure, Measured } from '@diffprune/training';
import cliProgress from 'cli-progress';
import { RateMeter } from './rate-meter.ts';
import { formatDuration, formatPercent } from '../format.ts';

/** What there is to show of a step. */
export interface StepShown {
  readonly stage: string;
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly loss: number;
  readonly examples: number;
  readonly measured: Measured;
  /** Steps that are left, those of later stages included. */
  readonly stepsLeft: number;
}

/** Shows how training goes on: a bar on a terminal, a line now and then elsewhere. */
export interface Progress {
  step(shown: StepShown): void;
  /** Shows how many of all rows are done by something that has no steps; nothing where it is quick. */
  rows(name: string, done: number, all: number): void;
  /** Shows a line of text, beside the bar. */
  line(text: string): void;
  /** Takes the bar away. */
  end(): void;
  readonly examplesPerSecond: number;
}

/** Seconds between two lines where there is no terminal. */
const lineInterval = 10;

/**
 * @param stream where to write, usually stderr
 * @param measures what to show of what steps report
 */
export function createProgress(
  stream: NodeJS.WriteStream,
  measures: readonly Measure[] = [],
  now = () => performance.now() / 1000,
): Progress {
  let meter = new RateMeter(now());
  let resumedAt = now();
  let stage: string | undefined;
  const view = stream.isTTY ? barView(stream) : lineView(stream, now);
  const rowsView = showRows(stream, now);
  const end = (): void => {
    rowsView.end();
    view.end();
  };
  return {
    step(shown) {
      if (stage !== undefined && shown.stage !== stage) meter = new RateMeter(resumedAt);
      stage = shown.stage;
      meter.step(now(), shown.examples, shown.loss);
      view.step(shown, describe(shown, measures, meter));
    },
    rows(name, done, all) {
      view.end();
      rowsView.rows(name, done, all);
    },
    line(text) {
      resumedAt = now();
      meter.pause(resumedAt);
      end();
      stream.write(`${text}\n`);
    },
    end,
    get examplesPerSecond() {
      return meter.examplesPerSecond;
    },
  };
}

/** Everything that is shown behind the count of steps. */
function describe(
  { epoch, measured, stepsLeft }: StepShown,
  measures: readonly Measure[],
  meter: RateMeter,
): string {
  return [
    `epoch ${epoch}`,
    `loss ${meter.loss.toFixed(4)}`,
    ...describeMeasures(measures, measured),
    `${meter.examplesPerSecond.toFixed(meter.examplesPerSecond < 10 ? 1 : 0)} examples/s`,
    `${formatDuration(meter.timeLeft(stepsLeft))} left`,
  ].join(', ');
}

/** `expected density 14.4% (path 14.0%)`, `λ 5.9e-5`; nothing for what is not reported. */
export function describeMeasures(measures: readonly Measure[], measured: Measured): string[] {
  return measures.flatMap(({ name, title, kind, path = '' }) => {
    const [value, wanted] = [measured[name], measured[path]];
    if (value === undefined) return [];
    const format = (number: number): string =>
      kind === 'fraction' ? formatPercent(number) : number.toExponential(1);
    return [`${title} ${format(value)}${wanted === undefined ? '' : ` (path ${format(wanted)})`}`];
  });
}

interface View {
  step(shown: Pick<StepShown, 'stage' | 'step' | 'steps'>, text: string): void;
  end(): void;
}

function barView(stream: NodeJS.WriteStream): View {
  let bar: cliProgress.SingleBar | undefined;
  return {
    step({ stage, step, steps }, text) {
      if (bar === undefined) {
        const format = '{stage} [{bar}] {value}/{total} {text}';
        bar = new cliProgress.SingleBar({
          stream,
          format,
          barsize: 24,
          gracefulExit: false,
        });
        bar.start(steps, step, { stage, text });
      }
      bar.update(step, { stage, text });
    },
    end() {
      bar?.stop();
      bar = undefined;
    },
  };
}

function lineView(stream: NodeJS.WriteStream, now: () => number): View {
  let shownAt = -Infinity;
  return {
    step({ stage, step, steps }, text) {
      if (step !== steps && now() - shownAt < lineInterval) return;
      shownAt = now();
      stream.write(`${stage} ${step}/${steps}: ${text}\n`);
    },
    end() {},
  };
}
