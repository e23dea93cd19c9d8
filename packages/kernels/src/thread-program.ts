/** Jobs that a thread has at most: the one that it does, and the next. */
export const depth = 2;

/** Numbers of one job, of two calls at most: the memory, how many calls, and for each call the kernel and its struct. */
export const jobNumbers = 6;

/** How often to look for news before sleeping: jobs come in quick succession, or not for long. */
export const looks = 20000;

/**
 * The words that a thread shares with who gives it jobs: how many it was given, how many it has done, whether one failed,
 * and whether it sleeps.
 */
export const words = { given: 0, done: 1, failed: 2, asleep: 3, count: 4 } as const;

/**
 * What a worker thread runs: the jobs that it is given, one after the other. Plain JavaScript in a string, so that it
 * starts alike from source, from a bundle and in tests.
 */
export const threadProgram = `
const { parentPort, receiveMessageOnPort, workerData } = require('node:worker_threads');
const { module, kernels, jobs, words } = workerData;
const instances = new Map();
for (let seen = 0; ; seen = (seen + 1) | 0) {
  for (let i = 0; i < ${looks} && Atomics.load(words, ${words.given}) === seen; i++);
  // (a notification may come late, for a job that is done: so look again)
  while (Atomics.load(words, ${words.given}) === seen) {
    Atomics.store(words, ${words.asleep}, 1);
    Atomics.wait(words, ${words.given}, seen);
    Atomics.store(words, ${words.asleep}, 0);
  }
  try {
    for (let message; (message = receiveMessageOnPort(parentPort)?.message); ) {
      const { id, memory } = message;
      if (memory) instances.set(id, new WebAssembly.Instance(module, { env: { memory } }).exports);
      else instances.delete(id);
    }
    let at = (seen & ${depth - 1}) * ${jobNumbers};
    const instance = instances.get(jobs[at++]);
    for (let calls = jobs[at++]; calls > 0; calls--) {
      const kernel = kernels[jobs[at++]];
      instance[kernel](jobs[at++]);
    }
  } catch {
    Atomics.store(words, ${words.failed}, 1);
  }
  Atomics.add(words, ${words.done}, 1);
  Atomics.notify(words, ${words.done});
}
`;
