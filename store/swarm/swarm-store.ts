import { action, computed, makeObservable, observable } from 'mobx-miniprogram';
import type { SwarmStats } from '../../p2p-core/index';
import type { TimerHandle } from '../environment';
import type { Locale } from '../locale/locale';
import type { ModuleOwner } from '../module-owner';
import { swarmView } from './swarm-view';
import type { SwarmView } from './swarm-view';

const ASK_MS = 1000;
/** The share is of so many of the last answers: longer than a GOP, so that bursts do not show. */
const WINDOW = 6;

type Bytes = Pick<SwarmStats, 'serverBytes' | 'peerBytes' | 'uploadBytes'>;

export interface SwarmStoreOptions {
  owner: ModuleOwner;
  locale: Locale;
  /** Whether this viewer hands on what it has, to begin with. */
  isUploadOn: boolean;
}

/** What is known of a shared stream while somebody looks at it, and the switch of what this viewer gives. */
export class SwarmStore {
  stats: SwarmStats | null = null;
  isUploadOn: boolean;
  locale: Locale;
  /** Bytes so far at the last answers, the oldest first. */
  marks: readonly Bytes[] = [];

  private targetId = '';
  private isWatching = false;
  private timer: TimerHandle | null = null;

  constructor(private readonly options: SwarmStoreOptions) {
    this.locale = options.locale;
    this.isUploadOn = options.isUploadOn;
    makeObservable<SwarmStore, 'ask'>(this, {
      stats: observable.ref,
      isUploadOn: observable,
      locale: observable.ref,
      marks: observable.ref,
      view: computed.struct,
      ask: action,
      setUpload: action,
      setLocale: action,
    });
  }

  get view(): SwarmView {
    const { stats, marks, isUploadOn } = this;
    const since = (name: keyof Bytes): number =>
      marks.length < 2 ? 0 : Math.max(0, marks[marks.length - 1]![name] - marks[0]![name]);
    const sample = {
      ...{ stats, isUploadOn, serverBytes: since('serverBytes') },
      ...{ peerBytes: since('peerBytes'), uploadBytes: since('uploadBytes') },
    };
    return swarmView(sample, this.locale);
  }

  /** The stream's id; asks of it once a second while `isWatching`. */
  watch(targetId: string, isWatching: boolean): void {
    if (targetId === this.targetId && isWatching === this.isWatching) return;
    this.targetId = targetId;
    this.isWatching = isWatching;
    this.ask();
  }

  /** At once, and for every later pull. */
  setUpload(isOn: boolean): void {
    this.isUploadOn = isOn;
    this.tellUpload();
  }

  setLocale(locale: Locale): void {
    this.locale = locale;
  }

  destroy(): void {
    this.isWatching = false;
    this.clear();
  }

  private tellUpload(): void {
    const { module } = this.options.owner;
    if (module.setUpload && this.targetId !== '') module.setUpload(this.targetId, this.isUploadOn);
  }

  private ask(): void {
    this.clear();
    const { module, environment } = this.options.owner;
    const stats = this.isWatching && module.getStats ? module.getStats(this.targetId) : null;
    const before = this.stats;
    this.stats = stats && stats.swarm;
    if (this.stats === null) this.marks = [];
    else {
      // Another pull counts from 0.
      const isNew = before === null || this.stats.serverBytes < before.serverBytes;
      this.marks = [...(isNew ? [] : this.marks), this.stats].slice(-WINDOW);
      if (isNew) this.tellUpload();
    }
    if (this.isWatching) this.timer = environment.setTimer(() => this.ask(), ASK_MS);
  }

  private clear(): void {
    if (this.timer !== null) this.options.owner.environment.clearTimer(this.timer);
    this.timer = null;
  }
}
