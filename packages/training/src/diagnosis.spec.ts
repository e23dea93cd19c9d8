import { warnOfEarlyClosing, warnOfRemaining, warnOfZeros } from './diagnosis.ts';

describe('warnOfZeros', () => {
  it('says where too little, or nothing, was nonzero at the projection', () => {
    expect(warnOfZeros({ kept: 10, nonzero: 4 }, 'train longer')).toEqual([
      'at the projection fewer entries were nonzero than `density` keeps: train longer',
    ]);
    expect(warnOfZeros({ kept: 10, nonzero: 0 }, 'train longer')).toEqual([
      'at the projection nothing was nonzero: train longer',
    ]);
    expect(warnOfZeros({ kept: 10, nonzero: 10 }, 'train longer')).toEqual([]);
    expect(warnOfZeros(undefined, 'train longer')).toEqual([]);
  });
});

describe('warnOfEarlyClosing', () => {
  const step = (step: number, loss: number, expectedDensity: number, stage = 'gates') => {
    return { stage, step, loss, expectedDensity };
  };
  const course = (...steps: ReturnType<typeof step>[]) => ({ steps, constantLoss: 0.69 });

  it('has nothing to say of gates that close after the loss has fallen', () => {
    const good = course(step(10, 0.69, 0.99), step(20, 0.5, 0.6), step(30, 0.5, 0.4));
    expect(warnOfEarlyClosing(good, 'gates')).toEqual([]);
  });

  it('says where half of the gates closed before the loss fell', () => {
    const early = [step(10, 0.69, 0.99), step(20, 0.69, 0.7), step(30, 0.68, 0.4), step(40, 0.2, 0.3)];
    expect(warnOfEarlyClosing(course(...early), 'gates')).toEqual([
      expect.stringMatching(/gates closed before w had learnt: at step 30 .* still 0\.687 \(.* has 0\.690\)/),
    ]);
    expect(warnOfEarlyClosing(course(...early), 'another stage')).toEqual([]);
  });
});

describe('warnOfRemaining', () => {
  const step = (step: number, measured: object) => ({ stage: 'pruning', step, loss: 0.5, ...measured });
  const warn = (...steps: object[]) => {
    return warnOfRemaining(
      { steps: steps.map((each, i) => step(i, each)), constantLoss: 0.69 },
      'rate',
      'price',
    );
  };
  const fixed = { price: 0, remaining: 0.1, pathRemaining: 0.1 };

  it('has nothing to say where the path was followed, or no price was asked', () => {
    expect(warn({ price: 1e-4, remaining: 0.12, pathRemaining: 0.1 }, fixed)).toEqual([]);
    expect(warn({ price: 1e-4, remaining: 0.4 })).toEqual([]);
    expect(warn({ remaining: 0.4 })).toEqual([]);
    expect(warn()).toEqual([]);
  });

  it('says where it was left, or where nothing remained', () => {
    expect(warn({ price: 1e-4, remaining: 0.31, pathRemaining: 0.1 }, fixed)).toEqual([
      expect.stringMatching(/left 31.0% .* to leave 10.0%, .* raise `rate`/),
    ]);
    expect(warn({ price: 1e-4, remaining: 0.031, pathRemaining: 0.1 }, fixed)).toEqual([
      expect.stringMatching(/left 3.10% .* lower `rate`/),
    ]);
    expect(warn({ price: 1e-4, remaining: 0 })).toEqual([expect.stringContaining('lower `price`')]);
  });
});
