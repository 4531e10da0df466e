import { createLocale } from '../../../store/locale/locale';
import { createModuleOwner } from '../../../store/module-owner';
import type { ModuleOwner } from '../../../store/module-owner';
import type { StreamCheck } from '../../../store/player/player-driver';
import type { PlayErrorDetail, PlayerEmission } from '../../../store/player/player-emission';
import type { PlayerDone, PlayerHandle, SnapshotResult } from '../../../store/player/player-handle';
import type { PlayTarget } from '../../../store/player/player-state';
import { PlayerStore } from '../../../store/player/player-store';
import type { RetryPolicy } from '../../../store/retry-policy';
import { FakeModule } from './fake-module';
import { VirtualEnvironment, settled } from './virtual-environment';

export function makeTarget(overrides: Partial<PlayTarget> = {}): PlayTarget {
  return {
    id: 'cam',
    streamInfo: { url: 'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?action=live', xp2pInfo: 'ticket' },
    flv: { filename: 'ipc.flv', params: 'action=live&quality=high' },
    hasStreamCheck: false,
    ...overrides,
  };
}

/** The native player: does what it is told, and pulls when it plays, as live-player with its local server does. */
export class FakePlayer implements PlayerHandle {
  readonly chunks: ArrayBuffer[] = [];
  readonly calls: string[] = [];
  stopAnswers: PlayerDone[] = [];
  /** Waiting for their pictures. */
  readonly snapshots: ((result: SnapshotResult) => void)[] = [];
  isObliging = true;

  addChunk(chunk: ArrayBuffer): void {
    this.chunks.push(chunk);
  }

  play(done: PlayerDone): void {
    this.calls.push('play');
    done(null);
  }

  stop(done: PlayerDone): void {
    this.calls.push('stop');
    if (this.isObliging) done(null);
    else this.stopAnswers.push(done);
  }

  snapshot(done: (result: SnapshotResult) => void): void {
    this.snapshots.push(done);
  }
}

export interface WorldOptions {
  module?: FakeModule;
  environment?: VirtualEnvironment;
  owner?: ModuleOwner;
  retryPolicy?: RetryPolicy;
  checkStream?: StreamCheck;
}

/** One player on a module of the test's own, in virtual time. */
export class PlayerWorld {
  readonly module: FakeModule;
  readonly environment: VirtualEnvironment;
  readonly owner: ModuleOwner;
  readonly store: PlayerStore;
  readonly emissions: PlayerEmission[] = [];
  player = new FakePlayer();

  constructor(options: WorldOptions = {}) {
    this.module = options.module ?? new FakeModule();
    this.environment = options.environment ?? new VirtualEnvironment();
    this.owner =
      options.owner ??
      createModuleOwner({ module: this.module, appParams: {}, environment: this.environment });
    this.store = new PlayerStore({
      owner: this.owner,
      locale: createLocale('en'),
      retryPolicy: options.retryPolicy ?? (() => 1000),
      emit: (emission) => this.emissions.push(emission),
      ...(options.checkStream ? { checkStream: options.checkStream } : {}),
    });
  }

  get state() {
    return this.store.state;
  }

  get errors(): PlayErrorDetail[] {
    return this.emissions.flatMap((each) => (each.name === 'playError' ? [each.detail] : []));
  }

  named(name: PlayerEmission['name']): unknown[] {
    return this.emissions.filter((each) => each.name === name).map((each) => each.detail);
  }

  start(target: PlayTarget = makeTarget()): Promise<void> {
    this.store.dispatch({ type: 'start', target });
    return settled();
  }

  /** The component is created and says that it is ready. */
  ready(): Promise<void> {
    this.player = new FakePlayer();
    this.store.attachPlayer(this.state.playerEpoch, this.player);
    return settled();
  }

  pull(): Promise<void> {
    this.store.dispatch({ type: 'playerStartPull', playerEpoch: this.state.playerEpoch });
    return settled();
  }

  closePull(): void {
    this.store.playerClosed(this.state.playerEpoch);
  }

  /** live-player's statechange. */
  code(code: number, message = ''): void {
    this.store.dispatch({ type: 'livePlayerState', playerEpoch: this.state.playerEpoch, code, message });
  }

  data(byteCount = 100, id = 'cam'): void {
    this.module.streams.get(id)?.(new ArrayBuffer(byteCount));
  }

  /** From nothing to a picture. */
  async play(target: PlayTarget = makeTarget()): Promise<void> {
    await this.start(target);
    await this.ready();
    await this.picture(target.id);
  }

  /** The player pulls, the camera answers, the first frame is shown. */
  async picture(id = 'cam'): Promise<void> {
    await this.pull();
    this.module.notify(id, 'request');
    this.module.notify(id, 'parsed', { status: 200 });
    this.data(100, id);
    this.code(2003);
  }
}
