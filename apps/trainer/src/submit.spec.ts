import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '@diffprune/command-line';
import { glueSubmission } from '@diffprune/glue';
import { strFromU8, unzipSync } from 'fflate';
import { createWorkshop, runCli, writeBase, type Workshop } from './cli.fixture.ts';
import { readGlueRun } from './submit/read-runs.ts';

const words = ['the film', 'is good', 'a dull story', 'we left', 'it was long', 'they agree'];
const sentence = (row: number): string => `${words[row % 6]} ${words[(row * 5 + 1) % 6]}`;
const rows = Array.from({ length: 12 }, (_, row) => row);
const table = (header: string, line: (row: number) => string, count = 12): string =>
  [header, ...rows.slice(0, count).map(line)].map((text) => `${text.replaceAll('|', '\t')}\n`).join('');
const pair = 'index|sentence1|sentence2';
const label = (row: number): string => ['entailment', 'neutral', 'contradiction'][row % 3]!;

/** GLUE's download, a few rows of three of its tasks and of the diagnostic set. */
const glue: Record<string, string> = {
  ...Object.fromEntries(
    ['train', 'dev'].map((split) => [
      `CoLA/${split}.tsv`,
      table(`x|0||${sentence(3)}`, (row) => `x|${row % 2}||${sentence(row)}`),
    ]),
  ),
  'CoLA/test.tsv': table('index|sentence', (row) => `${row}|${sentence(row)}`, 5),
  ...Object.fromEntries(
    ['train', 'dev'].map((split) => [
      `STS-B/${split}.tsv`,
      table(`${pair}|score`, (row) => `${row}|${sentence(row)}|${sentence(row + 1)}|${(row % 6).toFixed(3)}`),
    ]),
  ),
  ...Object.fromEntries(
    ['train', 'dev_matched', 'dev_mismatched'].map((split) => [
      `MNLI/${split}.tsv`,
      table(`${pair}|gold_label`, (row) => `${row}|${sentence(row)}|${sentence(row + 2)}|${label(row)}`),
    ]),
  ),
  ...Object.fromEntries(
    ['MNLI/test_matched.tsv', 'MNLI/test_mismatched.tsv', 'diagnostic/diagnostic.tsv'].map((file, i) => [
      file,
      table(pair, (row) => `${row}|${sentence(row + i)}|${sentence(row)}`, 4 + i),
    ]),
  ),
};

