import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createModuleOwner } from '../../../store/module-owner';
import type { SessionEvent } from '../../../store/session/session-state';
import { FakeModule } from '../support/fake-module';
import { makeTarget } from '../support/player-world';
import { VirtualEnvironment, settled } from '../support/virtual-environment';

function makeWorld(options: { followsNetwork?: boolean } = {}) {
  const module = new FakeModule();
  const environment = new VirtualEnvironment();
  const owner = createModuleOwner({ module, appParams: {}, environment, ...options });
  const hold = (overrides: Parameters<typeof makeTarget>[0] = {}) => {
    const events: SessionEvent[] = [];
    const lease = owner.sessions.acquire(makeTarget(overrides), (event) => events.push(event));
    return { events, lease, types: () => events.map(({ type }) => type).join(' ') };
  };
  const stream = (seen: unknown[] = []) => ({
    flv: { filename: 'ipc.flv', params: '' },
    dataCallback: () => {},
    onNotice: (notice: { subtype: string }) => seen.push(notice.subtype),
  });
  return { module, environment, owner, hold, stream };
}

describe('a session', () => {
  test('prepares the module, starts the service once for all holders, and tells each the same', async () => {
    const { module, hold } = makeWorld();
    const first = hold();
    assert.equal(first.types(), '', 'nothing is told before acquire returns');
    const second = hold();
    await settled();
    const late = hold();
    assert.equal(late.types(), '');
    await settled();
    module.notify('cam', 'connected', { pathKind: 'host' });
    for (const { types } of [first, second, late]) assert.equal(types(), 'readied started connected');
    assert.deepEqual(module.calls, ['init', 'startP2PService cam']);
    assert.deepEqual(first.lease.state, { phase: 'started', epoch: 1, pathKind: 'host' });
  });

  test('stops the service when the last holder leaves, not before, and releasing twice counts once', async () => {
    const { module, owner, hold } = makeWorld();
    const [first, second] = [hold(), hold()];
    await settled();
    first.lease.release();
    first.lease.release();
    assert.equal(module.services.size, 1);
    second.lease.release();
    assert.equal(module.services.size, 0);
    assert.equal(owner.sessions.size, 0);
  });

  test('tells nothing after release, whatever comes', async () => {
    const { module, hold } = makeWorld();
    const [first, second] = [hold(), hold()];
    await settled();
    first.lease.release();
    module.notify('cam', 'disconnect', { errcode: -2806, errmsg: 'silent' });
    assert.equal(first.types(), 'readied started');
    assert.equal(second.types(), 'readied started disconnected');
  });

  test('a disconnect has its cause, stops the service, and the session can be started again by any holder', async () => {
    const { module, hold } = makeWorld();
    const [first, second] = [hold(), hold()];
    await settled();
    module.notify('cam', 'disconnect', { errcode: -2807, errmsg: 'bye' });
    assert.deepEqual(first.events.at(-1), {
      type: 'disconnected',
      error: { errcode: -2807, errmsg: 'bye' },
    });
    assert.equal(module.services.size, 0);
    second.lease.start();
    second.lease.start();
    await settled();
    assert.equal(first.types(), 'readied started disconnected readied started');
    assert.equal(module.count('startP2PService'), 2);
  });

  test('says whether the module or the service failed', async () => {
    const { module, hold } = makeWorld();
    module.hold();
    const holder = hold();
    module.settle('init', -2202);
    await settled();
    holder.lease.start();
    module.settle('init');
    await settled();
    module.settle('startP2PService', { reject: { errcode: -2001, errmsg: 'bad' } });
    await settled();
    assert.deepEqual(
      holder.events.map((event) =>
        event.type === 'failed' ? [event.stage, event.error.errcode] : event.type,
      ),
      [['module', -2202], 'readied', ['service', -2001]],
    );
  });

  test('a service that comes up after everybody left is stopped, and a new holder is not hurt by it', async () => {
    const { module, owner, hold } = makeWorld();
    const first = hold();
    await settled();
    first.lease.release();
    module.hold();
    const second = hold();
    await settled();
    second.lease.release();
    const stops = module.count('stopP2PService');
    module.settle('startP2PService');
    await settled();
    assert.equal(module.count('stopP2PService'), stops + 1);
    assert.equal(owner.sessions.size, 0);
  });

  test('an old start that answers while a new one runs does not count for it', async () => {
    const { module, hold } = makeWorld();
    hold().lease.release();
    await settled();
    module.hold();
    const old = hold();
    await settled();
    old.lease.release();
    const current = hold();
    await settled();
    module.settle('startP2PService');
    await settled();
    assert.equal(current.lease.state.phase, 'starting');
    module.settle('startP2PService');
    await settled();
    assert.equal(current.types(), 'readied started');
    assert.equal(module.services.size, 1);
  });

  test('a start that never ends is a timeout after 20 s', async () => {
    const { module, environment, hold } = makeWorld();
    hold().lease.release();
    await settled();
    module.hold();
    const holder = hold();
    await environment.advance(20_000);
    assert.deepEqual(holder.events.at(-1), {
      type: 'failed',
      stage: 'service',
      error: { errcode: -2809, errmsg: 'startP2PService took longer than 20000 ms' },
    });
    assert.equal(environment.pendingTimers, 0);
  });

  test('a handler may release, or take another share, while it is told', async () => {
    const { module, owner } = makeWorld();
    const target = makeTarget();
    const lease = owner.sessions.acquire(target, (event) => {
      if (event.type !== 'started') return;
      lease.release();
      owner.sessions.acquire(target, () => {}).release();
    });
    await settled();
    await settled();
    assert.equal(module.services.size, 0);
    assert.equal(owner.sessions.size, 0);
  });

  test('destroying the owner ends every session', async () => {
    const { module, owner, environment, hold } = makeWorld();
    const holder = hold();
    await settled();
    owner.destroy();
    assert.equal(holder.types(), 'readied started disconnected');
    assert.equal(module.services.size, 0);
    holder.lease.release();
    assert.equal(owner.sessions.size, 0);
    assert.equal(environment.pendingTimers, 0);
  });
});

