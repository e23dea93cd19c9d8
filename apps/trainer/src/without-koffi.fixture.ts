/** Loaded before the trainer by a test: koffi does not load, as on a platform that it has no build for. */
import Module from 'node:module';

const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown };
const { _load: load } = loader;
loader._load = (request, ...rest) => {
  if (request === 'koffi') throw new Error('Cannot find the native Koffi module');
  return load.call(loader, request, ...rest);
};
