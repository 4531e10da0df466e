import { action, computed, makeObservable, observable } from 'mobx-miniprogram';
import { ErrCode, toErrorResult } from '../../p2p-core/index';
import { CameraLink } from '../command/camera-link';
import type { DeviceFile } from '../command/device-commands';
import { EventQueue } from '../event-queue';
import type { Locale } from '../locale/locale';
import type { ModuleOwner } from '../module-owner';
import { NamedTimers } from '../named-timers';
import type { Day } from '../playback/calendar';
import { DayList } from '../playback/day-list';
import type { Listing } from '../playback/day-list';
import { DayPicker } from '../playback/day-picker';
import type { DayView } from '../playback/day-picker';
import { ALBUM_SCOPE } from '../permission';
import type { PermissionPort } from '../permission';
import type { SessionTarget } from '../session/p2p-session';
import { saveToAlbum } from '../album/save';
import type { AlbumPort } from '../album/save';
import type { FilePort } from '../snapshot/block-file';
import { remuxToMp4 } from '../snapshot/mp4-remux';
import { INITIAL_DOWNLOAD_STATE, downloadStep, limitOf, runningOf } from './download-step';
import type {
  DownloadEffect,
  DownloadEvent,
  DownloadItem,
  DownloadProblem,
  DownloadState,
} from './download-step';
import { downloadRow } from './download-view';
import type { DownloadRow, Saving } from './download-view';
import { MAX_TOTAL_BYTES } from './file-store';
import type { ContentRecords, FileStore } from './file-store';
import { FileTransfer } from './file-transfer';

const SAMPLE_MS = 1000;
/** How much the newest second counts in the speed that is shown. */
const SPEED_WEIGHT = 0.3;

export interface DownloadEmissionMap {
  /** Every byte is in the file at `path`. */
  downloaded: { fileName: string; path: string; fileBytes: number };
  downloadFailed: { fileName: string; problem: DownloadProblem };
  /** The film is in the album; an FLV file as MP4, without sound that MP4 cannot hold. */
  albumSaved: { fileName: string; isSoundLeftOut: boolean };
  /** `isRefused`: the user does not allow it; only the settings help. */
  albumError: { fileName: string; isRefused: boolean; errMsg: string };
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
  /** For the MP4 that albums want of an FLV file. */
  media: FilePort;
  album: AlbumPort;
  permission: PermissionPort;
  /** Where files go; without a slash at its end. */
  folder: string;
  emit: (emission: DownloadEmission) => void;
}

/** The files of a day on one camera, and the queue that fetches them. `destroy` it with its component. */
export class DownloadStore {
  state: DownloadState = INITIAL_DOWNLOAD_STATE;
  locale: Locale;
  readonly days: DayPicker;
  list: readonly DeviceFile[] = [];
  /** Bytes a second of the running one. */
  speed = 0;
  /** What became of films on their way to the album, by file name. */
  savings: Readonly<Record<string, Saving | undefined>> = {};

  private readonly link: CameraLink | null;
  private readonly files: DayList<DeviceFile>;
  private readonly timers: NamedTimers<'retry' | 'sample' | 'verify'>;
  private transfer: FileTransfer | null = null;
  private cancelRemux = (): void => {};
  private contents: Record<string, string>;
  private readonly queue = new EventQueue<DownloadEvent, DownloadEffect>(
    (event) => this.step(event),
    (effect) => this.run(effect),
  );

  constructor(private readonly options: DownloadStoreOptions) {
    const { owner, target, channel = 0, locale, day, records } = options;
    this.locale = locale;
    this.contents = { ...records.load() };
    this.timers = new NamedTimers(owner.environment);
    this.link =
      target === null
        ? null
        : new CameraLink(owner, target, { channel }, (error) => {
            if (error !== null) return this.files.fail(error);
            if (this.listing !== 'ready') this.files.load();
            this.days.load();
            this.dispatch({ type: 'retryDue' });
          });
    this.days = new DayPicker({
      wallMs: () => owner.environment.wallMs(),
      day: day || null,
      link: () => this.link,
      onPick: (isOther) => this.files.pick(isOther),
      onError: (cause) => this.emitError(cause),
    });
    this.files = new DayList({
      day: () => this.days.day,
      link: () => this.link,
      ask: (commands, fromS, toS) => commands.getFiles(fromS, toS),
      onList: (list, listing) => {
        if (listing === 'loading') this.dispatch({ type: 'counted', otherBytes: this.otherBytes() });
        this.setList(list);
      },
      onError: (cause) => this.emitError(cause),
    });
    makeObservable<DownloadStore, 'setState' | 'setList' | 'setSpeed' | 'setSaving'>(this, {
      state: observable.ref,
      locale: observable.ref,
      list: observable.ref,
      speed: observable,
      savings: observable.ref,
      rows: computed.struct,
      message: computed,
      dayView: computed.struct,
      setState: action,
      setList: action,
      setSpeed: action,
      setSaving: action,
      setLocale: action,
    });
  }

  get listing(): Listing {
    return this.files.listing;
  }

  get rows(): DownloadRow[] {
    const { state, speed, savings, locale } = this;
    return this.list.map((file) => {
      const item = state.items.find(({ fileName }) => fileName === file.fileName);
      return downloadRow(
        {
          file,
          item,
          leftBytes: item ? 0 : this.leftBytes(file),
          limit: limitOf(state, file),
          speed,
          saving: savings[file.fileName],
        },
        locale,
      );
    });
  }

