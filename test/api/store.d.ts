// What an app can import from store/index.ts. Made by `node tools/check-api.mjs --update`: a change here is a change of the API.
export type AlbumEmission = {
  [Name in keyof AlbumEmissionMap]: {
    name: Name;
    detail: AlbumEmissionMap[Name];
  };
}[keyof AlbumEmissionMap];
export interface AlbumEmissionMap {
  albumSaved: {
    filePath: string;
  };
  albumError: {
    kind: 'refused' | 'failed';
    errMsg: string;
  };
}
export interface AlbumPort {
  save(media: 'image' | 'video', filePath: string, done: (errMsg: string | null) => void): void;
}
export type AlbumResult =
  | {
      kind: 'saved';
    }
  | {
      kind: 'refused';
    }
  | {
      kind: 'failed';
      errMsg: string;
    };
export interface AlbumStoreOptions {
  environment: Environment;
  album: AlbumPort;
  permission: PermissionPort;
  locale: Locale;
  savesToAlbum: () => boolean;
  emit: (emission: AlbumEmission) => void;
}
export interface AlbumView {
  notice: string;
  canOpenSettings: boolean;
  settingsText: string;
}
export interface BackoffOptions {
  random: () => number;
  minDelayMs?: number;
  maxDelayMs?: number;
  maxElapsedMs?: number;
}
export interface CalendarCell {
  key: number;
  day: number;
  hasRecording: boolean;
  isSelected: boolean;
  isToday: boolean;
}
export interface CalendarView {
  title: string;
  weekdays: {
    key: number;
    text: string;
  }[];
  cells: CalendarCell[];
}
export declare class CameraLink {
  readonly client: CommandClient;
  readonly commands: DeviceCommands;
  onWaterMark: ((isHigh: boolean) => void) | null;
  constructor(
    owner: ModuleOwner,
    target: SessionTarget,
    options: SendOptions,
    onChange: (error: ErrorResult | null) => void,
  );
  get id(): string;
  get module(): SessionLease['module'];
  get isUp(): boolean;
  start(): void;
  release(): void;
}
export interface CameraProps {
  targetId: string;
  xp2pInfo?: string;
  productId?: string;
  deviceName?: string;
  flvUrl?: string;
}
export type CaptureEmission = RecordEmission | AlbumEmission;
export interface CaptureStoreOptions extends Omit<AlbumStoreOptions, 'emit'> {
  files: FilePort;
  newPath: (format: RecordFormat) => string;
  recordFormat?: () => RecordFormat;
  emit: (emission: CaptureEmission) => void;
}
export interface CaptureView extends AlbumView {
  isRecording: boolean;
  time: string;
  recordText: string;
}
export interface Channel {
  channel: number;
  name: string;
  isOnline?: boolean;
}
export interface ChannelChoice {
  value: number;
  label: string;
  isSelected: boolean;
  isOffline: boolean;
}
export declare class CommandClient {
  constructor(target: CommandTarget);
  sendCommand(command: string, options?: CommandOptions): Promise<CommandResult>;
  sendInnerCommand(cmd: string, params?: CommandParams, options?: SendOptions): Promise<unknown>;
  sendUserCommand(message: unknown, options?: SendOptions): Promise<JsonObject>;
  close(): void;
}
export type CommandError = P2PError & {
  status: number;
};
export type CommandParams = Readonly<Record<string, string | number | boolean | undefined>>;
export interface CommandTarget {
  readonly id: string;
  readonly module: P2PModule;
  readonly environment: Environment;
  readonly timeouts?: Timeouts;
}
export interface ContentRecords {
  load(): Readonly<Record<string, string>>;
  save(records: Readonly<Record<string, string>>): void;
}
export interface ControlTexts {
  toggle: string;
  mute: string;
  fullView: string;
  landscape: string;
  rotate: string;
  fill: string;
  snapshot: string;
  stats: string;
  quality: string;
  channel: string;
  offline: string;
  live: string;
}
export declare const DEFAULT_LIVE_URL =
  'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?action=live&channel=0&quality=high';
export declare const DEFAULT_MJPG_URL =
  'http://XP2P_INFO.xnet/ipc.p2p.com/ipc.flv?action=live-mjpg&channel=0';
export interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}
export declare class DayPicker {
  day: Day;
  month: Day;
  isOpen: boolean;
  recordedDays: Readonly<Record<string, readonly number[]>>;
  constructor(options: DayPickerOptions);
  get today(): Day;
  view(locale: Locale): DayView;
  toggle(): void;
  setOpen(isOpen: boolean): void;
  turnMonth(count: number): void;
  turnDay(count: number): void;
  pickOfMonth(day: number): void;
  pick(day: Day): void;
  showMonth(month: Day): void;
  load(): void;
}
export interface DayView {
  dayText: string;
  isToday: boolean;
  calendar: CalendarView | null;
  text: Record<'prevDay' | 'nextDay' | 'prevMonth' | 'nextMonth' | 'calendar' | 'recorded', string>;
}
export declare class DeviceCommands {
  constructor(client: CommandClient, options?: SendOptions);
  getStreamStatus(type: 'live' | 'voice' | 'playback', quality?: string): Promise<StreamStatus>;
  getRecordedDays(year: number, month: number): Promise<number[]>;
  getRecordedPeriods(startS: number, endS: number, type?: number): Promise<RecordedPeriod[]>;
  getFiles(startS: number, endS: number, fileType?: number): Promise<DeviceFile[]>;
  getChannels(): Promise<NvrChannel[]>;
  getPlaybackProgress(): Promise<number>;
  pausePlayback(): Promise<void>;
  resumePlayback(): Promise<void>;
  seekPlayback(progressMs: number): Promise<void>;
  ptz(cmd: string, data?: JsonObject): Promise<PtzAnswer>;
  getStatus(): Promise<JsonObject>;
  setStatus(status: 'working' | 'standby'): Promise<void>;
  setMirrorFlip(status: 'normal' | 'mirror' | 'flip' | 'mirror_flip'): Promise<void>;
  setIntercom(status: 'using' | 'unused'): Promise<void>;
  getVersion(): Promise<string>;
}
export interface DeviceFile {
  fileName: string;
  fileBytes: number;
  startS: number;
  endS: number;
}
export declare const DeviceStatus: {
  readonly Accepted: 0;
  readonly Refused: 1;
  readonly BadRequest: 404;
  readonly TooMany: 405;
  readonly NotSupported: 406;
};
export type DownloadEmission = {
  [Name in keyof DownloadEmissionMap]: {
    name: Name;
    detail: DownloadEmissionMap[Name];
  };
}[keyof DownloadEmissionMap];
export interface DownloadEmissionMap {
  downloaded: {
    fileName: string;
    path: string;
    fileBytes: number;
  };
  downloadFailed: {
    fileName: string;
    problem: DownloadProblem;
  };
  albumSaved: {
    fileName: string;
    isSoundLeftOut: boolean;
  };
  albumError: {
    fileName: string;
    isRefused: boolean;
    errMsg: string;
  };
  downloadError: {
    errcode: number;
    errmsg: string;
  };
}
export interface DownloadItem extends DeviceFile {
  readonly path: string;
  readonly phase: DownloadPhase;
  readonly problem: DownloadProblem;
  readonly receivedBytes: number;
  readonly failures: number;
}
export type DownloadPhase = 'waiting' | 'running' | 'paused' | 'done' | 'failed';
export type DownloadProblem =
  'none' | 'tooLarge' | 'noSpace' | 'link' | 'refused' | 'storage' | 'incomplete' | 'damaged';
export interface DownloadRow {
  fileName: string;
  title: string;
  size: string;
  phase: DownloadPhase | 'none' | 'left';
  percent: number;
  note: string;
  action: 'start' | 'pause' | 'resume' | 'save' | 'settings' | '';
  actionText: string;
  cancelText: string;
}
export interface DownloadState {
  readonly items: readonly DownloadItem[];
  readonly epoch: number;
  readonly isBackingOff: boolean;
  readonly otherBytes: number;
  readonly isDestroyed: boolean;
}
export interface DownloadStoreOptions {
  owner: ModuleOwner;
  target: SessionTarget | null;
  channel?: number;
  locale: Locale;
  day?: Day | null;
  files: FileStore;
  records: ContentRecords;
  media: FilePort;
  album: AlbumPort;
  permission: PermissionPort;
  folder: string;
  emit: (emission: DownloadEmission) => void;
}
export interface Environment {
  nowMs(): number;
  wallMs(): number;
  setTimer(fire: () => void, delayMs: number): TimerHandle;
  clearTimer(timer: TimerHandle): void;
  random(): number;
  onNetworkChange(listener: () => void): () => void;
}
export type FailureType =
  | 'P2PInitError'
  | 'ServiceStartError'
  | 'ServiceError'
  | 'P2PLocalNATChanged'
  | 'PlayerError'
  | 'LivePlayerError'
  | 'LivePlayerStateError'
  | 'LocalServerError'
  | 'SystemPermissionDenied'
  | 'StreamCheckError'
  | 'StreamStartError'
  | 'StreamError';
