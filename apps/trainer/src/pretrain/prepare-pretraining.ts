import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  baseParameters,
  createTokenizer,
  headParameters,
  initializeParameters,
  parseConfig,
  type EncoderConfig,
  type Tensors,
  type Tokenizer,
  type TokenizerFiles,
} from '@diffprune/bert';
import { loadCheckpoint } from '@diffprune/bert/node';
import { readText, removeTemporaries, writeFileAtomically } from '@diffprune/files/node';
import { InputError } from '@diffprune/command-line';
import { fingerprintTensors } from '@diffprune/sparse-diff';
import type { PretrainingSettings } from '../settings/pretraining-settings.ts';
import { formatCount } from '../format.ts';
import { TokenFile, writeTokenFile } from './token-file.ts';
import { learnVocabulary, uncasedTokenizerFiles } from './tokenizer-files.ts';

/** A model as pretraining begins with it. */
export interface InitialModel {
  readonly config: EncoderConfig;
  /** All base parameters and the pretraining head's. */
  readonly parameters: Tensors;
  readonly tokenizer: Tokenizer;
  readonly tokenizerFiles: TokenizerFiles;
  /** Of the base that it goes on from. */
  readonly fingerprint?: string;
}

const head = { kind: 'pretraining' } as const;

/** The model of `--base`; what it lacks of the pretraining head is begun anew. */
export async function readInitialModel(folder: string, seed: number): Promise<InitialModel> {
  const { config, tensors, tokenizerFiles } = await loadCheckpoint(folder);
  if (config.typeVocabSize < 2) {
    throw new InputError(
      `${folder} has one token type (type_vocab_size 1); pretraining needs two, for its pairs`,
    );
  }
  const fresh = initializeParameters(headParameters(config, head), config, seed);
  const specs = [...baseParameters(config), ...headParameters(config, head)];
  const parameters = new Map(specs.map(({ name }) => [name, tensors.get(name) ?? fresh.get(name)!]));
  const fingerprint = await fingerprintTensors(
    specs.map(({ name, shape }) => [name, { shape, data: parameters.get(name)! }] as const),
  );
  const tokenizer = createTokenizer(tokenizerFiles, config.vocabSize, folder);
  return { config, parameters, tokenizer, tokenizerFiles, fingerprint };
}

/**
 * A model of random weights whose vocabulary is given, or learnt from the corpus, or was learnt before.
 *
 * @param modelFolder where the vocabulary is kept
 */
export async function createInitialModel(
  settings: PretrainingSettings,
  modelFolder: string,
  note: (text: string) => void,
): Promise<InitialModel> {
  const words = await vocabularyOf(settings, modelFolder, note);
  const config = parseConfig(
    {
      vocab_size: words.length,
      hidden_size: settings.hidden,
      num_hidden_layers: settings.layers,
      num_attention_heads: settings.heads,
      intermediate_size: settings.intermediate,
      max_position_embeddings: settings.positions,
      type_vocab_size: 2,
      initializer_range: initializerRange(settings.hidden),
    },
    'the options --hidden, --layers, --heads, --intermediate and --positions',
  );
  const tokenizerFiles = uncasedTokenizerFiles(words, settings.positions);
  const tokenizer = createTokenizer(tokenizerFiles, words.length, settings.vocabulary ?? modelFolder);
  const specs = [...baseParameters(config), ...headParameters(config, head)];
  const parameters = initializeParameters(specs, config, settings.seed);
  const table = specs.find(({ role }) => role === 'position-embeddings')!;
  fillSinusoids(parameters.get(table.name)!, config);
  return { config, parameters, tokenizer, tokenizerFiles };
}

/**
 * BERT's 0.02 is for its 768-wide layers. What a layer's product adds to its input grows with the root of the width;
 * narrow layers begin with wider numbers, so that the sum has BERT's proportions.
 */
function initializerRange(hidden: number): number {
  return Math.round(20 * Math.sqrt(768 / hidden)) / 1000;
}

/**
 * Position embeddings as sinusoids (Vaswani et al. 2017, section 3.5) of the size of the other embeddings, to be
 * trained on: one linear map then leads from each position to its neighbour, where random ones need it learnt for each
 * position by itself.
 *
 * @param positions [positions, hidden], overwritten
 */
function fillSinusoids(positions: Float32Array, { hiddenSize, initializerRange }: EncoderConfig): void {
  const amplitude = Math.SQRT2 * initializerRange;
  for (let i = 0; i < positions.length; i++) {
    const [position, dimension] = [Math.floor(i / hiddenSize), i % hiddenSize];
    const angle = position / 10_000 ** ((dimension - (dimension % 2)) / hiddenSize);
    positions[i] = amplitude * (dimension % 2 === 0 ? Math.sin(angle) : Math.cos(angle));
  }
}

async function vocabularyOf(
  { vocabulary, vocabularySize, corpus }: PretrainingSettings,
  modelFolder: string,
  note: (text: string) => void,
): Promise<string[]> {
  await mkdir(modelFolder, { recursive: true });
  await removeTemporaries(modelFolder);
  const kept = join(modelFolder, 'vocab.txt');
  const path = existsSync(kept) ? kept : vocabulary;
  if (path !== undefined) return (await readText(path, 2 ** 26)).replace(/\r?\n$/, '').split(/\r?\n/);
  note(`learning a vocabulary of ${formatCount(vocabularySize)} words`);
  const words = await learnVocabulary(corpus, vocabularySize);
  await writeFileAtomically(kept, `${words.join('\n')}\n`);
  return words;
}

/** The part of the corpus that is held out where no other text is given. */
const heldOutFraction = 0.01;

/** A run's texts as tokens, in files of its folder that are made where they are not there yet. */
export async function openTexts(
  folder: string,
  { corpus, validation }: PretrainingSettings,
  tokenizer: Tokenizer,
  note: (text: string) => void,
): Promise<{ train: TokenFile; heldOut: TokenFile }> {
  await mkdir(folder, { recursive: true });
  await removeTemporaries(folder);
  const text = async (name: string, paths: readonly string[]): Promise<TokenFile> => {
    const path = join(folder, `${name}.i32`);
    if (!existsSync(path)) {
      for (const each of paths)
        if ((await stat(each)).isDirectory()) throw new InputError(`${each}: a folder, expected a text file`);
      note(`dividing the ${name} text into tokens`);
      await writeTokenFile(path, paths, tokenizer);
    }
    const tokens = TokenFile.open(path);
    note(`${name} text: ${formatCount(tokens.length)} tokens`);
    return tokens;
  };
  const train = await text('train', corpus);
  if (validation !== undefined) return { train, heldOut: await text('held-out', [validation]) };
  const kept = Math.floor((1 - heldOutFraction) * train.length);
  return { train: train.part(0, kept), heldOut: train.part(kept, train.length) };
}
