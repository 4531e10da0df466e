import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { before, describe, test } from 'node:test';
import { parseDocument } from 'yaml';
import { DOCUMENTS, read } from './documents';
import { type Component, readComponents } from './components';
import { compile, type Compiled } from './program';
import { type Snippet, SNIPPETS } from './snippets';

const of = (...languages: string[]): Snippet[] =>
  SNIPPETS.filter(({ language }) => languages.includes(language));
const KNOWN = ['js', 'ts', 'json', 'xml', 'css', 'sh', 'ini', 'nginx', 'yaml', ''];
const snippet = (language: string, text: string): Snippet => ({
  language,
  text,
  file: '',
  line: 1,
  at: 'here',
});

/** What the compiler has to find. */
const BENT_AT = 'bent';
const BENT = [
  snippet('js', "require('iot-p2p-player').configureP2P({ server: {} });"),
  snippet('js', 'const a = ;'),
  snippet('ts', "import { gone } from 'iot-p2p-player';"),
].map((each, index) => ({ ...each, at: `${BENT_AT} ${index}` }));

function checkShell(snippets: readonly Snippet[]): string[] {
  return snippets.flatMap(({ at, text }) => {
    const { status, stderr } = spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' });
    return status === 0 ? [] : [`${at}: ${stderr.trim()}`];
  });
}

const { scripts } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as {
  scripts: Record<string, string>;
};

/** Commands that call a script of the package or a file of the repository that is not there. */
function checkCommands(snippets: readonly Snippet[]): string[] {
  return snippets.flatMap(({ at, text }) => [
    ...[...text.matchAll(/\bnpm run ([\w:-]+)/g)]
      .filter(([, name]) => scripts[name!] === undefined)
      .map(([command]) => `${at}: ${command}`),
    ...[...text.matchAll(/\bnode ((?:tools|bench|test)\/[\w./-]+)/g)]
      .filter(([, file]) => !fs.existsSync(file!))
      .map(([command]) => `${at}: ${command}`),
  ]);
}

function checkJson(snippets: readonly Snippet[]): string[] {
  return snippets.flatMap(({ at, text }) => {
    try {
      JSON.parse(text);
      return [];
    } catch (error) {
      return [`${at}: ${(error as Error).message}`];
    }
  });
}

function checkYaml(snippets: readonly Snippet[]): string[] {
  return snippets.flatMap(({ at, text }) =>
    parseDocument(text, { merge: true }).errors.map(({ message }) => `${at}: ${message}`),
  );
}

let components: Component[];
let compiled: Compiled;
before(async () => {
  components = await readComponents();
  compiled = compile(
    [...of('js', 'ts'), ...BENT],
    components.map(({ name }) => name),
  );
});

describe('code in the documents', () => {
  test('is in languages that are checked here', () => {
    const others = SNIPPETS.filter(({ language }) => !KNOWN.includes(language));
    assert.deepEqual(
      others.map(({ at, language }) => `${at}: ${language}`),
      [],
    );
    assert.ok(SNIPPETS.length > 60, `${SNIPPETS.length} pieces`);
  });

  test('compiles: JavaScript and TypeScript, against the types of the package', () => {
    assert.ok(of('js', 'ts').length > 15);
    const [bent, problems] = [true, false].map((isBent) =>
      compiled.problems.filter((problem) => problem.startsWith(BENT_AT) === isBent),
    );

    assert.deepEqual(problems, []);
    assert.deepEqual(
      BENT.map(({ at }) => bent!.some((problem) => problem.startsWith(at))),
      BENT.map(() => true),
    );
  });

  test('parses: JSON', () => {
    assert.deepEqual(checkJson(of('json')), []);
    assert.equal(checkJson([snippet('json', '{ a: 1 }')]).length, 1);
  });

  test('parses: YAML', () => {
    assert.ok(of('yaml').length > 0);
    assert.deepEqual(checkYaml(of('yaml')), []);
    assert.equal(checkYaml([snippet('yaml', 'a: [1')]).length > 0, true);
  });

  test('parses: shell', () => {
    assert.deepEqual(checkShell(of('sh')), []);
    assert.equal(checkShell([snippet('sh', 'if true; fi')]).length, 1);
  });

  test('calls scripts and tools that are there, also within a line of text', () => {
    const documents = DOCUMENTS.map((file) => ({ ...snippet('', read(file)), at: file }));
    assert.deepEqual(checkCommands(documents), []);
    assert.equal(checkCommands([snippet('sh', 'npm run gone; node tools/gone.mjs')]).length, 2);
  });
});