export interface FileHandle {
  write(
    buffer: ArrayBuffer,
    byteCount: number,
    position: number,
    done: (errmsg: string | null) => void,
  ): void;
  close(done: () => void): void;
}
export interface FilePort {
  open(path: string, done: (file: FileHandle | null, errmsg: string) => void): void;
  openRead(path: string, done: (file: ReadHandle | null, errmsg: string) => void): void;
  remove(path: string): void;
}
export interface FileStore {
  usedBytes(): number;
  sizeOf(path: string): number;
  open(path: string): OpenFile;
  remove(path: string): void;
}
export interface FlvRequest {
  readonly filename: string;
  readonly params: string;
}
export declare const IPC_URL_PREFIX = 'http://XP2P_INFO.xnet/ipc.p2p.com/';
export declare class IpcControlsStore {
  player: PlayerView | null;
  flvUrl: string;
  isMuted: boolean;
  isFullView: boolean;
  isLandscape: boolean;
  orientation: Orientation;
  objectFit: ObjectFit;
  isStatsOpen: boolean;
  isSnapshotBusy: boolean;
  menu: 'quality' | 'channel' | '';
  channels: readonly Channel[];
  isTouched: boolean;
  locale: Locale;
  constructor(locale: Locale, environment: Environment);
  get view(): IpcControlsView;
  get channel(): number;
  setPlayerView(view: PlayerView): void;
  showControls(): void;
  hideControls(): void;
  tapPicture(): void;
  setFlvUrl(url: string): void;
  setCamera(id: string): void;
  setMuted(isMuted: boolean): void;
  setFullView(isFullView: boolean): void;
  setLandscape(isLandscape: boolean): void;
  setOrientation(orientation: Orientation): void;
  setObjectFit(objectFit: ObjectFit): void;
  setStatsOpen(isOpen: boolean): void;
  setSnapshotBusy(isBusy: boolean): void;
  setLocale(locale: Locale): void;
  toggleMenu(menu: 'quality' | 'channel'): void;
  destroy(): void;
  chooseQuality(value: string): boolean;
  chooseChannel(channel: number): boolean;
  setChannels(channels: readonly Channel[]): void;
}
export interface IpcControlsView {
  isShown: boolean;
  isPlaying: boolean;
  isError: boolean;
  canPlay: boolean;
  canStop: boolean;
  isMuted: boolean;
  isFullView: boolean;
  isLandscape: boolean;
  orientation: Orientation;
  objectFit: ObjectFit;
  isStatsOpen: boolean;
  isSnapshotBusy: boolean;
  isQualityOpen: boolean;
  qualityLabel: string;
  qualities: QualityChoice[];
  flvUrl: string;
  channel: number;
  isChannelOpen: boolean;
  channelLabel: string;
  channels: ChannelChoice[];
  text: ControlTexts;
}
export type JsonObject = Record<string, unknown>;
export type Listing = 'loading' | 'ready' | 'failed';
export interface Locale {
  readonly name: string;
  text(key: LocaleKey): string;
  format(key: LocaleKey, n: number): string;
  has(key: string): key is LocaleKey;
}
export type LocaleKey = keyof typeof ZH_CN;
export type LocaleName = 'zh-CN' | 'en';
export type LocaleTexts = Readonly<Record<LocaleKey, string>>;
export type ModuleEventListener = (id: string, event: string, subtype: string, detail: unknown) => void;
export interface ModuleOwner {
  readonly module: P2PModule;
  readonly environment: Environment;
  readonly timeouts: Timeouts;
  readonly sessions: SessionRegistry;
  readonly isNetworkChanged: boolean;
  readonly isLocalServerDead: boolean;
  ensureReady(done: (error: ErrorResult | null) => void): void;
  markLocalServerDead(): void;
  markPathWorks(): void;
  join(listener: NetworkListener): () => void;
  checkReset(done: (error: ErrorResult | null) => void): void;
  destroy(): void;
}
export interface ModuleOwnerOptions {
  module: P2PModule;
  appParams: AppParams;
  servers?: ServerOptions;
  timeouts?: Timeouts;
  resetLocalServer?: () => void | Promise<unknown>;
  onModuleEvent?: ModuleEventListener;
  followsNetwork?: boolean;
  environment: Environment;
}
export type MultiEmission = {
  [Name in keyof MultiEmissionMap]: {
    name: Name;
    detail: MultiEmissionMap[Name];
  };
}[keyof MultiEmissionMap];
export interface MultiEmissionMap {
  focusChange: {
    index: number;
  };
  layoutChange: {
    isSingle: boolean;
  };
  muteChange: {
    isMuted: boolean;
  };
}
export type MultiEvent =
  | {
      type: 'setTiles';
      tileCount: number;
    }
  | {
      type: 'tap';
      tile: number;
      nowMs: number;
    }
  | {
      type: 'focus';
      tile: number;
    }
  | {
      type: 'setSingle';
      isSingle: boolean;
    }
  | {
      type: 'setMuted';
      isMuted: boolean;
    };
