import { ProgramError } from './errors.ts';
import type { Program, TensorSpec } from './program.ts';
import type { LoadedFunction } from './runtime.ts';
import { checkInputs, prepareOutputs } from './tensors.ts';

/** The program of a loaded function; checks what it is given before the runtime sees it. */
export function checkedProgram(specs: Readonly<Record<string, TensorSpec>>, loaded: LoadedFunction): Program {
  let disposed = false;
  return {
    inputs: specs,
    outputs: loaded.outputs,
    async run(inputs, outputs = {}) {
      if (disposed) throw new ProgramError('this program was disposed of; compile it again to run it');
      checkInputs(specs, inputs);
      const arrays = prepareOutputs(loaded.outputs, outputs);
      await loaded.run(inputs, arrays);
      return arrays;
    },
    async dispose() {
      if (disposed) return;
      disposed = true;
      await loaded.release();
    },
  };
}
