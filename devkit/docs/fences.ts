/** A fenced block of a Markdown file. */
export interface Fence {
  /** `js`, `json` …; empty when none is named. */
  language: string;
  /** What stands behind the language: the path of the file whose text this is; empty for a piece of one. */
  file: string;
  text: string;
  /** Of the opening fence, from 1. */
  line: number;
}

/** Every fenced block, in the order of the text. */
export function fencesOf(markdown: string): Fence[] {
  const fences: Fence[] = [];
  let open: (Fence & { mark: string; indent: number }) | null = null;
  markdown.split('\n').forEach((line, index) => {
    if (open) {
      if (line.trim() === open.mark) {
        const { language, file, text, line: at } = open;
        fences.push({ language, file, text, line: at });
        open = null;
      } else open.text += `${line.slice(Math.min(open.indent, line.length - line.trimStart().length))}\n`;
      return;
    }
    const [, indent, mark, language, file] = /^( *)(`{3,})(\S*) *(.*)$/.exec(line) ?? [];
    if (mark === undefined) return;
    open = {
      language: language!,
      file: file!.trim(),
      text: '',
      line: index + 1,
      mark,
      indent: indent!.length,
    };
  });
  return fences;
}