export interface MultiState {
  readonly tileCount: number;
  readonly focus: number;
  readonly isSingle: boolean;
  readonly isMuted: boolean;
  readonly opened: readonly boolean[];
  readonly lastTap: {
    readonly tile: number;
    readonly atMs: number;
  } | null;
}
export interface MultiStoreOptions {
  locale: Locale;
  nowMs: () => number;
  emit: (emission: MultiEmission) => void;
}
export interface MultiTile {
  targetId: string;
  xp2pInfo: string;
  productId?: string;
  deviceName?: string;
  channel?: number;
  name?: string;
}
export interface MultiView {
  tiles: TileView[];
  isSingle: boolean;
  isMuted: boolean;
  hasGrid: boolean;
  text: {
    mute: string;
    full: string;
    retry: string;
  };
}
export type NetworkListener = () => void;
export interface Notice {
  subtype: string;
  status: number;
  error: ErrorResult | null;
}
export interface NvrChannel {
  channel: number;
  name: string;
  isOnline: boolean;
}
export type ObjectFit = 'contain' | 'fillCrop';
export interface OpenFile {
  write(data: ArrayBuffer, byteCount: number, position: number): void;
  read(data: ArrayBuffer, byteCount: number, position: number): number;
  close(): void;
}
export type Orientation = 'vertical' | 'horizontal';
export interface P2PConfig {
  module?: P2PModule;
  appParams?: AppParams;
  servers?: ServerOptions;
  timeouts?: Timeouts;
  resetLocalServer?: () => void | Promise<unknown>;
  onModuleEvent?: ModuleEventListener;
}
export declare const P2PStateEnum: {
  readonly P2PIdle: 'P2PIdle';
  readonly P2PUnknown: 'P2PUnknown';
  readonly P2PUnkown: 'P2PUnknown';
  readonly P2PIniting: 'P2PIniting';
  readonly P2PInited: 'P2PInited';
  readonly P2PInitError: 'P2PInitError';
  readonly P2PLocalNATChanged: 'P2PLocalNATChanged';
  readonly ServicePreparing: 'ServicePreparing';
  readonly ServiceStarted: 'ServiceStarted';
  readonly ServiceStartError: 'ServiceStartError';
  readonly ServiceError: 'ServiceError';
};
export type P2PStateName = (typeof P2PStateEnum)[keyof typeof P2PStateEnum];
export interface PeerView {
  key: string;
  isActive: boolean;
}
export interface PermissionPort {
  request(scope: string): Promise<boolean>;
  openSettings(scope: string): Promise<boolean>;
}
export interface PlayErrorDetail {
  errType: FailureType;
  errMsg: string;
  errDetail: ErrorResult;
  isFatalError: boolean;
  action: 'autoRetry' | 'waitForRetry' | 'waitForChange';
  retryDelayMs: number;
}
export type PlayPhase = 'idle' | 'loading' | 'playing' | 'stopped' | 'ended' | 'error';
export interface PlayTarget {
  readonly id: string;
  readonly streamInfo: StreamInfo;
  readonly flv: FlvRequest;
  readonly hasStreamCheck: boolean;
  readonly survivesNetworkChange?: boolean;
}
export type PlaybackEmission = {
  [Name in keyof PlaybackEmissionMap]: {
    name: Name;
    detail: PlaybackEmissionMap[Name];
  };
}[keyof PlaybackEmissionMap];
export interface PlaybackEmissionMap {
  playbackStateChange: {
    phase: PlaybackPhase;
    positionMs: number;
  };
  playbackProgress: {
    positionMs: number;
  };
  playbackBroken: {
    startS: number;
    endS: number;
  };
  playbackError: {
    errcode: number;
    errmsg: string;
  };
  dayChange: {
    year: number;
    month: number;
    day: number;
    periods: readonly RecordedPeriod[];
  };
}
export type PlaybackPhase =
  'idle' | 'opening' | 'playing' | 'pausing' | 'paused' | 'resuming' | 'ended' | 'failed';
