import { ProgramError } from './errors.ts';
import type { Engine, Program, TensorSpec } from './program.ts';
import type { LoadedFunction, Runtime } from './runtime.ts';
import { checkInputs, checkSpecs, prepareOutputs } from './tensors.ts';

/** The engine of a runtime: checks what it is given before the runtime sees it. */
export function checkedEngine(name: string, runtime: Runtime): Engine {
  return {
    name,
    async compile(fn, inputs) {
      checkSpecs(inputs);
      const specs = { ...inputs };
      return checkedProgram(specs, await runtime.load(fn, specs));
    },
  };
}

/** The program of a loaded function with these inputs. */
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
