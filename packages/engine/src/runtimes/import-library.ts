/**
 * Imports a library that may be missing. A variable name keeps bundlers from following it: a page's bundle must not
 * contain ONNX Runtime for Node, nor one without TensorFlow's native library ask for it.
 */
export async function importLibrary(name: string): Promise<Record<string, unknown>> {
  const library = name;
  return (await import(/* @vite-ignore */ /* webpackIgnore: true */ library)) as Record<string, unknown>;
}