export interface PlaybackPlayer {
  open(params: string): void;
  aim(params: string): void;
  stop(): void;
}
export interface PlaybackState {
  readonly phase: PlaybackPhase;
  readonly periods: readonly RecordedPeriod[];
  readonly index: number;
  readonly positionMs: number;
  readonly pull: PlaybackPull;
  readonly isAlive: boolean;
  readonly seekMs: number | null;
  readonly speed: number;
  readonly epoch: number;
  readonly failures: number;
  readonly openedMs: number;
  readonly broken: readonly number[];
  readonly isDestroyed: boolean;
}
export interface PlaybackStoreOptions {
  owner: ModuleOwner;
  target: SessionTarget | null;
  channel?: number;
  locale: Locale;
  day?: Day | null;
  player: PlaybackPlayer;
  emit: (emission: PlaybackEmission) => void;
}
export interface PlaybackView {
  phase: PlaybackPhase;
  isRunning: boolean;
  canToggle: boolean;
  toggleText: string;
  positionMs: number;
  periodCount: number;
  brokenCount: number;
  timeText: string;
  speedText: string;
  message: string;
  canRetry: boolean;
}
export type PlayerDone = (errMsg: string | null) => void;
export type PlayerEmission = {
  [N in PlayerEmissionName]: {
    name: N;
    detail: PlayerEmissionMap[N];
  };
}[PlayerEmissionName];
export interface PlayerEmissionMap {
  p2pStateChange: {
    p2pState: P2PStateName;
  };
  streamStateChange: {
    streamState: StreamStateName;
  };
  playerStateChange: {
    playerState: PlayerStateName;
  };
  playError: PlayErrorDetail;
  systemPermissionDenied: {
    errcode: number;
    errmsg: string;
  };
  playStart: {
    times: StartTimes;
  };
  playEnd: Record<string, never>;
}
export type PlayerEvent =
  | {
      type: 'start';
      target: PlayTarget;
    }
  | {
      type: 'clearTarget';
    }
  | {
      type: 'play';
    }
  | {
      type: 'stop';
    }
  | {
      type: 'stopAll';
    }
  | {
      type: 'changeFlv';
      filename: string;
      params: string;
    }
  | {
      type: 'setAutoRetry';
      isOn: boolean;
    }
  | {
      type: 'pageHide';
    }
  | {
      type: 'pageShow';
    }
  | {
      type: 'destroy';
    }
  | {
      type: 'session';
      serviceEpoch: number;
      event: SessionEvent;
    }
  | {
      type: 'notify';
      streamEpoch: number;
      notice: Notice;
    }
  | {
      type: 'networkChanged';
    }
  | {
      type: 'checkDone';
      streamEpoch: number;
      error: ErrorResult | null;
    }
  | {
      type: 'streamDone';
      streamEpoch: number;
      error: ErrorResult | null;
    }
  | {
      type: 'firstChunk';
      streamEpoch: number;
    }
  | {
      type: 'playerReady';
      playerEpoch: number;
    }
  | {
      type: 'playerStartPull';
      playerEpoch: number;
    }
  | {
      type: 'playerClose';
      playerEpoch: number;
      cacheMs: number;
    }
  | {
      type: 'playerError';
      playerEpoch: number;
      code: string | number;
      message: string;
    }
  | {
      type: 'livePlayerError';
      playerEpoch: number;
      code: number;
      message: string;
    }
  | {
      type: 'livePlayerState';
      playerEpoch: number;
      code: number;
      message: string;
    }
  | {
      type: 'playerStopped';
      playerEpoch: number;
      stopEpoch: number;
    }
  | {
      type: 'playFailed';
      playerEpoch: number;
      message: string;
    }
  | {
      type: 'cacheExceeded';
    }
  | {
      type: 'watchDue';
      streamEpoch: number;
    }
  | {
      type: 'retryDue';
      retryEpoch: number;
    }
  | {
      type: 'retryPlanned';
      retryEpoch: number;
      delayMs: number;
    }
  | {
      type: 'retryDeclined';
      retryEpoch: number;
    };
