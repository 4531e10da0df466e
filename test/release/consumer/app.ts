// What an app in TypeScript writes. Compiled against the packed declarations by ../types.test.ts: every line that is marked has
// to be refused, and every other one has to pass.
import {
  addLocale,
  CameraLink,
  configureP2P,
  createLocale,
  createWxP2PModule,
  ErrCode,
  getModuleOwner,
  prestart,
  streamInfoOf,
} from 'iot-p2p-player';
import type { ErrorResult, LocaleTexts, P2PModule, PlayErrorDetail, PlayerView } from 'iot-p2p-player';
import type { CommonPlayerEventMap } from 'iot-p2p-player/components/iot-p2p-common-player/events';
import type { CommonPlayerExport } from 'iot-p2p-player/components/iot-p2p-common-player/exported';
import type { IpcPlayerExport } from 'iot-p2p-player/components/iot-p2p-player-ipc/exported';
import { PtzStore } from 'iot-p2p-player/store/ptz/index';

configureP2P({
  servers: {
    signalingUrl: 'wss://mqtt.example.com/mqtt',
    stunServers: ['stun.example.com:3478'],
    turnServers: [{ server: 'turn.example.com:3478', username: 'app', password: 'secret' }],
  },
  timeouts: { connectMs: 10_000 },
});
// @ts-expect-error a server's name is misspelt
configureP2P({ servers: { signalingURL: 'wss://mqtt.example.com/mqtt' } });
// @ts-expect-error a plugin is not the module itself
configureP2P({ module: { p2p: {} } });

const takeBack: () => void = prestart({ targetId: 'front-door', xp2pInfo: 'XP2P…' });
takeBack();
// @ts-expect-error without what names the camera
prestart({ xp2pInfo: 'XP2P…' });

const p2p: P2PModule = createWxP2PModule();
p2p
  .startStream('front-door', { dataCallback: (data: ArrayBuffer) => void data.byteLength })
  .then((res: number) => res === ErrCode.Ok);
// @ts-expect-error data comes as an ArrayBuffer
void p2p.startStream('front-door', { dataCallback: (data: string) => void data });

export function onPlayError({ detail }: { detail: PlayErrorDetail }): ErrorResult {
  if (detail.action === 'autoRetry') return { errcode: 0, errmsg: String(detail.retryDelayMs) };
  // @ts-expect-error there is no such step
  if (detail.action === 'again') return detail.errDetail;
  return detail.errDetail;
}

export function onViewChange(view: PlayerView): string {
  // @ts-expect-error it is a string
  const phase: number = view.phase;
  return `${phase} ${view.message}`;
}

export function drive(player: CommonPlayerExport, ipc: IpcPlayerExport): Promise<{ tempImagePath: string }> {
  player.changeFlv({ filename: 'ipc.flv', params: 'action=live&channel=0&quality=high' });
  ipc.changeQuality('super');
  // @ts-expect-error a quality that no camera has
  ipc.changeQuality('best');
  // @ts-expect-error the small player has no controls
  player.setFullView(true);
  return ipc.snapshot();
}

export type Times = CommonPlayerEventMap['playStart']['times'];

const words: Partial<LocaleTexts> = { 'action.retry': 'Tentar de novo' };
addLocale('pt', words);
// @ts-expect-error there is no such text
addLocale('pt', { 'action.dance': 'Dançar' });
createLocale('pt').text('action.retry');

const camera = { id: 'front-door', streamInfo: streamInfoOf({ targetId: 'front-door', xp2pInfo: 'XP2P…' }) };
const link = new CameraLink(getModuleOwner(), camera, {}, (error) => {
  if (error !== null) console.log(error.errcode);
});
void link.commands.getRecordedDays(2026, 11).then((days: number[]) => days.length);
// @ts-expect-error a month is a number
void link.commands.getRecordedDays(2026, '11');

export const store: typeof PtzStore = PtzStore;
