#!/usr/bin/env node
import {
  engineOptions,
  parseCount,
  parseCountTo,
  parseNumber,
  programNames,
  runProgram,
  valuesOption,
} from '@diffprune/command-line';
import { sampleModelFolder } from '@diffprune/samples/node';
import { Command, Option } from 'commander';
import { version } from './this-package.ts';

const { apply: name } = programNames(process.env);

// Each command's own modules (TensorFlow.js, ONNX Runtime) are loaded only when it runs.
const program = new Command(name)
  .description('Apply sparse diffs to a shared BERT base: predict, look inside, convert.')
  .version(version);

const base = new Option(
  '--base <model>',
  'the base: a Hugging Face folder, or a hub id such as bert-base-uncased@main',
).default(sampleModelFolder(), 'the small one that comes with this program');
const diff = '--diff <file>';
const diffHelp = 'the diff, a .sdiff file';

const columnsHelp =
  'name of the column (or field) of the text, or "first,second" for pairs (default: sentence, text, or sentence1 and sentence2)';

const predict = program
  .command('predict')
  .description(
    'Predict with base + diff: for a text, a pair of texts, a question, or each of those in a file.',
  )
  .addOption(base)
  .requiredOption(diff, diffHelp)
  .option('--text <text>', 'the text')
  .option('--text-b <text>', 'the second text, for a task with pairs')
  .option('--question <text>', "a question, for a diff of SQuAD's")
  .option('--context <text>', 'the text that answers it')
  .option(
    '--file <file>',
    "TSV, CSV, JSONL or Parquet, a row for each example; - for the standard input; of questions SQuAD's JSON, JSONL or Parquet",
  )
  .addOption(formatOption())
  .option(
    '--split <name>',
    "for a GLUE task: which split's columns the file has (otherwise told by its name or its header)",
  )
  .option('--columns <names>', columnsHelp, list)
  .option('--out <file>', 'where to write the predictions (default: the standard output)')
  .option('--batch-size <n>', 'rows that are run at once', parseCountTo(65_536), 32)
  .addHelpText(
    'after',
    `
Writes a line for each example: its index, the predicted label (or score), and the probability of each label. For a
file of questions, predictions.json as SQuAD's scorers read it; for one question, its answer and others, with their places
in the context and probabilities.

Examples:
  ${name} predict --base bert-tiny --diff sst2.sdiff --text "a gorgeous, witty film"
  ${name} predict --base bert-tiny --diff mrpc.sdiff --text "He left." --text-b "He went away."
  ${name} predict --base bert-tiny --diff sst2.sdiff --file SST-2/dev.tsv --out predictions.tsv
  ${name} predict --base bert-tiny --diff mine.sdiff --file mail.csv --columns subject,body
  ${name} predict --base bert-tiny --diff squad.sdiff --question "Who left?" --context "He left, not she."
  ${name} predict --base bert-tiny --diff squad.sdiff --file dev-v1.1.json --out predictions.json
  zcat mail.jsonl.gz | ${name} predict --base bert-tiny --diff mine.sdiff --file - --columns subject,body`,
  )
  .action(async (options) => (await import('./predict-command.ts')).predictCommand(options));
for (const option of engineOptions()) predict.addOption(option);

program
  .command('inspect')
  .description('Print what a diff is for, how it was made, and where its bytes go.')
  .requiredOption(diff, diffHelp)
  .option('--json', 'as JSON')
  .option('--plots <file>', 'write what compare shows of this diff, as a page with plots (.html)')
  .option('--base <model>', 'for the plots: the base, so that they show how far weights move, too')
  .addHelpText(
    'after',
    `
Examples:
  ${name} inspect --diff sst2.sdiff
  ${name} inspect --diff sst2.sdiff --plots sst2.html`,
  )
  .action(async (options) => (await import('./inspect-command.ts')).inspectCommand(options));

