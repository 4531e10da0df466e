import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ErrorResult } from '../../p2p-core/errors';
import { createModuleOwner } from '../../store/module-owner';
import type { ModuleOwnerOptions } from '../../store/module-owner';
import { FakeModule } from './support/fake-module';
import { VirtualEnvironment, settled } from './support/virtual-environment';

function makeOwner(options: Partial<ModuleOwnerOptions> = {}) {
  const module = new FakeModule();
  const environment = new VirtualEnvironment();
  const owner = createModuleOwner({ module, appParams: { appid: 'a' }, environment, ...options });
  const answers: (ErrorResult | null)[] = [];
  const ensureReady = (): void => owner.ensureReady((error) => answers.push(error));
  return { module, environment, owner, answers, ensureReady };
}

describe('module owner', () => {
  test('what the module tells beside its notices reaches the app that asks for it, and nobody else', async () => {
    const heard: unknown[][] = [];
    const { module, owner } = makeOwner({ onModuleEvent: (...all) => heard.push(all) });
    const told: string[] = [];
    const target = { id: 'cam', streamInfo: { url: 'http://x.xnet/live.flv' } };
    owner.sessions.acquire(target, (event) => told.push(event.type));
    await settled();
    const { msgCallback } = module.services.get('cam')!;
    msgCallback('log', '', 'a line');
    msgCallback('devNotify', 'peers', { count: 3 });
    msgCallback('notify', 'connected', {});
    assert.deepEqual(heard, [
      ['cam', 'log', '', 'a line'],
      ['cam', 'devNotify', 'peers', { count: 3 }],
    ]);
    assert.deepEqual(told, ['readied', 'started', 'connected']);
  });

  test('callers that come while init runs share its outcome', async () => {
    const { module, answers, ensureReady } = makeOwner();
    module.hold();
    for (let i = 0; i < 3; i++) ensureReady();
    module.settle('init');
    await settled();
    assert.deepEqual(answers, [null, null, null]);
    ensureReady();
    await settled();
    assert.deepEqual(module.calls, ['init']);
    assert.equal(answers.length, 4);
  });

  test('a failed init destroys the module, and the next caller begins anew', async () => {
    const { module, answers, ensureReady } = makeOwner();
    module.hold();
    ensureReady();
    module.settle('init', { reject: { errcode: -2202, errmsg: 'no answer' } });
    await settled();
    ensureReady();
    module.settle('init');
    await settled();
    assert.deepEqual(answers, [{ errcode: -2202, errmsg: 'no answer' }, null]);
    assert.deepEqual(module.calls, ['init', 'destroy', 'init']);
  });

  test('an init that answers after its timeout is not taken for the next one', async () => {
    const { module, environment, answers, ensureReady } = makeOwner();
    module.hold();
    ensureReady();
    await environment.advance(10_000);
    assert.equal(answers[0]?.errcode, -2809);
    ensureReady();
    module.settle('init');
    await settled();
    assert.equal(answers.length, 1);
    module.settle('init');
    await settled();
    assert.deepEqual(answers[1], null);
  });

  test('destroy during init answers the waiting callers with -2810 and leaves no timer', async () => {
    const { module, environment, owner, answers, ensureReady } = makeOwner();
    module.hold();
    ensureReady();
    owner.destroy();
    assert.equal(answers[0]?.errcode, -2810);
    assert.equal(environment.pendingTimers, 0);
    assert.equal(environment.pendingListeners, 0);
  });

  test('a change of the network is told to every player and cleared by the reset', async () => {
    const { module, environment, owner, ensureReady } = makeOwner();
    ensureReady();
    await settled();
    const told: string[] = [];
    for (const name of ['1', '2']) owner.join(() => told.push(name));
    environment.changeNetwork();
    ensureReady();
    await settled();
    assert.deepEqual(told, ['1', '2']);
    assert.deepEqual(module.calls, ['init', 'resetP2P']);
    assert.equal(owner.isNetworkChanged, false);
  });

  test('a failed reset makes the next caller init again', async () => {
    const { module, environment, answers, ensureReady } = makeOwner();
    ensureReady();
    await settled();
    environment.changeNetwork();
    module.hold();
    ensureReady();
    module.settle('resetP2P', -2202);
    await settled();
    ensureReady();
    module.settle('init');
    await settled();
    assert.deepEqual(module.calls, ['init', 'resetP2P', 'destroy', 'init']);
    assert.deepEqual(
      answers.map((error) => error && error.errcode),
      [null, -2202, null],
    );
  });

  test('a dead local server is restarted before the next start, and at leaving when nobody started again', async () => {
    let resets = 0;
    const { owner, ensureReady } = makeOwner({ resetLocalServer: () => void resets++ });
    ensureReady();
    await settled();
    const leave = owner.join(() => {});
    owner.markLocalServerDead();
    leave();
    leave();
    await settled();
    assert.equal(resets, 1);
    assert.equal(owner.isLocalServerDead, false);
    ensureReady();
    await settled();
    assert.equal(resets, 1);
  });

  test('a failing restart of the local server does not fail the start', async () => {
    const { owner, answers, ensureReady } = makeOwner({
      resetLocalServer: () => {
        throw new Error('no');
      },
    });
    owner.markLocalServerDead();
    ensureReady();
    await settled();
    assert.deepEqual(answers, [null]);
  });

  test('checkReset waits for both resets and tells what failed', async () => {
    let answer: (value: unknown) => void = () => {};
    const { module, environment, owner, ensureReady } = makeOwner({
      resetLocalServer: () => new Promise((resolve) => (answer = resolve)),
    });
    const results: (ErrorResult | null)[] = [];
    const check = async (): Promise<void> => {
      owner.checkReset((error) => results.push(error));
      await settled();
    };
    await check();
    assert.deepEqual(results.splice(0), [null], 'nothing is marked');
    ensureReady();
    await settled();
    owner.markLocalServerDead();
    await check();
    assert.equal(results.length, 0, 'the local server still restarts');
    assert.deepEqual(module.calls, ['init']);
    answer({ errcode: -2301, errmsg: 'no port' });
    await settled();
    assert.deepEqual(module.calls, ['init', 'resetP2P']);
    assert.deepEqual(results.splice(0), [{ errcode: -2301, errmsg: 'no port' }]);
    environment.changeNetwork();
    module.hold();
    await check();
    module.settle('resetP2P', -2202);
    await settled();
    assert.equal(results[0]?.errcode, -2202);
    assert.equal(environment.pendingTimers, 0);
  });

  test('a local server that restarts for ever does not keep a start waiting for ever', async () => {
    const { module, environment, owner, answers, ensureReady } = makeOwner({
      resetLocalServer: () => new Promise(() => {}),
    });
    owner.markLocalServerDead();
    ensureReady();
    await environment.advance(10_000);
    assert.equal(answers[0]?.errcode, -2809);
    ensureReady();
    await settled();
    assert.deepEqual(answers[1], null);
    assert.equal(module.count('init'), 1);
  });

  test('init gets the app parameters and, when there are some, the servers', async () => {
    const servers = { signalingUrl: 'wss://a.example/mqtt' };
    const { module, ensureReady } = makeOwner({ servers });
    ensureReady();
    await settled();
    assert.deepEqual(module.initOptions?.appParams, { appid: 'a' });
    assert.deepEqual(module.initOptions?.servers, servers);
  });
});
