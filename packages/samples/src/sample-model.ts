/**
 * Where the files of the sample model lie: a BERT with 2 layers, hidden size 128 and 8,000 words, pretrained on English
 * text (its model card is `model/README.md`). In Node they are `file:` URLs; bundlers for the web find them, and what
 * they make of them can be fetched.
 */
export const sampleModelUrls = {
  'config.json': new URL('../model/config.json', import.meta.url),
  'tokenizer.json': new URL('../model/tokenizer.json', import.meta.url),
  'vocab.txt': new URL('../model/vocab.txt', import.meta.url),
  'model.safetensors': new URL('../model/model.safetensors', import.meta.url),
} as const;
