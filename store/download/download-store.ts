import { action, computed, makeObservable, observable } from 'mobx-miniprogram';
import { ErrCode, toErrorResult } from '../../p2p-core/index';
import { CameraLink } from '../command/camera-link';
import type { DeviceFile } from '../command/device-commands';
import { EventQueue } from '../event-queue';
import type { Locale } from '../locale/locale';
import type { ModuleOwner } from '../module-owner';
import { NamedTimers } from '../named-timers';
import { dayOf, dayRange } from '../playback/calendar';
import type { Day } from '../playback/calendar';
import type { SessionTarget } from '../session/p2p-session';
import { INITIAL_DOWNLOAD_STATE, downloadStep, runningOf } from './download-step';
import type {
  DownloadEffect,
  DownloadEvent,
  DownloadItem,
  DownloadProblem,
  DownloadState,
} from './download-step';
import { downloadRow } from './download-view';
import type { DownloadRow } from './download-view';
import type { ContentRecords, FileStore } from './file-store';
import { FileTransfer } from './file-transfer';

const SAMPLE_MS = 1000;
/** How much the newest second counts in the speed that is shown. */
const SPEED_WEIGHT = 0.3;

export interface DownloadEmissionMap {
  /** Every byte is in the file at `path`. */
  downloaded: { fileName: string; path: string; fileBytes: number };
  downloadFailed: { fileName: string; problem: DownloadProblem };
  /** The list of files could not be read. */
  downloadError: { errcode: number; errmsg: string };
}
export type DownloadEmission = {
  [Name in keyof DownloadEmissionMap]: { name: Name; detail: DownloadEmissionMap[Name] };
}[keyof DownloadEmissionMap];

export interface DownloadStoreOptions {
  owner: ModuleOwner;
  target: SessionTarget | null;
  channel?: number;
  locale: Locale;
  /** Default: today. */
  day?: Day | null;
  files: FileStore;
  records: ContentRecords;
  /** Where files go; without a slash at its end. */
  folder: string;
  emit: (emission: DownloadEmission) => void;
}

/** The files of a day on one camera, and the queue that fetches them. `destroy` it with its component. */
export class DownloadStore {
  state: DownloadState = INITIAL_DOWNLOAD_STATE;
  locale: Locale;
  day: Day;
  list: readonly DeviceFile[] = [];
  listing: 'loading' | 'ready' | 'failed' = 'loading';
  /** Bytes a second of the running one. */
  speed = 0;

  private readonly link: CameraLink | null;
  private readonly timers: NamedTimers<'retry' | 'sample'>;
  private transfer: FileTransfer | null = null;
  private contents: Record<string, string>;
  private listEpoch = 0;
  private readonly queue = new EventQueue<DownloadEvent, DownloadEffect>(
    (event) => this.step(event),
    (effect) => this.run(effect),
  );

  constructor(private readonly options: DownloadStoreOptions) {
    const { owner, target, channel = 0, locale, day, records } = options;
    this.locale = locale;
    this.day = day || dayOf(owner.environment.wallMs());
    this.contents = { ...records.load() };
    this.timers = new NamedTimers(owner.environment);
    this.link =
      target === null
        ? null
        : new CameraLink(owner, target, { channel }, (error) => {
            if (error !== null) return this.onListFailed(error);
            if (this.listing !== 'ready') this.load();
            this.dispatch({ type: 'retryDue' });
          });
    makeObservable<DownloadStore, 'setState' | 'setList' | 'setSpeed'>(this, {
      state: observable.ref,
      locale: observable.ref,
      day: observable.ref,
      list: observable.ref,
      listing: observable,
      speed: observable,
      rows: computed.struct,
      message: computed,
      setState: action,
      setList: action,
      setSpeed: action,
      setLocale: action,
      selectDay: action,
    });
  }

  get rows(): DownloadRow[] {
    const { state, speed, locale } = this;
    return this.list.map((file) => {
      const item = state.items.find(({ fileName }) => fileName === file.fileName);
      return downloadRow(file, item, item ? 0 : this.leftBytes(file), speed, locale);
    });
  }

  /** About the list; '' when it is there. */
  get message(): string {
    if (this.listing !== 'ready') return this.locale.text(`playback.${this.listing}`);
    return this.list.length === 0 ? this.locale.text('playback.none') : '';
  }

  setLocale(locale: Locale): void {
    this.locale = locale;
  }

  /** Shows the files of a day; downloads of others go on. */
  selectDay(day: Day): void {
    this.day = day;
    this.load();
  }

  /** Asks for the list again; opens the link where it was lost. */
  reload(): void {
    if (this.link === null) return;
    if (this.link.isUp) this.load();
    else this.link.start();
  }

  /** Starts, or goes on with what an earlier run of the app left. */
  start(fileName: string): void {
    const file = this.list.find((each) => each.fileName === fileName);
    if (file === undefined) return;
    const path = this.pathOf(fileName);
    const otherBytes = Object.keys(this.contents)
      .filter((each) => each !== path && this.state.items.every((item) => item.path !== each))
      .reduce((sum, each) => sum + this.sizeOf(each), 0);
    this.dispatch({ type: 'add', file, path, receivedBytes: this.leftBytes(file), otherBytes });
  }

  pause(fileName: string): void {
    this.dispatch({ type: 'pause', fileName });
  }

