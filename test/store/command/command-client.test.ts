import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseQuery } from '../../../p2p-core/http/query';
import { encodeTarget } from '../../../p2p-core/http/query';
import { CommandClient } from '../../../store/command/command-client';
import { settled } from '../support/virtual-environment';
import { CommandWorld } from './camera-module';

const AWKWARD = [
  '&#%',
  'a=b&cmd=get_device_st',
  '100%',
  '%41',
  '中文 🎥',
  '"quoted" \\ back',
  'line\nbreak\0zero',
  '+ plus',
];

describe('sendInnerCommand', () => {
  test('writes the command as the guide has it', async () => {
    const world = new CommandWorld();
    await world.client.sendInnerCommand(
      'get_device_st',
      { type: 'live', quality: undefined },
      { channel: 0 },
    );
    assert.deepEqual(world.sent, ['cam action=inner_define&channel=0&cmd=get_device_st&type=live']);
  });

  test('carries any text through to the camera', async () => {
    const world = new CommandWorld();
    for (const text of AWKWARD) {
      await world.client.sendInnerCommand('x', { [text]: text });
      // The core makes a request target of what it is given, and the camera reads that.
      const query = encodeTarget(world.sent.at(-1)!.slice('cam '.length));
      assert.equal(parseQuery(query).get(text), text);
      assert.equal(parseQuery(query).get('cmd'), 'x');
    }
  });

  test('tells a number of a second channel', async () => {
    const world = new CommandWorld();
    assert.deepEqual(await world.client.sendInnerCommand('get_month_record', {}, { channel: 3 }), {
      status: '404',
    });
  });

  test('reads an answer that ends with the zero of a C string', async () => {
    const world = new CommandWorld();
    world.answerText('{"status":0}\0\0');
    assert.deepEqual(await world.client.sendInnerCommand('x'), { status: 0 });
  });

  for (const [what, data, errcode, pattern] of [
    ['text that is no JSON', '<html>', -2808, /no JSON/],
    ['nothing', '', -2808, /no JSON/],
  ] as const) {
    test(`rejects ${what} with a clear error`, async () => {
      const world = new CommandWorld();
      world.answerText(data);
      await assert.rejects(world.client.sendInnerCommand('get_nvr_list'), (error: never) => {
        assert.equal((error as { errcode: number }).errcode, errcode);
        assert.match((error as { errmsg: string }).errmsg, pattern);
        assert.match((error as { errmsg: string }).errmsg, /get_nvr_list/);
        return true;
      });
    });
  }

  test('rejects with the HTTP status of a failure', async () => {
    const world = new CommandWorld();
    await assert.rejects(world.client.sendUserCommand('no object'), { errcode: -2811, status: 400 });
  });
});

describe('sendUserCommand', () => {
  test('carries any JSON through to the camera', async () => {
    const world = new CommandWorld();
    world.answerText('{}');
    for (const message of [
      ...AWKWARD,
      0,
      null,
      [1, 'a&b'],
      { topic: 'x', data: AWKWARD },
      { a: { b: '#' } },
    ]) {
      await world.client.sendUserCommand(message);
      const query = encodeTarget(world.sent.at(-1)!.slice('cam '.length));
      const received = JSON.parse(parseQuery(query).get('cmd')!) as { message_id?: unknown };
      if (received !== null && typeof received === 'object') delete received.message_id;
      assert.deepEqual(received, message);
    }
  });

  test('half a surrogate pair becomes the replacement character instead of an exception', async () => {
    const world = new CommandWorld();
    world.answerText('{}');
    await world.client.sendInnerCommand('x', { name: 'a\ud800b' });
    assert.match(world.sent[0]!, /name=a%EF%BF%BDb$/);
  });

  test('numbers its messages, each once, and keeps a number that the app chose', async () => {
    const world = new CommandWorld();
    const first = await world.client.sendUserCommand({ topic: 'version' });
    const second = await world.client.sendUserCommand({ topic: 'version' });
    const third = await world.client.sendUserCommand({ topic: 'version', message_id: 'mine' });
    assert.equal(Number(second['message_id']), Number(first['message_id']) + 1);
    assert.equal(third['message_id'], 'mine');
  });

  test('does not take the answer of another message for its own', async () => {
    const world = new CommandWorld();
    world.answerText('{"topic":"ptz","message_id":7,"result":0}');
    await assert.rejects(world.client.sendUserCommand({ topic: 'ptz' }), {
      errcode: -2808,
      errmsg: /another message/,
    });
  });

  test('takes an answer without a number, and a number that comes as text', async () => {
    const world = new CommandWorld();
    world.answerText('{"result":0}');
    assert.deepEqual(await world.client.sendUserCommand({ topic: 'ptz' }), { result: 0 });
    world.answerText('{"message_id":"5"}');
    assert.deepEqual(await world.client.sendUserCommand({ message_id: 5 }), { message_id: '5' });
  });

  test('rejects with the status of a topic that the camera does not know', async () => {
    const world = new CommandWorld();
    await assert.rejects(world.client.sendUserCommand({ topic: 'teleport' }), {
      errcode: -2812,
      status: 406,
    });
  });

  test('rejects what has no JSON without sending anything', async () => {
    const world = new CommandWorld();
    const circle: Record<string, unknown> = {};
    circle['circle'] = circle;
    for (const message of [circle, undefined, () => {}]) {
      await assert.rejects(world.client.sendUserCommand(message), { errcode: -2000 });
    }
    assert.deepEqual(world.sent, []);
  });
});

