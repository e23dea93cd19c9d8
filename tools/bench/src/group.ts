import type { Table } from './report.ts';

/** How thoroughly to measure. */
export interface Effort {
  readonly quick: boolean;
  /** Threads of every measured program. */
  readonly threads: number;
}

/** What a group has measured. */
export interface GroupResult {
  readonly title: string;
  readonly table: Table;
  /** Every figure that was measured, for the JSON file. */
  readonly details: unknown;
  /** Figures by name, those of the targets among them. */
  readonly figures: Readonly<Record<string, number>>;
}

export type Group = (effort: Effort) => Promise<GroupResult[]>;