describe('the README of a component', () => {
  test('has every property with its type and default, and no other', () => {
    for (const { name, properties, readme } of components) {
      const rows = tableRows(readme, 'name', 'property').map(([prop, type, value]) => [
        camel(prop!),
        type,
        value,
      ]);
      const expected = Object.entries(properties).map(([prop, { type, value }]) => [
        prop,
        type,
        written(value),
      ]);
      assert.deepEqual(rows.sort(), expected.sort(), name);
    }
  });

  test('has every event, here or in the README that its events come from, and no other', () => {
    for (const { name, readme } of components) {
      const events = compiled.eventsOf(name);
      assert.ok(events.length > 0, name);
      const own = eventsIn(readme);
      const inherited = [
        ...(/^## Events$([\s\S]*?)^\|/m.exec(readme)?.[1] ?? '').matchAll(/\.\.\/([\w-]+)\/README/g),
      ];
      const all = new Set([
        ...own,
        ...inherited.flatMap(([, from]) => eventsIn(components.find((each) => each.name === from)!.readme)),
      ]);
      assert.deepEqual(
        own.filter((event) => !events.includes(event)),
        [],
        `${name} has no such event`,
      );
      assert.deepEqual(
        events.filter((event) => !all.has(event)),
        [],
        `${name}: not in its README`,
      );
    }
  });

  test('has every method', () => {
    const count = components.flatMap(({ methods }) => methods).length;
    assert.ok(count > 40, `${count} methods`);
    for (const { name, methods, readme } of components) {
      const from = [...readme.matchAll(/^Those of `([\w-]+)`/gm)].map(
        ([, other]) => components.find((each) => each.name === other)!.readme,
      );
      const missing = methods.filter((method) => ![readme, ...from].join('').includes(`\`${method}(`));
      assert.deepEqual(missing, [], name);
    }
  });
});

describe('WXML in the documents', () => {
  test('names only properties, events and classes that the components have', () => {
    assert.ok(of('xml').length > 15);
    assert.deepEqual(checkTags(of('xml')), []);

    const bent =
      '<iot-p2p-ptz targetid="a" bind:ptzEror="on" my-class="x" target-id="b" bind:ptzError="on"/>';
    assert.equal(checkTags([snippet('xml', bent)]).length, 3);
  });
});

/** Rows of the first table that begins with one of `heads`, then type and default. */
function tableRows(markdown: string, ...heads: string[]): string[][] {
  const lines = markdown.split('\n').map(cellsOf);
  const start = lines.findIndex(
    ([head, type, value]) => heads.includes(head!) && type === 'type' && value === 'default',
  );
  if (start < 0) return [];
  const end = lines.findIndex((cells, index) => index > start && cells.length === 0);
  return lines.slice(start + 2, end < 0 ? undefined : end);
}

const cellsOf = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replace(/^`|`$/g, ''));

/** First cells of the tables of events, and names in the sentence about those of the sections. */
function eventsIn(readme: string): string[] {
  const rows = readme.split('\n').map(cellsOf);
  const start = rows.findIndex(([, detail, when]) => detail === 'detail' && when === 'when');
  const end = rows.findIndex((cells, index) => index > start && cells.length === 0);
  const [, sentence = ''] = /^And those of the sections: (.*)$/m.exec(readme) ?? [];
  return [
    ...rows.slice(start + 2, end).map(([event]) => event!),
    ...[...sentence.matchAll(/`(\w+)`/g)].map(([, event]) => event!),
  ];
}

const camel = (name: string): string => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

const written = (value: unknown): string => {
  if (Array.isArray(value)) return '[]';
  if (typeof value === 'object') return '{}';
  return value === '' ? "''" : String(value);
};

/** Attributes that any tag may have. */
const COMMON = /^(?:id|class|style|slot|hidden|(?:wx|data|generic|mark)[:-].*)$/;

function checkTags(snippets: readonly Snippet[]): string[] {
  return snippets.flatMap(({ at, text }) =>
    [...text.matchAll(/<([a-z][\w-]*)((?:"[^"]*"|'[^']*'|[^'">])*)>/g)].flatMap(([, tag, attributes]) => {
      const component = components.find(({ name }) => name === tag);
      if (!component) return [];
      const names = attributes!.replace(/"[^"]*"|'[^']*'/g, '').matchAll(/[\w:-]+/g);
      return [...names]
        .map(([name]) => name)
        .filter((name) => !COMMON.test(name) && !isOf(component, name))
        .map((name) => `${at}: <${tag}> has no ${name}`);
    }),
  );
}

function isOf(component: Component, attribute: string): boolean {
  const [, event] = /^(?:capture-)?(?:bind|catch):?(\w+)$/.exec(attribute) ?? [];
  if (event !== undefined) return event === 'tap' || compiled.eventsOf(component.name).includes(event);
  return camel(attribute) in component.properties || component.externalClasses.includes(attribute);
}
