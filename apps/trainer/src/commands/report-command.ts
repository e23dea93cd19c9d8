import { programNames } from '@diffprune/command-line';
import { Command } from 'commander';
import { option } from './command-options.ts';

/** `report`: runs beside each other, in one page. */
export function reportCommand(): Command {
  const { train } = programNames(process.env);
  return new Command('report')
    .description(
      'Compare runs in one page, which needs no other file: curves of loss, dev scores and learning rates over each ' +
        'other, a table of scores, densities and bytes, and the settings in which the runs differ. Runs that are not ' +
        'finished are shown as far as they are.',
    )
    .argument('<runs...>', 'run folders of train')
    .addOption(option('Outputs:', '--out <file>', 'the page to write (.html)').makeOptionMandatory())
    .addHelpText(
      'after',
      `
Examples:
  ${train} report runs/a runs/b --out compared.html
  ${train} report runs/sst2-* --out seeds.html`,
    )
    .action(async (runs: string[], { out }: { readonly out: string }) => {
      const { compareRuns } = await import('../report/compare-runs.ts');
      await compareRuns(runs, out);
      process.stdout.write(`written: ${out}\n`);
    });
}