program
  .command('compare')
  .description(
    'Compare diffs of one base: what each changes in which layer, and what they share, against chance.',
  )
  .argument('<diffs...>', 'the diffs, .sdiff files of one base')
  .option('--base <model>', 'the base, a folder or a hub id: how far each diff moves the weights, too')
  .option('--json', 'as JSON')
  .option('--html <file>', 'write a page with plots, which needs no other file')
  .addHelpText(
    'after',
    `
Shows, for each diff, the changed entries by layer and by module, what is set to 0, the matrices and vectors that stay as
they are, and whether changed entries cluster in runs, rows or columns more than by chance; for each two, the changed
entries (and the zeros) in common, their Jaccard index, and what chance gives. "within tensors" is chance where each diff
keeps its number of entries in each tensor. With --base, L1- and angular distance of each matrix from the base, beside
those of random initialisations, and of what a diff brings whole, the entries that differ.

Examples:
  ${name} compare runs/sst2/sst2.sdiff runs/mrpc/mrpc.sdiff
  ${name} compare seeds/*/sst2.sdiff --base bert-base-uncased --html seeds.html
  ${name} compare sst2.sdiff --json`,
  )
  .action(async (diffs, options) =>
    (await import('./compare/compare-command.ts')).compareCommand(diffs, options),
  );

program
  .command('serve')
  .description('Serve the diffs of a folder over one base by HTTP: predict, list, add and remove tasks.')
  .addOption(base)
  .requiredOption('--diffs <folder>', 'the diffs: sst2.sdiff is the task sst2')
  .option('--host <address>', 'the address to listen on', '127.0.0.1')
  .option('--port <number>', 'the port; 0 for any that is free', parsePort, 8080)
  .option('--threads <number>', 'threads that share the work of a batch', parseCount, 1)
  .option('--read-only', 'tasks cannot be put or deleted')
  .option(
    '--no-page',
    'no web page at /, which gives whoever opens it the files of the base and of the diffs',
  )
  .option('--timeout <seconds>', 'a request that is not answered by then gets 408', parseCount, 30)
  .option('--grace <seconds>', 'how long requests are still answered when it is told to stop', parseCount, 10)
  .option('--max-body <bytes>', 'longest body of a request to predict', parseCount, 2 ** 20)
  .option('--max-diff <bytes>', 'largest diff that can be put', parseCount, 2 ** 28)
  .option('--max-text <characters>', 'longest input', parseCount, 100_000)
  .option('--max-inputs <number>', 'inputs in one request', parseCount, 256)
  .option('--max-queue <number>', 'inputs that may wait for an answer; more get 429', parseCount, 1024)
  .addHelpText(
    'after',
    `
Requests to one task are answered together, and tasks take turns. A task that is put or deleted is a file of the folder
that comes or goes. There is no authentication: leave it on this machine, or behind something that has.

  GET    /tasks                 the tasks
  POST   /tasks/<task>/predict  {"text": …}, {"text": …, "textB": …}, {"question": …, "context": …}, or
                                {"inputs": [ … ]} of these
  PUT    /tasks/<task>          the bytes of a .sdiff file
  DELETE /tasks/<task>
  GET    /health, /metrics (Prometheus), /openapi.json
  GET    /                      a page that has the base and the tasks in the browser

Example:
  ${name} serve --base bert-tiny --diffs diffs
  curl -d '{"text": "a gorgeous, witty film"}' http://127.0.0.1:8080/tasks/sst2/predict`,
  )
  .action(async (options) => (await import('./serve/serve-command.ts')).serveCommand(options));

program
  .command('apply')
  .description('Write base + diff as a plain Hugging Face folder that any other tool can load.')
  .addOption(base)
  .requiredOption(diff, diffHelp)
  .requiredOption('--out <folder>', 'a new or empty folder')
  .option('--force', 'write into a folder that is not empty')
  .addHelpText('after', `\nExample:\n  ${name} apply --base bert-tiny --diff sst2.sdiff --out bert-tiny-sst2`)
  .action(async (options) => (await import('./apply-command.ts')).applyCommand(options));