  resume(fileName: string): void {
    if (this.link !== null && !this.link.isUp) this.link.start();
    this.dispatch({ type: 'resume', fileName });
  }

  /** Ends it, and deletes what is there. */
  cancel(fileName: string): void {
    this.dispatch({ type: 'cancel', fileName });
  }

  /** Where a file is, or would be. */
  pathOf(fileName: string): string {
    const { folder, target, channel = 0 } = this.options;
    const name = `${target === null ? '' : target.id}-${channel}-${fileName}`;
    return `${folder}/p2p-${name.replace(/[^\w.-]/g, '_')}`;
  }

  /** What was received is kept, for the next time. Nothing is emitted afterwards. */
  destroy(): void {
    this.listEpoch += 1;
    this.dispatch({ type: 'destroy' });
  }

  private dispatch(event: DownloadEvent): void {
    this.queue.dispatch(event);
  }

  private step(event: DownloadEvent): readonly DownloadEffect[] {
    const [state, effects] = downloadStep(this.state, event);
    if (state !== this.state) this.setState(state);
    return effects;
  }

  private run(effect: DownloadEffect): void {
    switch (effect.run) {
      case 'start':
        return this.startTransfer(effect.item, effect.epoch);
      case 'stop':
        return this.stopTransfer();
      case 'armRetry':
        this.timers.arm('retry', effect.delayMs, () => {
          if (this.link !== null && !this.link.isUp) this.link.start();
          this.dispatch({ type: 'retryDue' });
        });
        return;
      case 'disarmRetry':
        return this.timers.clear('retry');
      case 'remove': {
        const { path } = effect.item;
        this.setContent(path, null);
        try {
          this.options.files.remove(path);
        } catch {
          // It was not there.
        }
        return;
      }
      case 'tell':
        return this.tell(effect.item);
      case 'release':
        this.timers.clearAll();
        return this.link === null ? undefined : this.link.release();
    }
  }

  private startTransfer(item: DownloadItem, epoch: number): void {
    const { files, channel = 0 } = this.options;
    const { link } = this;
    if (link === null) return;
    const transfer = new FileTransfer({
      module: link.module,
      id: link.id,
      channel,
      item,
      files,
      content: this.contents[item.path],
      setContent: (content) => this.setContent(item.path, content),
      onEnd: (problem, receivedBytes) => {
        this.timers.clear('sample');
        this.transfer = null;
        this.dispatch({ type: 'ended', epoch, problem, receivedBytes });
      },
    });
    this.transfer = transfer;
    this.setSpeed(0);
    this.sample(epoch, item.receivedBytes);
    transfer.start();
  }

  private stopTransfer(): void {
    this.timers.clear('sample');
    const { transfer } = this;
    this.transfer = null;
    if (transfer !== null) transfer.stop();
  }

  /** Once a second, not per chunk. */
  private sample(epoch: number, beforeBytes: number): void {
    this.timers.arm('sample', SAMPLE_MS, () => {
      if (this.transfer === null) return;
      const { receivedBytes } = this.transfer;
      const now = Math.max(0, receivedBytes - beforeBytes) / (SAMPLE_MS / 1000);
      this.setSpeed(this.speed === 0 ? now : this.speed + (now - this.speed) * SPEED_WEIGHT);
      if (receivedBytes > beforeBytes) this.dispatch({ type: 'progress', epoch, receivedBytes });
      if (runningOf(this.state) !== undefined) this.sample(epoch, receivedBytes);
    });
  }

  private tell(item: DownloadItem): void {
    const { fileName, path, problem, receivedBytes } = item;
    const { emit } = this.options;
    if (problem === 'none')
      emit({ name: 'downloaded', detail: { fileName, path, fileBytes: receivedBytes } });
    else emit({ name: 'downloadFailed', detail: { fileName, problem } });
  }

  private load(): void {
    const epoch = ++this.listEpoch;
    this.setList('loading', []);
    const { link } = this;
    if (link === null || !link.isUp) return;
    const { startMs, endMs } = dayRange(this.day);
    link.commands.getFiles(startMs / 1000, endMs / 1000).then(
      (list) => {
        if (epoch === this.listEpoch) this.setList('ready', list);
      },
      (cause: unknown) => {
        if (epoch === this.listEpoch) this.onListFailed(cause);
      },
    );
  }

  private onListFailed(cause: unknown): void {
    if (this.listing === 'ready' || this.state.isDestroyed) return;
    this.setList('failed', []);
    const { errcode, errmsg } = toErrorResult(cause, ErrCode.LinkLost);
    this.options.emit({ name: 'downloadError', detail: { errcode, errmsg } });
  }

  private leftBytes({ fileName }: DeviceFile): number {
    const path = this.pathOf(fileName);
    return this.contents[path] === undefined ? 0 : this.sizeOf(path);
  }

  private sizeOf(path: string): number {
    try {
      return this.options.files.sizeOf(path);
    } catch {
      return 0;
    }
  }

  private setContent(path: string, content: string | null): void {
    if (content === null) delete this.contents[path];
    else this.contents[path] = content;
    this.options.records.save(this.contents);
  }

  private setState(state: DownloadState): void {
    this.state = state;
  }

  private setSpeed(speed: number): void {
    this.speed = speed;
  }

  private setList(listing: DownloadStore['listing'], list: readonly DeviceFile[]): void {
    this.listing = listing;
    this.list = list;
  }
}
