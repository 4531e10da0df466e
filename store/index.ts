/**
 * What an app may import from the package besides components: configuration, the stores of the live picture and of
 * commands, states and texts, and the types of all. The stores of one feature each have an entry of their own beside it
 * (`store/voice/index`, `store/ptz/index`…), so that an app without the feature does not carry its script.
 */
export {
  checkReset,
  configureP2P,
  getModuleOwner,
  offerLocalServerReset,
  prestart,
  streamInfoOf,
} from './default-owner';
export type { CameraProps, P2PConfig } from './default-owner';
export type { Environment, TimerHandle } from './environment';
export { createPortEnvironment } from './port-environment';
export { addLocale, createLocale } from './locale/locale';
export type { Locale, LocaleName } from './locale/locale';
export type { LocaleKey, LocaleTexts } from './locale/zh-cn';
export { createModuleOwner } from './module-owner';
export type { ModuleOwner, ModuleOwnerOptions, NetworkListener } from './module-owner';
export {
  DEFAULT_LIVE_URL,
  DEFAULT_MJPG_URL,
  IPC_URL_PREFIX,
  getParam,
  parseFlvUrl,
  withParam,
} from './player/flv-request';
export type { StreamCheck } from './player/player-driver';
export type { PlayErrorDetail, PlayerEmission, PlayerEmissionMap } from './player/player-emission';
export type { PlayerEvent } from './player/player-event';
export { createPlayerHandle } from './player/player-handle';
export type { PlayerDone, PlayerHandle, PlayerReadyDetail, SnapshotResult } from './player/player-handle';
export { P2PStateEnum, PlayerStateEnum, StreamStateEnum } from './player/player-state';
export type {
  FailureType,
  FlvRequest,
  P2PStateName,
  PlayTarget,
  PlayerState,
  PlayerStateName,
  StartStep,
  StartTimes,
  StreamStateName,
} from './player/player-state';
export { PlayerStore } from './player/player-store';
export type { PlayerStoreOptions } from './player/player-store';
export type { PlayPhase, PlayerView } from './player/player-view';
export type { StepName, StepView } from './player/start-view';
export type { StatsRow } from './player/stats-view';
export type { StreamTap } from './player/stream-sink';
export type { Notice } from './session/notice';
export type {
  ModuleEventListener,
  SessionLease,
  SessionListener,
  SessionStream,
  SessionTarget,
} from './session/p2p-session';
export type { SessionRegistry } from './session/session-registry';
export type { SessionEvent, SessionState } from './session/session-state';
export { createBackoff } from './retry-policy';
export type { BackoffOptions, RetryPolicy } from './retry-policy';
export { IpcControlsStore, QUALITIES, channelsOf } from './player/ipc-controls-store';
export type {
  Channel,
  ChannelChoice,
  ControlTexts,
  IpcControlsView,
  ObjectFit,
  Orientation,
  Quality,
  QualityChoice,
} from './player/ipc-controls-store';
export { DeviceStatus } from './command/command-answer';
export type { CommandError, JsonObject } from './command/command-answer';
export { CommandClient } from './command/command-client';
export type { CommandTarget, SendOptions } from './command/command-client';
export type { CommandParams } from './command/command-text';
export { DeviceCommands } from './command/device-commands';
export type {
  DeviceFile,
  NvrChannel,
  PtzAnswer,
  PtzPosition,
  RecordedPeriod,
  StreamStatus,
} from './command/device-commands';
export { CameraLink } from './command/camera-link';
export type { MultiEvent, MultiState } from './multi/multi-step';
export type {
  MultiEmission,
  MultiEmissionMap,
  MultiStoreOptions,
  MultiTile,
  MultiView,
  TileView,
} from './multi/multi-store';
export type { SwarmStoreOptions } from './swarm/swarm-store';
export type { PeerView, SwarmView } from './swarm/swarm-view';
export type { PtzCommandNames, PtzEmission, PtzEmissionMap, PtzStoreOptions } from './ptz/ptz-store';
export type { PtzKey } from './ptz/ptz-step';
export type { PtzButton, PtzView } from './ptz/ptz-view';
export type { PermissionPort } from './permission';
export type { DownloadEmission, DownloadEmissionMap, DownloadStoreOptions } from './download/download-store';
export type { DownloadItem, DownloadPhase, DownloadProblem, DownloadState } from './download/download-step';
export type { DownloadRow, Saving } from './download/download-view';
export type { ContentRecords, FileStore, OpenFile } from './download/file-store';
export type {
  PlaybackEmission,
  PlaybackEmissionMap,
  PlaybackPlayer,
  PlaybackStoreOptions,
} from './playback/playback-store';
export type { PlaybackPhase, PlaybackState } from './playback/playback-step';
export type { Listing } from './playback/day-list';
export type { PlaybackView } from './playback/playback-view';
export type { CalendarView, DayPicker, DayView } from './playback/day-picker';
export type { CalendarCell, Day } from './playback/calendar';
export type { TimelineRange, TimelineWindow } from './playback/timeline';
export type { VoiceEmission, VoiceEmissionMap, VoiceStoreOptions } from './voice/voice-store';
export type { PusherHandle } from './voice/talk-source';
export type { VoiceMode, VoicePhase } from './voice/voice-step';
export type { VoiceTrigger, VoiceView } from './voice/voice-view';
export type { AlbumPort, AlbumResult } from './album/save';
export type { AlbumEmission, AlbumEmissionMap, AlbumStoreOptions, AlbumView } from './album/album-store';
export type { FileHandle, FilePort, ReadHandle } from './snapshot/block-file';
export type { RemuxOptions, RemuxResult } from './snapshot/mp4-remux';
export type { RecordFormat } from './snapshot/recording-muxer';
export type { RecordEmission, RecordEmissionMap, RecordStoreOptions } from './snapshot/record-store';
export type { RecordEnd, RecordPhase, RecordState } from './snapshot/record-step';
export type { CaptureEmission, CaptureStoreOptions, CaptureView } from './snapshot/capture-store';
