import { createInterface } from 'node:readline';

/** What a child says at the end. */
export interface ChildEnd {
  /** Largest resident memory, bytes. */
  readonly peakMemory: number;
}

/** The lines that a `Child` is asked with. */
export const questions = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/**
 * A `Child`'s side of `measureInTurns`: says that it is ready, answers each line with a round's times, and the end of
 * its input with the memory that it took.
 */
export async function answerTurns(ready: object, round: () => object | Promise<object>): Promise<void> {
  reply(ready);
  for (let next = await questions.next(); !next.done; next = await questions.next()) reply(await round());
  const end: ChildEnd = { peakMemory: process.resourceUsage().maxRSS * 1024 };
  reply(end);
}

function reply(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