  /** About the list; '' when it is there. */
  get message(): string {
    if (this.listing !== 'ready') return this.locale.text(`playback.${this.listing}`);
    return this.list.length === 0 ? this.locale.text('playback.none') : '';
  }

  get dayView(): DayView {
    return this.days.view(this.locale);
  }

  setLocale(locale: Locale): void {
    this.locale = locale;
  }

  /** Shows the files of a day; downloads of others go on. */
  selectDay(day: Day): void {
    this.days.pick(day);
  }

  /** Asks for the list again; opens the link where it was lost. */
  reload(): void {
    this.files.reload();
  }

  /** Starts, or goes on with what an earlier run of the app left. */
  start(fileName: string): void {
    const file = this.list.find((each) => each.fileName === fileName);
    if (file === undefined) return;
    const path = this.pathOf(fileName);
    const receivedBytes = this.leftBytes(file);
    const otherBytes = this.otherBytes() - receivedBytes;
    this.dispatch({ type: 'add', file, path, receivedBytes, otherBytes });
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
    if (this.savings[fileName] === 'saving') this.cancelRemux();
    this.setSaving(fileName, undefined);
    this.dispatch({ type: 'cancel', fileName });
  }

  /** Where a file is, or would be. */
  pathOf(fileName: string): string {
    const { folder, target, channel = 0 } = this.options;
    const name = `${target === null ? '' : target.id}-${channel}-${fileName}`;
    return `${folder}/p2p-${name.replace(/[^\w.-]/g, '_')}`;
  }

  /** A finished film into the phone's album, which takes MP4: FLV becomes one first. Emits how it went; one at a time. */
  saveToAlbum(fileName: string): void {
    const isBusy = Object.keys(this.savings).some((each) => this.savings[each] === 'saving');
    const item = this.state.items.find((each) => each.fileName === fileName);
    if (isBusy || this.state.isDestroyed || item === undefined || item.phase !== 'done') return;
    this.setSaving(fileName, 'saving');
    const { path, startS } = item;
    if (!/\.flv$/i.test(fileName)) return this.save(fileName, path, false);
    const { media } = this.options;
    if (this.usedBytes() + item.fileBytes > MAX_TOTAL_BYTES) {
      return this.onNotSaved(fileName, false, 'there is no space for the MP4 file');
    }
    const to = `${path}.mp4`;
    this.cancelRemux = remuxToMp4(
      { files: media, from: path, to, wallMs: startS * 1000 },
      ({ errmsg, isSoundLeftOut }) => {
        if (errmsg === '') this.save(fileName, to, isSoundLeftOut, () => media.remove(to));
        else this.onNotSaved(fileName, false, errmsg);
      },
    );
  }

  /** Only in answer to a tap: after a refusal nothing else helps. What is allowed then is saved. */
  openSettings(fileName: string): void {
    void this.options.permission.openSettings(ALBUM_SCOPE).then((isAllowed) => {
      if (isAllowed) this.saveToAlbum(fileName);
    });
  }

  /** What was received is kept, for the next time. Nothing is emitted afterwards. */
  destroy(): void {
    this.files.close();
    this.cancelRemux();
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
      later: (call) => void this.timers.arm('verify', 0, call),
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
    this.timers.clear('verify');
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

  private save(fileName: string, path: string, isSoundLeftOut: boolean, done?: () => void): void {
    const { album, permission, emit } = this.options;
    void saveToAlbum('video', path, album, permission).then((result) => {
      if (done) done();
      if (this.state.isDestroyed) return;
      if (result.kind !== 'saved') {
        const isRefused = result.kind === 'refused';
        return this.onNotSaved(fileName, isRefused, isRefused ? 'the user does not allow it' : result.errMsg);
      }
      this.setSaving(fileName, isSoundLeftOut ? 'savedSilent' : 'saved');
      emit({ name: 'albumSaved', detail: { fileName, isSoundLeftOut } });
    });
  }

  private onNotSaved(fileName: string, isRefused: boolean, errMsg: string): void {
    this.setSaving(fileName, isRefused ? 'refused' : 'failed');
    this.options.emit({ name: 'albumError', detail: { fileName, isRefused, errMsg } });
  }

  private emitError(cause: unknown): void {
    if (this.state.isDestroyed) return;
    const { errcode, errmsg } = toErrorResult(cause, ErrCode.LinkLost);
    this.options.emit({ name: 'downloadError', detail: { errcode, errmsg } });
  }

  private leftBytes({ fileName }: DeviceFile): number {
    const path = this.pathOf(fileName);
    return this.contents[path] === undefined ? 0 : this.sizeOf(path);
  }

  /** What the app keeps besides the files of the queue. */
  private otherBytes(): number {
    return this.state.items
      .filter(({ phase }) => phase !== 'failed')
      .reduce((rest, { path }) => rest - this.sizeOf(path), this.usedBytes());
  }

  private usedBytes(): number {
    try {
      return this.options.files.usedBytes();
    } catch {
      // Then only the platform itself will say that it is full.
      return 0;
    }
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

  private setSaving(fileName: string, saving: Saving | undefined): void {
    this.savings = { ...this.savings, [fileName]: saving };
  }

  private setList(list: readonly DeviceFile[]): void {
    this.list = list;
  }
}
