import type { StageName } from '@diffprune/training';
import cliProgress from 'cli-progress';
import { RateMeter } from './rate-meter.ts';
import { formatDuration, formatPercent } from '../format.ts';

/** What there is to show of a step. */
export interface StepShown {
  readonly stage: StageName;
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly loss: number;
  readonly examples: number;
  /** E‖δ‖₀ / d, the density that it is steered along, and λ. */
  readonly expectedDensity?: number;
  readonly pathDensity?: number;
  readonly l0Penalty?: number;
}

/** Shows how training goes on: a bar on a terminal, a line now and then elsewhere. */
export interface Progress {
  /** @param stepsLeft of this stage and of those after it */
  step(shown: StepShown, stepsLeft: number): void;
  /** Shows a line of text, beside the bar. */
  line(text: string): void;
  /** Takes the bar away. */
  end(): void;
  readonly examplesPerSecond: number;
}

/** Seconds between two lines where there is no terminal. */
const lineInterval = 10;

/** @param stream where to write, usually stderr */
export function createProgress(stream: NodeJS.WriteStream, now = () => performance.now() / 1000): Progress {
  let meter = new RateMeter(now());
  let resumedAt = now();
  let stage: StageName | undefined;
  const view = stream.isTTY ? barView(stream) : lineView(stream, now);
  return {
    step(shown, stepsLeft) {
      if (stage !== undefined && shown.stage !== stage) meter = new RateMeter(resumedAt);
      stage = shown.stage;
      meter.step(now(), shown.examples, shown.loss);
      view.step(shown, describe(shown, meter, stepsLeft));
    },
    line(text) {
      resumedAt = now();
      meter.pause(resumedAt);
      view.end();
      stream.write(`${text}\n`);
    },
    end: () => view.end(),
    get examplesPerSecond() {
      return meter.examplesPerSecond;
    },
  };
}

/** Everything that is shown behind the count of steps. */
function describe(shown: StepShown, meter: RateMeter, stepsLeft: number): string {
  const { epoch, expectedDensity, pathDensity, l0Penalty } = shown;
  const path = pathDensity === undefined ? '' : ` (path ${formatPercent(pathDensity)})`;
  return [
    `epoch ${epoch}`,
    `loss ${meter.loss.toFixed(4)}`,
    ...(expectedDensity === undefined ? [] : [`expected density ${formatPercent(expectedDensity)}${path}`]),
    ...(l0Penalty === undefined ? [] : [`λ ${l0Penalty.toExponential(1)}`]),
    `${meter.examplesPerSecond.toFixed(meter.examplesPerSecond < 10 ? 1 : 0)} examples/s`,
    `${formatDuration(meter.timeLeft(stepsLeft))} left`,
  ].join(', ');
}

interface View {
  step(shown: StepShown, text: string): void;
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
