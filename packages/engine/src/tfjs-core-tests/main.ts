/*
 * Runs TensorFlow.js's own core tests with the engine as the backend, and prints the results as JSON:
 * tsx --conditions=@diffprune/source src/tfjs-core-tests/main.ts inputs|constants [part of a case's name]
 */
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';
import { TraceError } from '../errors.ts';
import { graphLoader } from '../runtimes/onnxruntime-node.ts';
import { backendName, registerTraceKernels } from '../trace-backend.ts';
import { DeferredBackend } from './deferred-backend.ts';

/** What became of one case. */
export interface CaseResult {
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'pending' | 'excluded';
  readonly failures: readonly string[];
  /** What the engine refused meanwhile. */
  readonly refusals: readonly string[];
  /** The kernels that were called. */
  readonly kernels: readonly string[];
}

const [mode = 'inputs', part = ''] = process.argv.slice(2);
const require = createRequire(import.meta.url);
// Puts `describe`, `it`, `expect` and the like where the tests look for them.
const env = require('jasmine-core').boot().getEnv();
// The tests, written for bundlers, import files without an extension: `require` finds them.
const util = require('@tensorflow/tfjs-core/dist/jasmine_util.js');
util.setTestEnvs([{ name: backendName, backendName, isDataSync: false }]);
require('@tensorflow/tfjs-core/dist/tests.js');

let refusals = new Set<string>();
let kernels = new Set<string>();

/** Calls `fn`, and notes what the engine refuses in it. */
function noting<Result>(name: string, fn: () => Result): Result {
  try {
    return fn();
  } catch (error) {
    if (error instanceof TraceError) {
      refusals.add(`${name}: ${error.message.replace(/^.* cannot be compiled: /, '')}`);
    }
    throw error;
  }
}

class NotingBackend extends DeferredBackend {
  override write(...tensor: Parameters<DeferredBackend['write']>): tf.DataId {
    return noting('write', () => super.write(...tensor));
  }
}

registerTraceKernels();
for (const config of tf.getKernelsForBackend(backendName)) {
  const { kernelName } = config;
  const kernelFunc: tf.KernelFunc = (call) => {
    kernels.add(kernelName);
    return noting(kernelName, () => config.kernelFunc(call));
  };
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ ...config, kernelFunc });
}
const loadGraph = await graphLoader('cpu', { threads: 1 });
tf.registerBackend(backendName, () => new NotingBackend(loadGraph, mode === 'constants'), 0);

const results: CaseResult[] = [];
env.configure({
  random: false,
  specFilter: (spec: { getFullName(): string }) => spec.getFullName().includes(part),
});
env.addReporter({
  specStarted() {
    refusals = new Set();
    kernels = new Set();
  },
  specDone(result: {
    fullName: string;
    status: CaseResult['status'];
    failedExpectations: { message: string }[];
  }) {
    if (result.status === 'excluded') return;
    results.push({
      name: result.fullName,
      status: result.status,
      failures: result.failedExpectations.map(({ message }) => message),
      refusals: [...refusals],
      kernels: [...kernels],
    });
  },
});
await env.execute();
process.stdout.write(JSON.stringify(results));
