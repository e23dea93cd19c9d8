import { generateTask } from './generate.ts';
import { sampleTasks } from './tasks.ts';
import type { SampleTaskName } from './tasks.ts';

/** Rows of a file, without its header. */
function rows(text: string): string[][] {
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));
}
const both = (name: SampleTaskName, seed = 0) => {
  const { train, dev } = generateTask(name, { seed });
  return { train: rows(train), dev: rows(dev) };
};

describe('generateTask', () => {
  for (const task of sampleTasks) {
    describe(task.name, () => {
      it('has the described columns, 2,000 and 400 rows, and no texts twice', () => {
        const { textA, textB, label } = { textB: undefined, ...task.splits.train };
        const header = generateTask(task.name).train.split('\n')[0]?.split('\t') ?? [];
        expect(header).toEqual([...(textB ? ['index', textA, textB] : [textA]), label]);
        const { train, dev } = both(task.name);
        expect([train.length, dev.length]).toEqual([2000, 400]);
        const texts = [...train, ...dev].map((row) => row.slice(textB ? 1 : 0, -1).join('\t'));
        expect(new Set(texts).size).toBe(2400);
        for (const row of [...train, ...dev]) expect(row).toHaveLength(header.length);
      });

      it('follows from its seed', () => {
        expect(both(task.name, 5)).toEqual(both(task.name, 5));
        expect(both(task.name, 5)).not.toEqual(both(task.name, 6));
      });

      it('is English sentences', () => {
        for (const row of both(task.name).train) {
          for (const text of row.slice(task.name === 'opinion' ? 0 : 1, -1)) {
            expect(text).toMatch(/^[A-Z][A-Za-z]*(,? [A-Za-z]+)*\.$/);
            expect(text).not.toMatch(/ an? (an?|the) |\ba [aeiou]|\ban [^aeiou]/i);
          }
        }
      });
    });
  }

  it('balances classes, and spreads scores over 0 to 5', () => {
    for (const name of ['opinion', 'inference'] as const) {
      for (const part of Object.values(both(name))) {
        const first = part.filter((row) => row.at(-1) === part[0]?.at(-1));
        expect(first).toHaveLength(part.length / 2);
      }
    }
    const scores = both('similarity').train.map((row) => Number(row.at(-1)));
    expect(Math.min(...scores)).toBe(0);
    expect(Math.max(...scores)).toBe(5);
    for (let low = 0; low < 5; low++) {
      const share = scores.filter((score) => score >= low && score <= low + 1).length / scores.length;
      expect(share).toBeGreaterThan(0.08);
    }
  });

  it('refuses numbers of rows that make no sense', () => {
    for (const trainRows of [0, 1.5, NaN, 1e9]) {
      expect(() => generateTask('opinion', { trainRows })).toThrow('expected 1 to 10,000 together');
    }
  });
});

/** Dev accuracy of multinomial naive Bayes over words: what word counts alone can tell. */
function naiveBayes(train: string[][], dev: string[][], text: (row: string[]) => string): number {
  const words = (row: string[]) =>
    text(row)
      .toLowerCase()
      .match(/[a-z]+/g) ?? [];
  const counts = new Map<string, Map<string, number>>();
  for (const row of train) {
    const ofLabel = counts.get(row.at(-1) ?? '') ?? new Map<string, number>();
    counts.set(row.at(-1) ?? '', ofLabel);
    for (const word of words(row)) ofLabel.set(word, (ofLabel.get(word) ?? 0) + 1);
  }
  const likelihood = (row: string[], ofLabel: Map<string, number>) => {
    const total = [...ofLabel.values()].reduce((a, b) => a + b, 0);
    return words(row).reduce(
      (sum, word) => sum + Math.log(((ofLabel.get(word) ?? 0) + 1) / (total + 500)),
      0,
    );
  };
  const right = dev.filter((row) => {
    const scored = [...counts].map(([label, ofLabel]) => [likelihood(row, ofLabel), label] as const);
    return scored.sort((a, b) => b[0] - a[0])[0]?.[1] === row.at(-1);
  });
  return right.length / dev.length;
}

describe('what word counts can tell', () => {
  it('is something of an opinion, and not all', () => {
    const { train, dev } = both('opinion');
    const score = naiveBayes(train, dev, (row) => row[0] ?? '');
    expect(score).toBeGreaterThan(0.6);
    expect(score).toBeLessThan(0.8);
  });

  it('is little of an inference from one sentence alone', () => {
    const { train, dev } = both('inference');
    for (const column of [1, 2]) {
      expect(naiveBayes(train, dev, (row) => row[column] ?? '')).toBeLessThan(0.75);
    }
  });
});