program
  .command('extract')
  .description('Make a diff of a model that was fine-tuned from a base: its largest changes, and its head.')
  .addOption(base)
  .requiredOption('--fine-tuned <model>', 'the fine-tuned model: a Hugging Face folder, or a hub id')
  .option(
    '--density <fraction>',
    "how many of the base's parameters to keep, above 0, at most 1",
    parseNumber,
  )
  .option(
    '--pruned',
    'the model is a pruned one: keep all of it, its pruned matrices by what is left of them',
  )
  .requiredOption('--out <file>', 'the diff to write')
  .option('--task <name>', 'name of the task, such as sst2, to be kept in the diff', '')
  .addOption(
    new Option(
      '--texts <number>',
      "texts in an input, 2 for pairs, so that others are refused (default: the GLUE task's, or unknown)",
    ).choices(['1', '2']),
  )
  .addOption(valuesOption())
  .addHelpText(
    'after',
    `
The labels are those of the fine-tuned model's config.json.

Example:
  ${name} extract --base bert-tiny --fine-tuned bert-tiny-sst2 --density 0.005 --task sst2 --out sst2.sdiff`,
  )
  .action(async (options) => (await import('./extract-command.ts')).extractCommand(options));

const pack = program
  .command('pack')
  .description(
    'Turn models that were fine-tuned from one base into a diff each, as small as it can be and still answer as its model does.',
  )
  .addOption(base)
  .requiredOption('--models <models...>', 'the fine-tuned models: Hugging Face folders, or hub ids')
  .option(
    '--tasks <names...>',
    "a name for each model, which is its diff's and its task's, such as sst2 (default: the folders' names)",
  )
  .option(
    '--texts <files...>',
    'texts without labels to compare answers on, one file for all models or one for each: TSV, CSV, JSONL or Parquet; for a ' +
      "model that answers questions SQuAD's JSON, JSONL or Parquet",
  )
  .addOption(formatOption())
  .option('--columns <names>', columnsHelp, list)
  .option(
    '--agree <fraction>',
    "least agreement of the answers with the model's own (default: 0.995)",
    parseNumber,
  )
  .option(
    '--exact',
    "in place of --texts: keep every entry that changed, to give the model's own bytes again",
  )
  .requiredOption('--out <folder>', 'a new or empty folder for the diffs')
  .option('--batch-size <n>', 'rows that are run at once', parseCountTo(65_536), 32)
  .addOption(valuesOption())
  .addHelpText(
    'after',
    `
For each model a bisection looks for the least density at which its diff, rounded as --values says, gives the answers of
the model itself on the texts: of a classifier as large a part of the labels (its most likely ones) as --agree says, of
one that answers questions of the answers; of a regression, Lin's concordance of the scores is at least that. Some
thousand texts like those to come are enough; they need no labels. Each density that is tried is told, and the chosen
one's agreement is kept in the diff ("inspect" shows it).

--exact makes diffs that are as large as what changed: after a full fine-tuning, which moves every weight, as large as
the model.

Examples:
  ${name} pack --base bert-tiny --models sst2-tuned cola-tuned --texts texts.tsv --out packed
  ${name} pack --base bert-base-uncased --models me/bert-sst2 me/bert-squad --tasks sst2 squad \\
      --texts reviews.jsonl questions.json --agree 0.99 --values fp16 --out packed
  ${name} pack --base bert-tiny --models last-layer-tuned --exact --out packed`,
  )
  .action(async (options) => (await import('./pack-command.ts')).packCommand(options));
for (const option of engineOptions()) pack.addOption(option);

program
  .command('export')
  .description('Write the positions and values of a diff as plain tensors, for other languages.')
  .requiredOption(diff, diffHelp)
  .addOption(new Option('--format <name>', 'file format').choices(['safetensors']).default('safetensors'))
  .requiredOption('--out <file>', 'the file to write')
  .addHelpText('after', `\nExample:\n  ${name} export --diff sst2.sdiff --out sst2.safetensors`)
  .action(async (options) => (await import('./export-command.ts')).exportCommand(options));

/** A TCP port; the system chooses for 0. */
function parsePort(text: string): number {
  return text === '0' ? 0 : parseCountTo(65_535)(text);
}

function formatOption(): Option {
  const help = "the file's format (default: by its name, or else its content)";
  return new Option('--format <name>', help).choices(['tsv', 'csv', 'jsonl', 'parquet']);
}

function list(text: string): string[] {
  return text.split(',');
}

await runProgram(program);