export interface PlayerHandle {
  addChunk(chunk: ArrayBuffer): void;
  play(done: PlayerDone): void;
  stop(done: PlayerDone): void;
  snapshot(done: (result: SnapshotResult) => void): void;
}
export interface PlayerReadyDetail {
  playerExport: {
    addChunk(chunk: ArrayBuffer): void;
  };
  livePlayerContext: LivePlayerContext;
}
export interface PlayerState {
  readonly player: PlayerStateName;
  readonly p2p: P2PStateName;
  readonly stream: StreamStateName;
  readonly target: PlayTarget | null;
  readonly isWanted: boolean;
  readonly isPageVisible: boolean;
  readonly mayRebuild: boolean;
  readonly isDestroyed: boolean;
  readonly serviceEpoch: number;
  readonly hasService: boolean;
  readonly isLinkUp: boolean;
  readonly isNetworkChanged: boolean;
  readonly playerEpoch: number;
  readonly isPlayerMounted: boolean;
  readonly isAutoplay: boolean;
  readonly isPlayerStopping: boolean;
  readonly stopEpoch: number;
  readonly streamEpoch: number;
  readonly hasFirstFrame: boolean;
  readonly firstFrameAtMs: number;
  readonly isStarting: boolean;
  readonly startedAtMs: number;
  readonly times: StartTimes;
  readonly failure: Failure | null;
  readonly lastFailure: Failure | null;
  readonly isAutoRetry: boolean;
  readonly retry: 'none' | 'planned' | 'onShow';
  readonly retryAtMs: number;
  readonly retryEpoch: number;
  readonly retryAttempt: number;
  readonly retrySinceMs: number;
}
export declare const PlayerStateEnum: {
  readonly PlayerIdle: 'PlayerIdle';
  readonly PlayerPreparing: 'PlayerPreparing';
  readonly PlayerReady: 'PlayerReady';
  readonly PlayerError: 'PlayerError';
  readonly LivePlayerError: 'LivePlayerError';
  readonly LivePlayerStateError: 'LivePlayerStateError';
  readonly LocalServerError: 'LocalServerError';
};
export type PlayerStateName = (typeof PlayerStateEnum)[keyof typeof PlayerStateEnum];
export declare class PlayerStore {
  state: PlayerState;
  locale: Locale;
  stats: StatsRow[];
  isStatsOpen: boolean;
  isSoundFlipped: boolean;
  still: string;
  constructor(options: PlayerStoreOptions);
  get view(): PlayerView;
  get playerKeys(): number[];
  get isAutoplay(): boolean;
  dispatch(event: PlayerEvent): void;
  changeFlv(flv: FlvRequest): void;
  stillShown(): void;
  attachPlayer(playerEpoch: number, player: PlayerHandle): void;
  snapshot(done: (result: SnapshotResult) => void): void;
  setLocale(locale: Locale): void;
  setStatsOpen(isOpen: boolean): void;
  onNetStatus(info: Readonly<Record<string, unknown>>): void;
  setCacheThreshold(thresholdMs: number): void;
  playerClosed(playerEpoch: number): void;
  repairSound(): void;
  setTap(tap: StreamTap | null): void;
  destroy(): void;
}
export interface PlayerStoreOptions {
  owner: ModuleOwner;
  locale: Locale;
  retryPolicy: RetryPolicy;
  emit: (emission: PlayerEmission) => void;
  checkStream?: StreamCheck;
}
export interface PlayerView {
  phase: PlayPhase;
  message: string;
  reason: string;
  errorCode: string;
  isLoading: boolean;
  isPlaying: boolean;
  canPlay: boolean;
  canStop: boolean;
  canRetry: boolean;
  isFatal: boolean;
  action: 'retry' | 'reset' | 'none';
  actionText: string;
  retrySeconds: number;
  retryText: string;
  steps: StepView[];
}
export interface PtzAnswer {
  isDone: boolean;
  isAtEnd: boolean;
  position: PtzPosition | null;
}
export interface PtzButton {
  key: PtzKey;
  label: string;
  isDiagonal: boolean;
}
export type PtzCommandNames = Partial<Record<PtzKey | 'release' | 'gotoPreset' | 'setPreset', string>>;
export type PtzEmission = {
  [Name in keyof PtzEmissionMap]: {
    name: Name;
    detail: PtzEmissionMap[Name];
  };
}[keyof PtzEmissionMap];
export interface PtzEmissionMap {
  ptzAnswer: {
    command: string;
    isDone: boolean;
    isAtEnd: boolean;
    position: PtzPosition | null;
  };
  ptzError: {
    command: string;
    errcode: number;
    errmsg: string;
  };
}
export type PtzKey =
  'up' | 'down' | 'left' | 'right' | 'upLeft' | 'upRight' | 'downLeft' | 'downRight' | 'zoomIn' | 'zoomOut';
