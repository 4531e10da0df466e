import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Property } from './stories';

interface Definition {
  type?: { name?: string };
  value?: unknown;
}

/** Secrets, and what no text can hold. */
const HIDDEN = new Set(['xp2pInfo', 'checkFunctions']);
const KINDS: Record<string, Property['kind']> = { Boolean: 'boolean', Number: 'number', String: 'text' };

/**
 * What can be played with of a component, from the built package: names, types and defaults from `props.js`, words and
 * choices from the comments in `props.d.ts`. Empty for a component without either.
 */
export function readProperties(packageFolder: string, component: string): Property[] {
  const folder = path.join(packageFolder, 'components', component);
  const file = path.join(folder, 'props.js');
  if (!fs.existsSync(file)) return [];
  const load = createRequire(file);
  // Built anew while the preview runs.
  delete load.cache[file];
  const exported = Object.entries(load(file) as Record<string, Record<string, Definition>>);
  const [, definitions] = exported.find(([name]) => name.endsWith('_PROPS')) ?? [];
  const comments = new Map(
    ['../common/camera-props.d.ts', 'props.d.ts'].flatMap((each) => readComments(path.join(folder, each))),
  );
  return Object.entries(definitions ?? {})
    .filter(([name]) => !HIDDEN.has(name))
    .map(([name, { type, value }]) => {
      const about = comments.get(name) ?? '';
      const kind = KINDS[type?.name ?? ''] ?? 'json';
      const choices = kind === 'text' ? choicesOf(about, String(value)) : [];
      return {
        ...{ name, kind, about, value: kind === 'json' ? JSON.stringify(value) : String(value) },
        ...(choices.length > 0 ? { choices } : {}),
      };
    });
}

/** Name → text of the comment in front of it. */
function readComments(file: string): [string, string][] {
  if (!fs.existsSync(file)) return [];
  const found = fs.readFileSync(file, 'utf8').matchAll(/\/\*\*([\s\S]*?)\*\/\s*(\w+): \{/g);
  return [...found].map(([, text, name]) => [name!, text!.replace(/\s*\n\s*\*?\s*/g, ' ').trim()]);
}

/** `'contain' | 'fillCrop'`, and the default where it is another one. */
function choicesOf(comment: string, value: string): string[] {
  const [list] = /^'[^']*'(?: \| '[^']*')+/.exec(comment) ?? [];
  if (list === undefined) return [];
  const choices = [...list.matchAll(/'([^']*)'/g)].map(([, choice]) => choice!);
  return choices.includes(value) ? choices : [value, ...choices];
}
