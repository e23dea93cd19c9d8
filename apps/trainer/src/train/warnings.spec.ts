import { findMethod, methodNames, type Method } from '@diffprune/training';
import { diagnose, warnOfScores } from './warnings.ts';

const evaluation = (main: number) => ({ dev: { scores: { accuracy: main }, main } });

it('says where a split’s score is no more than that of a constant', () => {
  expect(warnOfScores(evaluation(0.8), evaluation(0.5))).toEqual([]);
  expect(warnOfScores(evaluation(0.5), evaluation(0.5))).toEqual([
    expect.stringMatching(/no more on dev than always giving the same answer.*--learning-rate/),
  ]);
});

describe('diagnose', () => {
  const projection = { kind: 'projection', kept: 10, nonzero: 4 } as const;

  it('gives the method what was logged, and names options as flags', () => {
    const method: Pick<Method, 'diagnose'> = {
      diagnose: ({ steps, projection, constantLoss }) => [
        `${JSON.stringify([steps, projection])}, ${constantLoss.toFixed(3)}: raise \`learningRate\``,
      ],
    };
    expect(diagnose(method, [projection], Math.LN2)).toEqual([
      `[[],${JSON.stringify(projection)}], 0.693: raise --learning-rate`,
    ]);
    expect(diagnose({}, [projection], Math.LN2)).toEqual([]);
  });

  it.each(methodNames.filter((name) => 'density' in findMethod(name).options))(
    'says of %s where too little was nonzero at the projection',
    (name) => {
      expect(diagnose(findMethod(name), [projection], Math.LN2)).toEqual([
        expect.stringMatching(/fewer entries were nonzero than --density keeps: .*--(density|l0-penalty)/),
      ]);
    },
  );
});