describe('submit', () => {
  let workshop: Workshop;
  const at = (name: string): string => join(workshop.folder, name);
  const submit = (...args: string[]) => runCli(['submit', '--out', at('submission.zip'), ...args]);
  const run = async (task: string, folder: string, out: string, ...options: string[]) => {
    const inputs = [
      '--task',
      task,
      '--data',
      at(`glue/${folder}`),
      '--base',
      workshop.base,
      '--out',
      at(out),
    ];
    const short = ['--method', 'last-layer', '--max-steps', '1', '--max-length', '24', '--threads', '1'];
    const { code, stderr } = await runCli(['train', ...inputs, ...short, ...options]);
    expect({ code, stderr }).toEqual({ code: 0, stderr });
  };

  beforeAll(async () => {
    workshop = await createWorkshop();
    for (const [name, text] of Object.entries(glue)) {
      await mkdir(join(at('glue'), name, '..'), { recursive: true });
      await writeFile(join(at('glue'), name), text);
    }
    await run('cola', 'CoLA', 'runs/cola');
    await run('mnli', 'MNLI', 'runs/mnli');
    await run('stsb', 'STS-B', 'runs/stsb', '--learning-rate', '1');
  });
  afterAll(() => rm(workshop.folder, { recursive: true }));
  const runs = () => ['--runs', at('runs/mnli'), at('runs/stsb'), at('runs/cola')];

  it('says what the dev scores are and what is missing, and writes nothing then', async () => {
    const { code, stdout, stderr } = await submit(...runs());
    expect(code).toBe(2);
    expect(stdout).toMatch(
      /^task +dev score +mean of +run\nCoLA +-?0\.\d{4} +matthews -?0\.\d{4} .*runs\/cola\nSTS-B /,
    );
    expect(stdout).toMatch(
      /\nMNLI +0\.\d{4} +matched accuracy 0\.\d{4}, mismatched accuracy 0\.\d{4} .*runs\/mnli\n/,
    );
    expect(stdout).toMatch(
      /\nmean: -?0\.\d{4} over 3 of 9 tasks\nthe papers' average: .* over 4 of 9 columns/,
    );
    expect(stderr).toContain('8 of the eleven files are missing, and the GLUE server takes all or none:');
    expect(stderr).toContain('  RTE.tsv: no run of rte\n');
    expect(stderr).toContain(`  AX.tsv: no diagnostic.tsv of mnli in ${at('glue/MNLI')}\n`);
    expect(stderr).toContain(`  STS-B.tsv: no test.tsv of stsb in ${at('glue/STS-B')}\n`);
    expect(stderr).toContain('give --fill-missing');
    await expect(readFile(at('submission.zip'))).rejects.toThrow('ENOENT');
  });

  it('writes eleven files, those without a model where it is told to', async () => {
    // the test set of STS-B and the diagnostic set lie where --data says
    await cp(at('glue'), at('more'), { recursive: true });
    const test = table(pair, (row) => `${row}|${sentence(row)}|${sentence(row + 3)}`, 6);
    await writeFile(at('more/STS-B/test.tsv'), test);
    const { code, stdout, stderr } = await submit(...runs(), '--data', at('more'), '--fill-missing');
    expect({ code, stderr }).toEqual({ code: 0, stderr });
    expect(stdout).toContain(`written: ${at('submission.zip')}, 11 files, 6 of them without a model\n`);
    expect(stderr).toContain('RTE.tsv: no run of rte; entailment throughout\n');
    expect(stderr).toContain(
      "warning: the GLUE server will not take it: CoLA.tsv has 5 rows, GLUE's test set 1,063",
    );
    const readings = stderr.split('\n').filter((line) => line.startsWith('reading the base'));
    const all = ['runs/mnli', 'runs/stsb', 'runs/cola'].map(at).join(', ');
    expect(readings).toEqual([`reading the base ${workshop.base} of ${all}`]);

    const bytes = await readFile(at('submission.zip'));
    const files = Object.entries(unzipSync(bytes)).map(([name, text]) => [name, strFromU8(text)] as const);
    expect(files.map(([name]) => name).sort()).toEqual(glueSubmission.map(({ file }) => file).sort());
    const lines = new Map(files.map(([name, text]) => [name, text.trimEnd().split('\n')]));
    expect([...lines.values()].every(([header]) => header === 'index\tprediction')).toBe(true);
    const counts = ['CoLA', 'STS-B', 'MNLI-m', 'MNLI-mm', 'AX', 'RTE', 'QQP'].map(
      (name) => lines.get(`${name}.tsv`)!.length - 1,
    );
    expect(counts).toEqual([5, 6, 4, 5, 6, 3000, 390_965]);
    for (const name of ['MNLI-m.tsv', 'MNLI-mm.tsv', 'AX.tsv']) {
      expect(lines.get(name)!.slice(1).join('\n')).toMatch(/^(\d\t(entailment|neutral|contradiction)\n?)+$/);
    }
    expect(lines.get('STS-B.tsv')!.slice(1).join('\n')).toMatch(/^(\d\t[0-5]\.\d{3}\n?)+$/);

    // what evaluate writes for a split, and the same bytes again
    const [file, split] = ['MNLI-mm.tsv', 'test_mismatched'];
    const evaluated = await runCli([
      ...[
        'evaluate',
        '--base',
        workshop.base,
        '--diff',
        at('runs/mnli/mnli.sdiff'),
        '--data',
        at('more/MNLI'),
      ],
      ...['--split', split, '--submission', at(file), '--threads', '1'],
    ]);
    expect({ code: evaluated.code, stderr: evaluated.stderr }).toEqual({ code: 0, stderr: evaluated.stderr });
    expect(Object.fromEntries(files)[file]).toBe(await readFile(at(file), 'utf8'));
    await rm(at('submission.zip'));
    await submit(...runs(), '--data', at('more'), '--fill-missing');
    expect((await readFile(at('submission.zip'))).equals(bytes)).toBe(true);
  });

  it('takes one run for each task, or the best', async () => {
    await cp(at('runs/cola'), at('runs/again'), { recursive: true });
    const two = ['--runs', at('runs/cola'), at('runs/again')];
    const refused = await submit(...two);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(
      `${at('runs/cola')} and ${at('runs/again')} are runs of one task, CoLA; give one of them, or --best`,
    );
    const { code, stderr } = await submit(...two, '--best');
    expect(code).toBe(2);
    expect(stderr).toContain(`CoLA: ${at('runs/cola')} has the best dev score of ${at('runs/cola')} `);
  });

  it('names the run that cannot be used', async () => {
    await mkdir(at('runs/other'), { recursive: true });
    await writeFile(at('runs/notes.txt'), 'x');
    await cp(at('runs/cola'), at('runs/half'), { recursive: true });
    await rm(at('runs/half/report.html'));
    await cp(at('runs/mnli'), at('runs/opinion'), { recursive: true });
    const config = await readFile(at('runs/opinion/config.json'), 'utf8');
    await writeFile(at('runs/opinion/config.json'), config.replace('"task": "mnli"', '"task": "opinion"'));
    const cases: [string, string][] = [
      ['other', `--runs: ${at('runs/other')} holds no run of train; give the folders`],
      ['notes.txt', `--runs: ${at('runs/notes.txt')} is no folder`],
      ['half', `the run in ${at('runs/half')} is not finished: go on with it by train --out`],
      ['opinion', `${at('runs/opinion')} is a run of task opinion, which is not one of GLUE's (cola, sst2,`],
    ];
    for (const [name, message] of cases) {
      const reading = readGlueRun(at(`runs/${name}`));
      await expect(reading).rejects.toThrow(message);
      await expect(reading).rejects.toBeInstanceOf(InputError);
    }

    await writeBase(at('base-of-another-seed'), { seed: 2 });
    await cp(at('runs/cola'), at('runs/moved'), { recursive: true });
    const moved = await readFile(at('runs/moved/config.json'), 'utf8');
    const other = moved.replace(JSON.stringify(workshop.base), JSON.stringify(at('base-of-another-seed')));
    await writeFile(at('runs/moved/config.json'), other);
    const { code, stderr } = await submit('--runs', at('runs/moved'), '--fill-missing');
    expect(code).toBe(2);
    expect(stderr).toMatch(/the run in .*\/runs\/moved: .*base/);
  });
});
