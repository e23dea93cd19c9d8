import type { Command, CommanderError } from 'commander';
import { exitCode, explain } from './errors.ts';

/**
 * Runs a program with the arguments that it was started with, shows what went wrong, and sets the exit code: that of
 * {@link exitCode} for an error, 2 for options that commander refuses. `DIFFPRUNE_DEBUG=1` shows stack traces.
 */
export async function runProgram(program: Command): Promise<void> {
  for (const command of [program, ...program.commands]) {
    command.exitOverride().showHelpAfterError('(--help shows the options)').configureHelp({ helpWidth: 100 });
  }
  // Whoever read the output may leave (`| head`); the work goes on.
  process.stderr.on('error', () => {});
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exit(report(Object.assign(error, { path: 'standard output' })));
  });
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
}

function report(error: unknown): number {
  // commander has shown its own message, or the help that was asked for
  if (isCommanders(error)) return error.exitCode === 0 ? 0 : 2;
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'EPIPE') return 0;
  process.stderr.write(`${explain(error)}\n`);
  if (process.env['DIFFPRUNE_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return exitCode(error);
}

/** Told by its code, because a program may have another copy of commander than this package. */
function isCommanders(error: unknown): error is CommanderError {
  return error instanceof Error && String((error as Partial<CommanderError>).code).startsWith('commander.');
}
