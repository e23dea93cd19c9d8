/** What the page starts with, as `models.json` beside it says; URLs are relative to the page. */
export interface StartModels {
  readonly base: {
    readonly name: string;
    /** Of the folder, with a slash at the end. */
    readonly url: string;
    readonly files: readonly string[];
  };
  readonly diffs: readonly { readonly name: string; readonly url: string }[];
}
