import type { SourceFile } from '../stories';
import { h } from './dom';

/** The files of the story's page; read when somebody looks. */
export function sourcePanel(title: string, copyText: string, storyId: string): HTMLElement {
  const files = h('div.source-files');
  let isRead = false;
  const panel = h<HTMLDetailsElement>(
    'details.source',
    {
      ontoggle: () => {
        if (!panel.open || isRead) return;
        isRead = true;
        void read(storyId).then((found) =>
          files.replaceChildren(...found.map((file) => view(file, copyText))),
        );
      },
    },
    h('summary', {}, title),
    files,
  );
  return panel;
}

async function read(storyId: string): Promise<SourceFile[]> {
  const response = await fetch(`/source/${encodeURIComponent(storyId)}.json`);
  return response.ok ? ((await response.json()) as SourceFile[]) : [];
}

function view({ name, text, html }: SourceFile, copyText: string): HTMLElement {
  const code = h('code');
  // Made by this preview's server, which escapes what it does not colour.
  code.innerHTML = html;
  const copy = h('button', { onclick: () => void navigator.clipboard.writeText(text) }, copyText);
  return h('section', {}, h('h3', {}, name, copy), h('pre', {}, code));
}