export interface PtzPosition {
  x: number;
  y: number;
  minX: number;
  maxX: number;
  minY: number;
  maxY: number;
}
export interface PtzStoreOptions {
  owner: ModuleOwner;
  target: SessionTarget | null;
  channel?: number;
  commandNames?: PtzCommandNames;
  locale: Locale;
  emit: (emission: PtzEmission) => void;
  vibrate: (strength: 'light' | 'heavy') => void;
}
export interface PtzView {
  isEnabled: boolean;
  activeKey: PtzKey | '';
  endKey: PtzKey | '';
  message: string;
}
export interface PusherHandle {
  start(done: (errMsg: string | null) => void): void;
  stop(): void;
}
export declare const QUALITIES: readonly ['standard', 'high', 'super'];
export type Quality = (typeof QUALITIES)[number];
export interface QualityChoice {
  value: Quality;
  label: string;
  isSelected: boolean;
}
export interface ReadHandle {
  readonly fileBytes: number;
  read(buffer: ArrayBuffer, position: number, done: (byteCount: number, errmsg: string | null) => void): void;
  close(done: () => void): void;
}
export type RecordEmission = {
  [Name in keyof RecordEmissionMap]: {
    name: Name;
    detail: RecordEmissionMap[Name];
  };
}[keyof RecordEmissionMap];
export interface RecordEmissionMap {
  recordStateChange: {
    recordState: RecordPhase;
  };
  recordSaved: {
    filePath: string;
    fileBytes: number;
    durationMs: number;
    end: RecordEnd;
    format: RecordFormat;
    isSoundLeftOut: boolean;
  };
  recordError: {
    errMsg: string;
  };
}
export type RecordEnd = 'stopped' | 'limit' | 'error';
export type RecordFormat = 'flv' | 'mp4';
export type RecordPhase = 'idle' | 'opening' | 'waiting' | 'recording' | 'closing';
export interface RecordState {
  readonly phase: RecordPhase;
  readonly epoch: number;
  readonly durationMs: number;
  readonly errmsg: string;
  readonly end: RecordEnd;
  readonly isDestroyed: boolean;
}
export interface RecordStoreOptions {
  environment: Environment;
  files: FilePort;
  newPath: (format: RecordFormat) => string;
  format?: () => RecordFormat;
  maxBytes?: number;
  emit: (emission: RecordEmission) => void;
}
export interface RecordedPeriod {
  startS: number;
  endS: number;
  type: number;
}
export interface RemuxOptions {
  files: FilePort;
  from: string;
  to: string;
  wallMs: number;
}
export interface RemuxResult {
  errmsg: string;
  fileBytes: number;
  isSoundLeftOut: boolean;
}
export type RetryPolicy = (attempt: number, elapsedMs: number, error: ErrorResult) => number | null;
export type Saving = 'saving' | 'saved' | 'savedSilent' | 'refused' | 'failed';
export interface SendOptions extends CommandOptions {
  channel?: number;
}
export type SessionEvent =
  | {
      type: 'readied';
    }
  | {
      type: 'started';
    }
  | {
      type: 'failed';
      stage: 'module' | 'service';
      error: ErrorResult;
    }
  | {
      type: 'connected';
      pathKind: string;
    }
  | {
      type: 'waterMark';
      isHigh: boolean;
    }
  | {
      type: 'disconnected';
      error: ErrorResult;
    };
export interface SessionLease {
  readonly id: string;
  readonly module: P2PModule;
  readonly state: SessionState;
  start(): void;
  startStream(stream: SessionStream): Promise<unknown>;
  stopStream(): void;
  release(): void;
}
export type SessionListener = (event: SessionEvent) => void;
export declare class SessionRegistry {
  constructor(host: SessionHost);
  acquire(target: SessionTarget, listener: SessionListener): SessionLease;
  prestart(target: SessionTarget, lingerMs?: number): () => void;
  drop(error: ErrorResult): void;
  get size(): number;
  destroy(): void;
}
export type SessionState =
  | {
      readonly phase: 'idle';
      readonly epoch: number;
    }
  | {
      readonly phase: 'readying';
      readonly epoch: number;
    }
  | {
      readonly phase: 'starting';
      readonly epoch: number;
    }
  | {
      readonly phase: 'started';
      readonly epoch: number;
      readonly pathKind: string;
    }
  | {
      readonly phase: 'lost';
      readonly epoch: number;
      readonly error: ErrorResult;
    };
export interface SessionStream {
  readonly flv: {
    filename: string;
    params: string;
  };
  readonly dataCallback: DataCallback;
  readonly onNotice: (notice: Notice) => void;
}
export interface SessionTarget {
  readonly id: string;
  readonly streamInfo: StreamInfo;
}
export interface SnapshotResult {
  tempImagePath: string;
  errMsg: string;
}
export type StartStep =
  'module' | 'service' | 'player' | 'pull' | 'link' | 'request' | 'header' | 'firstByte' | 'picture';
