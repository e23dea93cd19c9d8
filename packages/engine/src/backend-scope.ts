import * as tf from '@diffprune/tfjs-core';

/**
 * Runs `fn`, which must be synchronous, with another TensorFlow.js backend as the current one, and makes the
 * previous one current again. As nothing else can run meanwhile, concurrent callers never see the change.
 *
 * @param backend name of a registered backend that is initialised, or whose factory is synchronous
 */
export function withBackend<Result>(backend: string, fn: () => Result): Result {
  const previous = tf.getBackend();
  void tf.setBackend(backend);
  try {
    return fn();
  } finally {
    // Without a previous backend TensorFlow.js has yet to choose one; it does so when it is next used.
    if (previous) void tf.setBackend(previous);
  }
}