describe('pulls over one session', () => {
  test('the first uses the service itself, others a service beside it, and each hears its own notices', async () => {
    const { module, hold, stream } = makeWorld();
    const [first, second] = [hold(), hold()];
    await settled();
    const [seenByFirst, seenBySecond]: unknown[][] = [[], []];
    assert.equal(await first.lease.startStream(stream(seenByFirst)), 0);
    assert.equal(await second.lease.startStream(stream(seenBySecond)), 0);
    module.notify('cam', 'request');
    module.notify('cam~2', 'eof');
    assert.deepEqual([seenByFirst, seenBySecond], [['request'], ['eof']]);
    second.lease.stopStream();
    assert.deepEqual([...module.services.keys()], ['cam']);
    assert.deepEqual([...module.streams.keys()], ['cam']);
  });

  test('a lease has one pull at a time', async () => {
    const { hold, stream } = makeWorld();
    const { lease } = hold();
    assert.equal(await lease.startStream(stream()), -2403);
    await settled();
    assert.equal(await lease.startStream(stream()), 0);
    assert.equal(await lease.startStream(stream()), -2401);
    lease.release();
    assert.equal(await lease.startStream(stream()), -2403);
  });

  test('a pull beside another that is stopped before its service is up leaves no service', async () => {
    const { module, hold, stream } = makeWorld();
    const [first, second] = [hold(), hold()];
    await settled();
    await first.lease.startStream(stream());
    module.hold();
    const started = second.lease.startStream(stream());
    second.lease.stopStream();
    module.settle('startP2PService cam~2');
    assert.equal(await started, -2810);
    assert.deepEqual([...module.services.keys()], ['cam']);
  });

  test('a module that refuses a second service of a camera refuses the second pull, with its code', async () => {
    const { module, hold, stream } = makeWorld();
    const [first, second] = [hold(), hold()];
    await settled();
    await first.lease.startStream(stream());
    module.hold();
    const started = second.lease.startStream(stream());
    module.settle('startP2PService cam~2', -2401);
    const { errcode, errmsg } = (await started) as { errcode: number; errmsg: string };
    assert.equal(errcode, -2401);
    assert.match(errmsg, /no second picture of this camera/);
    assert.equal(first.lease.state.phase, 'started');
  });

  test('a service beside it that is lost takes only its own pull with it', async () => {
    const { module, hold, stream } = makeWorld();
    const [first, second] = [hold(), hold()];
    await settled();
    await first.lease.startStream(stream());
    const seen: unknown[] = [];
    await second.lease.startStream(stream(seen));
    module.notify('cam~2', 'disconnect', { errcode: -2806, errmsg: 'silent' });
    assert.deepEqual(seen, ['fail']);
    assert.equal(first.lease.state.phase, 'started');
    assert.deepEqual([...module.streams.keys()], ['cam', 'cam~2']);
    second.lease.stopStream();
    assert.deepEqual([...module.services.keys()], ['cam']);
  });

  test('a service that the module does not know any more is lost for everybody', async () => {
    const { module, hold, stream } = makeWorld();
    const [first, second] = [hold(), hold()];
    await settled();
    module.startStream = () => Promise.resolve(-2403);
    assert.equal(await first.lease.startStream(stream()), -2403);
    await settled();
    assert.equal(second.types(), 'readied started disconnected');
  });
});

