import { createLocale, streamInfoOf } from '../../store/index';
import type { Locale, SessionTarget } from '../../store/index';
import { phoneLanguage } from './phone';

/** Properties of every component that does one thing with a camera. The same `targetId` shares the player's link. */
export const CAMERA_PROPS = {
  /** Id of the service, as the player's. */
  targetId: { type: String, value: '' },
  /** Ticket of the camera. Nothing is connected before `targetId` and `xp2pInfo` are there. */
  xp2pInfo: { type: String, value: '' },
  productId: { type: String, value: '' },
  deviceName: { type: String, value: '' },
  channel: { type: Number, value: 0 },
  /** 'zh-CN' | 'en'; '' is the phone's language. */
  language: { type: String, value: '' },
  /** Replaces single texts, by key (docs/texts.md). */
  texts: { type: Object, value: {} },
  /** 'light' | 'dark'; '' follows the phone. */
  theme: { type: String, value: '' },
};

interface CameraProps {
  targetId: string;
  xp2pInfo: string;
  productId: string;
  deviceName: string;
}

/** Null while something that a link needs is missing. */
export function cameraOf(props: CameraProps): SessionTarget | null {
  if (props.targetId === '' || props.xp2pInfo === '') return null;
  return { id: props.targetId, streamInfo: streamInfoOf(props) };
}

/** Observers run for equal values too, and an equal camera must not be left and entered again. */
export function cameraKey(props: CameraProps & { channel: number }): string {
  const { targetId, xp2pInfo, productId, deviceName, channel } = props;
  return JSON.stringify([targetId, xp2pInfo, productId, deviceName, channel]);
}

export function localeOf({ language, texts }: { language: string; texts: object }): Locale {
  return createLocale(language || phoneLanguage(), texts || {});
}