export type StartTimes = Readonly<Partial<Record<StartStep, number>>>;
export interface StatsRow {
  label: string;
  value: string;
}
export type StepName = (typeof STEPS)[number];
export interface StepView {
  name: StepName;
  label: string;
  state: 'done' | 'active' | 'waiting';
  time: string;
}
export type StreamCheck = (flv: FlvRequest) => Promise<unknown>;
export declare const StreamStateEnum: {
  readonly StreamIdle: 'StreamIdle';
  readonly StreamWaitPull: 'StreamWaitPull';
  readonly StreamReceivePull: 'StreamReceivePull';
  readonly StreamLocalServerError: 'StreamLocalServerError';
  readonly StreamChecking: 'StreamChecking';
  readonly StreamCheckSuccess: 'StreamCheckSuccess';
  readonly StreamCheckError: 'StreamCheckError';
  readonly StreamPreparing: 'StreamPreparing';
  readonly StreamStarted: 'StreamStarted';
  readonly StreamStartError: 'StreamStartError';
  readonly StreamRequest: 'StreamRequest';
  readonly StreamHeaderParsed: 'StreamHeaderParsed';
  readonly StreamDataReceived: 'StreamDataReceived';
  readonly StreamDataPause: 'StreamDataPause';
  readonly StreamDataEnd: 'StreamDataEnd';
  readonly StreamError: 'StreamError';
};
export type StreamStateName = (typeof StreamStateEnum)[keyof typeof StreamStateEnum];
export interface StreamStatus {
  status: number;
  viewerCount: number;
}
export interface StreamTap {
  onStart(): void;
  onChunk(chunk: ArrayBuffer): void;
}
export interface SwarmStoreOptions {
  owner: ModuleOwner;
  locale: Locale;
  isUploadOn: boolean;
}
export interface SwarmView {
  isShown: boolean;
  sharePercent: number;
  shareText: string;
  stateText: string;
  serverText: string;
  meText: string;
  isServerActive: boolean;
  parents: PeerView[];
  children: PeerView[];
  isUploadOn: boolean;
  uploadText: string;
  rows: {
    label: string;
    value: string;
  }[];
}
export interface TileView {
  key: number;
  targetId: string;
  xp2pInfo: string;
  productId: string;
  deviceName: string;
  flvUrl: string;
  name: string;
  isOpened: boolean;
  isShown: boolean;
  isFocused: boolean;
  isMuted: boolean;
  isPlaying: boolean;
  isLoading: boolean;
  canRetry: boolean;
  message: string;
}
export interface TimelineRange {
  readonly startMs: number;
  readonly endMs: number;
}
export interface TimelineWindow {
  readonly centerMs: number;
  readonly msPerPx: number;
  readonly widthPx: number;
}
export type TimerHandle = number | object;
export type VoiceEmission = {
  [Name in keyof VoiceEmissionMap]: {
    name: Name;
    detail: VoiceEmissionMap[Name];
  };
}[keyof VoiceEmissionMap];
export interface VoiceEmissionMap {
  voiceStateChange: {
    voiceState: VoicePhase;
    isInterrupted: boolean;
  };
  uplinkChange: {
    isSlow: boolean;
  };
  voiceError: {
    kind: VoiceProblem['kind'];
    errcode: number;
    errmsg: string;
  };
}
export type VoiceMode = 'recorder' | 'pusher' | 'duplexAudio' | 'duplexVideo';
export type VoicePhase = 'idle' | 'asking' | 'linking' | 'checking' | 'starting' | 'talking';
export interface VoiceStoreOptions {
  owner: ModuleOwner;
  target: SessionTarget | null;
  channel?: number;
  mode?: VoiceMode;
  trigger?: VoiceTrigger;
  checksDevice?: boolean;
  recorderOptions?: RecorderOptions;
  getRecorder: () => RecorderManagerLike | null;
  permission: PermissionPort;
  locale: Locale;
  emit: (emission: VoiceEmission) => void;
}
export type VoiceTrigger = 'hold' | 'toggle';
export interface VoiceView {
  isTalking: boolean;
  isPreparing: boolean;
  message: string;
  isProblem: boolean;
  canOpenSettings: boolean;
}
export declare function addLocale(name: string, texts: Partial<LocaleTexts>): void;
export declare function channelsOf(said: unknown): Channel[];
export declare function checkReset(): Promise<ErrorResult | null>;
export declare function configureP2P(next: P2PConfig): void;
export declare function createBackoff(options: BackoffOptions): RetryPolicy;
export declare function createLocale(name: string, overrides?: Partial<LocaleTexts>): Locale;
export declare function createModuleOwner(options: ModuleOwnerOptions): ModuleOwner;
export declare function createPlayerHandle(detail: PlayerReadyDetail): PlayerHandle;
export declare function createPortEnvironment(port?: Port): Environment;
export declare function getModuleOwner(): ModuleOwner;
export declare function getParam(params: string, name: string): string;
export declare function offerLocalServerReset(reset: () => void | Promise<unknown>): void;
export declare function parseFlvUrl(url: string): FlvRequest;
export declare function prestart(camera: CameraProps, lingerMs?: number): () => void;
export declare function streamInfoOf(camera: CameraProps): StreamInfo;
export declare function withParam(params: string, name: string, value: string): string;
