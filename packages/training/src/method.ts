import type { Adapters } from '@diffprune/bert';
import type { DiffTensor } from '@diffprune/sparse-diff';
import type { CommonOptions } from './common-options.ts';
import type { ProjectionEvent } from './handed-projection.ts';
import type { Lab, TrainingEvent } from './lab.ts';
import type { OptionTable, ValuesOf } from './options.ts';
import type { StagePlan } from './stage.ts';

/** The values of all options of a method with a table of its own. */
export type OptionsOf<Table extends OptionTable> = CommonOptions & ValuesOf<Table>;

/** A number that a method's steps report, and how it is shown. */
export interface Measure {
  /** Its name in what steps report. */
  readonly name: string;
  readonly title: string;
  /** Shown as a percentage, or by its order of magnitude. */
  readonly kind: 'fraction' | 'magnitude';
  /** The name of the value that it is steered along. */
  readonly path?: string;
  /** Heading of its plot. */
  readonly heading: string;
}

/** What is known of a run at some point, to find out what goes wrong. */
export interface Course {
  /** Logged steps, with what they report by name. */
  readonly steps: readonly { readonly stage: string; readonly step: number; readonly loss: number }[];
  readonly projection?: Pick<ProjectionEvent, 'kept' | 'nonzero'> | undefined;
  /** The training loss that a constant prediction has. */
  readonly constantLoss: number;
}

/** One paper's recipe: stages, learners and options. */
export interface Method<Table extends OptionTable = OptionTable> {
  readonly name: string;
  readonly title: string;
  /** Where it comes from. */
  readonly source: string;
  /** The options that it has beside the common ones. */
  readonly options: Table;
  /** Whether its diff has sparse tensors, whose values may be stored rounded. */
  readonly sparse: boolean;
  /** The adapters that its model has beside the base; none where it does not say. */
  adapters?(options: OptionsOf<Table>): Adapters;
  /** Its stages, in their order. */
  stages(options: OptionsOf<Table>): readonly StagePlan[];
  /**
   * Trains, and yields what happens.
   *
   * @returns the diff: what becomes of each of the base's tensors that it changes, in the model's order, then adapters, then the
   *   head
   */
  run(lab: Lab, options: OptionsOf<Table>): AsyncGenerator<TrainingEvent, DiffTensor[]>;
  readonly measures?: readonly Measure[];
  /** What a user should know before believing in the diff, each with what to try; options' names are in backticks. */
  diagnose?(course: Course): readonly string[];
}
