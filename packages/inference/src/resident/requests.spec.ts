import * as fc from 'fast-check';
import { Requests } from './requests.ts';

it('answers all, each by its task, in turns, together where they wait', async () => {
  const served: [string, number][] = [];
  const requests = new Requests<string>(async (task, examples) => {
    served.push([task, examples.length]);
    await Promise.resolve();
    return examples.map((example) => `${task}${String(example)}`);
  });
  const a = Array.from({ length: 40 }, (_, i) => requests.add('a', [i, i]));
  const b = requests.add('b', [7]);
  const c = requests.add(
    'c',
    Array.from({ length: 50 }, (_, i) => i),
  );
  expect((await Promise.all(a))[39]).toEqual(['a39', 'a39']);
  expect(await b).toEqual(['b7']);
  expect((await c).length).toBe(50);
  expect(served).toEqual([
    ['a', 32],
    ['b', 1],
    ['c', 50],
    ['a', 32],
    ['a', 16],
  ]);
});

it('one that fails fails alone; chores are done between answers', async () => {
  let isAnswering = false;
  const requests = new Requests<string>(async (_, examples) => {
    isAnswering = true;
    await new Promise((resolve) => setTimeout(resolve, 1));
    isAnswering = false;
    if (examples.includes('bad')) throw new Error('bad');
    return [...examples];
  });
  const asked = ['x', 'bad', 'y'].map((example) => requests.add('task', [example]));
  const chore = requests.alone(() => isAnswering);
  const failing = requests.alone(() => {
    throw new Error('no');
  });
  const slow = requests.alone(async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return isAnswering; // nothing is answered while a chore goes on
  });
  await expect(failing).rejects.toThrow('no');
  expect([await chore, await slow]).toEqual([false, false]);
  const settled = await Promise.allSettled(asked);
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  let isAnswered = false;
  void requests.add('task', ['z']).then(() => (isAnswered = true));
  await requests.whenAnswered('task');
  expect(isAnswered).toBe(true);
});

it('however requests come, every one has its own answer and no two are answered at once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ task: fc.nat(3), size: fc.nat(40), delay: fc.nat(3), abort: fc.boolean() }), {
        maxLength: 30,
      }),
      async (plan) => {
        let under = 0;
        const requests = new Requests<number>(async (task, examples) => {
          expect(++under).toBe(1);
          await Promise.resolve();
          under--;
          return examples.map((example) => [task, example]);
        });
        const asked = plan.map(async ({ task, size, delay, abort }, i) => {
          for (let turn = 0; turn < delay; turn++) await Promise.resolve();
          const controller = new AbortController();
          const examples = Array.from({ length: size }, (_, j) => `${i}.${j}`);
          const answers = requests.add(task, examples, controller.signal);
          if (abort) controller.abort();
          return answers.then(
            (found) => expect(found).toEqual(examples.map((example) => [task, example])),
            () => expect(abort).toBe(true),
          );
        });
        await Promise.all(asked);
      },
    ),
    { numRuns: 50 },
  );
});