describe('time and end', () => {
  test('a command nobody answers ends after its timeout, and leaves no timer', async () => {
    const world = new CommandWorld();
    world.answer = () => new Promise(() => {});
    const outcome = world.client.sendInnerCommand('x').catch((error: { errcode: number }) => error.errcode);
    const raw = world.client.sendCommand('anything', { timeoutMs: 300 });
    await world.environment.advance(300);
    assert.deepEqual(await raw, {
      type: 'timeout',
      status: 0,
      data: '',
      errcode: -2809,
      errmsg: 'no answer within 300 ms',
    });
    await world.environment.advance(9700);
    assert.equal(await outcome, -2809);
    assert.equal(world.environment.pendingTimers, 0);
  });

  test('a command waits as long as the app lets the module wait', async () => {
    const world = new CommandWorld();
    world.answer = () => new Promise(() => {});
    const { module, environment } = world;
    const client = new CommandClient({ id: 'cam', module, environment, timeouts: { commandMs: 20_000 } });
    const outcome = client.sendCommand('x');
    let isOver = false;
    void outcome.then(() => (isOver = true));
    await environment.advance(20_500);
    assert.equal(isOver, false);
    await environment.advance(1500);
    assert.equal((await outcome).errcode, -2809);
  });

  test('close gives up all that waits; an answer that comes then is not heard', async () => {
    const world = new CommandWorld();
    let answer = (): void => {};
    world.answer = () =>
      new Promise((resolve) => {
        answer = () => resolve({ type: 'success', status: 200, data: '{}', errcode: 0, errmsg: '' });
      });
    const outcome = world.client.sendUserCommand({ topic: 'x' }).catch((error: { errcode: number }) => error);
    await settled();
    world.client.close();
    answer();
    assert.equal((await outcome)['errcode'], -2810);
    assert.equal(world.environment.pendingTimers, 0);
  });

  test('the raw command never rejects, whatever the module does', async () => {
    const world = new CommandWorld();
    for (const cause of [-2403, { errcode: -2403, errmsg: 'no service' }, new Error('boom'), 'text']) {
      world.answer = () => Promise.reject(cause);
      const { type, errcode } = await world.client.sendCommand('x');
      assert.deepEqual([type, errcode], ['error', -2403], String(cause));
    }
    world.answer = () => {
      throw new Error('at once');
    };
    assert.equal((await world.client.sendCommand('x')).errmsg, 'at once');
  });

  test('gives a module only what the guide knows, unless more was asked for', async () => {
    const world = new CommandWorld();
    await world.client.sendInnerCommand('get_nvr_list');
    await world.client.sendInnerCommand('get_nvr_list', {}, { timeoutMs: 1000 });
    await world.client.sendInnerCommand('get_nvr_list', {}, { timeoutMs: 30000 });
    await world.client.sendCommand('x', { responseType: 'arraybuffer' });
    assert.deepEqual(world.options, [
      undefined,
      undefined,
      { timeoutMs: 30000 },
      { responseType: 'arraybuffer' },
    ]);
  });

  test('gives a module that is no more than the guide two arguments, whatever was asked for', async () => {
    const { client, module, ...world } = new CommandWorld();
    delete (module as Partial<typeof module>).getStats;
    await client.sendInnerCommand('get_nvr_list', {}, { timeoutMs: 30000 });
    await client.sendCommand('x', { responseType: 'arraybuffer' });
    assert.deepEqual(world.options, [undefined, undefined]);
  });
});
