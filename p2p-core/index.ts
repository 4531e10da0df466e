import { createP2PModule as createModule } from './api/module';
import type { P2PModuleOptions } from './api/module';
import type { OurP2PModule } from './api/types';
import type { Port } from './port/port';
import { createWxPort } from './port/wx-port';

/** The only entry of the core: the guide's p2pModule, its types, codes and enums. */
export { CORE_VERSION } from './api/module';
export type { P2PModuleOptions } from './api/module';
export type { Timeouts } from './api/timeouts';
export type { ServiceStats, StartSteps, StreamStats } from './api/stats';
export type { SwarmStats } from './api/types';
export { XP2PDevNotify_SubType, XP2PEventEnum, XP2PLocalEventEnum, XP2PNotify_SubType } from './api/enums';
export type {
  AppParams,
  CommandOptions,
  CommandResult,
  DataCallback,
  DeprecatedNames,
  InitOptions,
  LocalDownloadCallbacks,
  LocalDownloadOptions,
  LocalDownloadResult,
  Extras,
  GuideModule,
  MsgCallback,
  OurP2PModule,
  P2PModule,
  RecorderManagerLike,
  RecorderOptions,
  ServerOptions,
  PathPolicy,
  TurnServer,
  ServiceCallbacks,
  StreamInfo,
  StreamParams,
  SwarmOptions,
  Undocumented,
  VoiceCallbacks,
  VoiceDataOptions,
  VoiceOptions,
  VoiceWriter,
} from './api/types';
export { sha256Mix } from './api/digest';
export { FlvTagType, createFlvReader, flvHeader, flvTag } from './api/flv';
export type { FlvReader, FlvTag } from './api/flv';
export { ErrCode, P2PError, isErrorResult, toErrorResult } from './errors';
export type { ErrorResult } from './errors';
export type { Clock, Log, LogLevel, NetworkChange, Port } from './port/port';
export { createWxPort } from './port/wx-port';

/** A module on a port of the app's. Every one is independent. */
export const createP2PModule: (port: Port, options?: P2PModuleOptions) => OurP2PModule = createModule;

/** A module on the mini program's own sockets. Make one for the app and keep it: it owns the one UDP socket. */
export function createWxP2PModule(): OurP2PModule {
  return createModule(createWxPort());
}
