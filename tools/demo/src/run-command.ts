import { spawn } from 'node:child_process';

/**
 * Runs one of the workspace's programs as a user would, and shows the command and what the program says.
 *
 * @param root the workspace's folder, which paths in the arguments are relative to
 * @throws Error if the program does not end with exit code 0
 */
export async function runCommand(
  root: string,
  program: 'trainer' | 'applier',
  args: readonly string[],
): Promise<void> {
  const command = ['run', '--silent', program, '--', ...args];
  process.stdout.write(`\n$ npm run ${program} -- ${args.map(quote).join(' ')}\n`);
  const child = spawn('npm', command, { cwd: root, stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code !== 0) throw new Error(`npm ${command.join(' ')} ended with exit code ${code}`);
}

function quote(argument: string): string {
  return /^[\w./:=,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
