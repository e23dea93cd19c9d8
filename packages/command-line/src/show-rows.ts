/** Seconds before the first line and between two: on a terminal, where one is written over another, and elsewhere. */
const times = { terminal: { first: 0.5, next: 0.1 }, lines: { first: 10, next: 10 } } as const;

/** Shows how many of all rows are done. */
export interface RowsView {
  /** @param name what the rows are of, such as a split's */
  rows(name: string, done: number, all: number): void;
  /** Takes the line of a terminal away: the rows are done, or something else is to be said. */
  end(): void;
}

/**
 * A view of how something goes on that takes many rows: one line that changes on a terminal; elsewhere a line every ten
 * seconds, so that what is quick says nothing and no log is flooded.
 *
 * @param stream where to write, usually stderr
 */
export function showRows(
  stream: { write(text: string): unknown; readonly isTTY?: boolean },
  now: () => number = () => performance.now() / 1000,
): RowsView {
  const { first, next } = stream.isTTY ? times.terminal : times.lines;
  let [current, due, open]: [string | undefined, number, boolean] = [undefined, 0, false];
  return {
    rows(name, done, all) {
      if (name !== current) due = now() + first;
      current = name;
      if (now() < due) return;
      due = now() + next;
      const text = `${name}: ${done} of ${all} rows`;
      stream.write(stream.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
      open = stream.isTTY === true;
    },
    end() {
      if (open) stream.write('\r\x1b[K');
      [current, open] = [undefined, false];
    },
  };
}
