/** Where what lies in the words that threads and their caller share; after these, one signal for each thread. */
export const words = { pending: 0, failed: 1, signals: 2 } as const;

/** Numbers of one job at most: memory, kernel, how many arguments, the arguments. */
export const jobNumbers = 64;

/** How often to look for news before sleeping: jobs come in quick succession, or not for long. */
export const looks = 20000;

/**
 * What a worker thread runs: when its signal changes, it does the job that it finds and counts it done. Plain
 * JavaScript in a string, so that it starts alike from source, from a bundle and in tests.
 */
export const threadProgram = `
const { parentPort, receiveMessageOnPort, workerData } = require('node:worker_threads');
const { module, kernels, job, words, signal } = workerData;
const instances = new Map();
for (let seen = 0; ; seen++) {
  for (let i = 0; i < ${looks} && Atomics.load(words, signal) === seen; i++);
  Atomics.wait(words, signal, seen);
  try {
    for (let given; (given = receiveMessageOnPort(parentPort)); ) {
      const { id, memory } = given.message;
      if (memory) instances.set(id, new WebAssembly.Instance(module, { env: { memory } }).exports);
      else instances.delete(id);
    }
    instances.get(job[0])[kernels[job[1]]](...job.subarray(3, 3 + job[2]));
  } catch {
    Atomics.store(words, ${words.failed}, 1);
  }
  if (Atomics.sub(words, ${words.pending}, 1) === 1) Atomics.notify(words, ${words.pending});
}
`;
