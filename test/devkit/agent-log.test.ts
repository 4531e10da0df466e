import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createAgentLog } from '../../devkit/cli/agent-log';
import type { AgentLogOptions } from '../../devkit/cli/agent-log';

function logOf(options: Partial<AgentLogOptions>): { lines: string[] } & ReturnType<typeof createAgentLog> {
  const lines: string[] = [];
  const log = createAgentLog(
    { err: (line) => lines.push(line) },
    {
      format: 'text',
      isVerbose: false,
      camera: 'door',
      isNamed: true,
      wallMs: () => 1_700_000_000_000,
      ...options,
    },
  );
  return { lines, ...log };
}

describe('the log of a camera', () => {
  test('is lines for people, or an object a line', () => {
    for (const [options, expected] of [
      [{}, ['warn: door: lost', 'door: online']],
      [{ isNamed: false, isVerbose: true }, ['warn: lost', 'info: found', 'door: online']],
      [
        { format: 'json' },
        [
          '{"time":"2023-11-14T22:13:20.000Z","level":"warn","camera":"door","message":"lost"}',
          '{"time":"2023-11-14T22:13:20.000Z","level":"info","camera":"door","message":"online"}',
        ],
      ],
    ] as const) {
      const { lines, log, notice } = logOf(options);
      log('warn', 'lost');
      log('info', 'found');
      notice('online');
      assert.deepEqual(lines, expected);
    }
  });

  test('never has user, password or query of a URL', () => {
    for (const format of ['text', 'json'] as const) {
      const { lines, log, notice } = logOf({ format });
      log('warn', 'rtsp://admin:hunter2@192.0.2.1:554/a?token=hunter2 is gone, http://u:hunter2@h/ too');
      notice('wss://u:hunter2@r/mqtt?key=hunter2');
      assert.equal(lines.length, 2);
      assert.ok(!lines.join().includes('hunter2'), lines.join());
      assert.ok(lines[0]!.includes('rtsp://192.0.2.1:554/a?… is gone, http://h/ too'));
    }
  });
});