describe('a link that is opened ahead', () => {
  test('is there for the player that comes, and stays with it', async () => {
    const { module, environment, owner, hold } = makeWorld();
    owner.sessions.prestart(makeTarget());
    await settled();
    const holder = hold();
    await settled();
    assert.equal(holder.types(), 'readied started');
    await environment.advance(60_000);
    assert.equal(module.services.size, 1);
    assert.equal(module.count('startP2PService'), 1);
    holder.lease.release();
    assert.equal(module.services.size, 0);
  });

  test('is closed after its time when nobody came, or when it is taken back', async () => {
    const { module, environment, owner } = makeWorld();
    owner.sessions.prestart(makeTarget(), 5000);
    await environment.advance(4999);
    assert.equal(module.services.size, 1);
    await environment.advance(1);
    assert.equal(module.services.size, 0);
    const takeBack = owner.sessions.prestart(makeTarget(), 5000);
    await settled();
    takeBack();
    assert.equal(module.services.size, 0);
    assert.equal(environment.pendingTimers, 0);
    owner.sessions.prestart(makeTarget());
    takeBack();
    await settled();
    assert.equal(module.services.size, 1, 'an old function does not take back a new link');
  });

  test('is let go when it fails or is lost', async () => {
    const { module, environment, owner } = makeWorld();
    owner.sessions.prestart(makeTarget());
    await settled();
    module.notify('cam', 'disconnect', { errcode: -2803, errmsg: 'offline' });
    assert.equal(owner.sessions.size, 0);
    assert.equal(environment.pendingTimers, 0);
  });

  test('gives way to a fifth one, the oldest first, and to another camera of the same id', async () => {
    const { module, owner, hold } = makeWorld();
    for (const id of ['a', 'b', 'c', 'd', 'e']) owner.sessions.prestart(makeTarget({ id }));
    await settled();
    assert.deepEqual([...module.services.keys()], ['b', 'c', 'd', 'e']);
    const holder = hold({ id: 'b', streamInfo: { url: 'u', xp2pInfo: 'another' } });
    await settled();
    assert.equal(holder.types(), 'readied started');
  });
});

describe('a change of the network', () => {
  for (const [followsNetwork, name] of [
    [false, 'a module that does not follow it'],
    [true, 'a module that follows it'],
  ] as const) {
    test(`${name}: ${followsNetwork ? 'only a link that is lost by it' : 'at once'} marks a reset`, async () => {
      const { module, environment, owner, hold } = makeWorld({ followsNetwork });
      const holder = hold();
      await settled();
      environment.changeNetwork();
      assert.equal(owner.isNetworkChanged, !followsNetwork);
      module.notify('cam', 'disconnect', { errcode: -2806, errmsg: 'silent' });
      assert.equal(owner.isNetworkChanged, true);
      holder.lease.start();
      await settled();
      assert.equal(module.count('resetP2P'), 1);
      assert.equal(holder.lease.state.phase, 'started');
    });
  }

  test('a link lost long after it, or by the camera, marks nothing where the module follows', async () => {
    const { module, environment, owner, hold } = makeWorld({ followsNetwork: true });
    const holder = hold();
    await settled();
    environment.changeNetwork();
    module.notify('cam', 'disconnect', { errcode: -2807, errmsg: 'bye' });
    assert.equal(owner.isNetworkChanged, false);
    holder.lease.start();
    await environment.advance(60_000);
    module.notify('cam', 'disconnect', { errcode: -2806, errmsg: 'silent' });
    assert.equal(owner.isNetworkChanged, false);
  });

  test('a reset ends the links of the others, and waits for nobody', async () => {
    const { module, environment, hold } = makeWorld();
    const [first, second] = [hold(), hold({ id: 'garden' })];
    await settled();
    environment.changeNetwork();
    module.notify('cam', 'disconnect');
    first.lease.start();
    await settled();
    assert.equal(first.types(), 'readied started disconnected readied started');
    assert.equal(second.types(), 'readied started disconnected');
    assert.ok(module.calls.indexOf('stopP2PService garden') < module.calls.indexOf('resetP2P'));
  });
});
