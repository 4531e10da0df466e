import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { COMMON_PLAYER_PROPS } from '../../components/iot-p2p-common-player/props';
import { IPC_PLAYER_PROPS } from '../../components/iot-p2p-player-ipc/props';
import { MULTI_VIEW_PROPS } from '../../components/iot-p2p-multi-view/props';
import { PTZ_PROPS } from '../../components/iot-p2p-ptz/props';
import { VOICE_PROPS } from '../../components/iot-p2p-voice/props';
import { P2P_PLAYER_PROPS } from '../../components/p2p-player-plugin/props';

type Props = Record<string, { type: { name: string }; value: unknown }>;

const COMPONENTS: [name: string, props: Props, inherited: string[]][] = [
  ['iot-p2p-common-player', COMMON_PLAYER_PROPS as Props, []],
  // Its README names the common player's events by reference.
  ['iot-p2p-player-ipc', IPC_PLAYER_PROPS as Props, ['viewChange', 'netStatus']],
  ['iot-p2p-multi-view', MULTI_VIEW_PROPS as Props, []],
  ['iot-p2p-ptz', PTZ_PROPS as Props, []],
  ['iot-p2p-voice', VOICE_PROPS as Props, []],
  ['p2p-player-plugin', P2P_PLAYER_PROPS as Props, []],
];

const read = (...parts: string[]): string => fs.readFileSync(path.resolve(...parts), 'utf8');

/** Cells of every row of the table that begins with `head`, without the marks of code. */
function tableRows(markdown: string, ...head: string[]): string[][] {
  const lines = markdown.split('\n');
  const start = lines.findIndex((line) => {
    const cells = cellsOf(line);
    return head.every((cell, index) => cells[index] === cell);
  });
  assert.ok(start >= 0, `no table that begins with ${head.join(' | ')}`);
  const rows: string[][] = [];
  for (let i = start + 2; lines[i]?.startsWith('|'); i++) rows.push(cellsOf(lines[i]!));
  return rows;
}

const cellsOf = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replace(/^`|`$/g, ''));

/** Names of an interface's members, from its source. */
function membersOf(source: string, interfaceName: string): string[] {
  const body = new RegExp(`interface ${interfaceName}[^{]*\\{\\n([\\s\\S]*?)\\n\\}`).exec(source)?.[1];
  assert.ok(body, interfaceName);
  return [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name!);
}

const camel = (name: string): string => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

const written = (value: unknown): string => {
  if (Array.isArray(value)) return '[]';
  if (typeof value === 'object') return '{}';
  return value === '' ? "''" : String(value);
};

describe('READMEs of the components', () => {
  for (const [name, props, inherited] of COMPONENTS) {
    const readme = read('components', name, 'README.md');

    test(`${name}: the table has every property with its type and default, and no other`, () => {
      const head = name === 'p2p-player-plugin' ? 'property' : 'name';
      const rows = tableRows(readme, head, 'type', 'default').map(([prop, type, value]) => [
        camel(prop!),
        type,
        value,
      ]);
      const expected = Object.entries(props).map(([prop, { type, value }]) => [
        prop,
        type.name,
        written(value),
      ]);
      assert.deepEqual(rows.sort(), expected.sort());
    });

    test(`${name}: the table has every event, and no other`, () => {
      const head = name === 'p2p-player-plugin' ? 'event' : 'name';
      const rows = tableRows(readme, head, 'detail', 'when').map(([event]) => event!);
      const events: Record<string, () => string[]> = {
        'iot-p2p-common-player': () => [
          ...membersOf(read('store/player/player-emission.ts'), 'PlayerEmissionMap'),
          ...membersOf(read('components', name, 'events.ts'), 'CommonPlayerEventMap'),
        ],
        'iot-p2p-player-ipc': () => [
          ...membersOf(read('components', name, 'events.ts'), 'IpcPlayerEventMap'),
          ...membersOf(read('store/snapshot/record-store.ts'), 'RecordEmissionMap'),
          ...membersOf(read('store/snapshot/capture-store.ts'), 'AlbumEmissionMap'),
        ],
        'iot-p2p-multi-view': () => [
          ...membersOf(read('store/multi/multi-store.ts'), 'MultiEmissionMap'),
          ...membersOf(read('components', name, 'events.ts'), 'MultiViewEventMap'),
        ],
        'iot-p2p-ptz': () => membersOf(read('store/ptz/ptz-store.ts'), 'PtzEmissionMap'),
        'iot-p2p-voice': () => membersOf(read('store/voice/voice-store.ts'), 'VoiceEmissionMap'),
        'p2p-player-plugin': () =>
          membersOf(read('components/common/p2p-player-contract.ts'), 'P2PPlayerEventMap'),
      };
      const expected = events[name]!().filter((event) => !inherited.includes(event));
      assert.deepEqual(rows.sort(), expected.sort());
    });
  }

  for (const [name, script] of [
    ['iot-p2p-common-player', 'iot-p2p-common-player.ts'],
    ['iot-p2p-player-ipc', 'iot-p2p-player-ipc.ts'],
  ] as const) {
    test(`${name}: every exported method is in the README`, () => {
      const source = read('components', name, script);
      const body = /\n {2}export\(\): \w+ \{([\s\S]*?)\n {2}\},/.exec(source)?.[1] ?? '';
      const methods = [...body.matchAll(/^ {6}(\w+):/gm)].map(([, method]) => method!);
      assert.ok(methods.length >= 7);
      const readmes = [name, 'iot-p2p-common-player'].map((each) => read('components', each, 'README.md'));
      for (const method of methods) {
        assert.ok(readmes.join('').includes(`\`${method}(`), method);
      }
    });
  }

  test('the guide to migration names only properties, events and methods that exist', () => {
    const guide = read('docs/migrate.md');
    const known = ['iot-p2p-common-player', 'iot-p2p-player-ipc'].map((name) =>
      read('components', name, 'README.md'),
    );
    for (const name of [
      'mode',
      'cacheThreshold',
      'playEnd',
      'playerStateChange',
      'changeFlv',
      'retryDelayMs',
    ]) {
      assert.ok(guide.includes(name) && known.join('').includes(name), name);
    }
  });
});
