import { DEFAULT_LIVE_URL, parseFlvUrl } from '../../store/index';
import type { PlayTarget, StreamCheck } from '../../store/index';

/** The properties that say what is played. */
export interface TargetProps {
  targetId: string;
  xp2pInfo: string;
  productId: string;
  deviceName: string;
  flvUrl: string;
  checkFunctions: object;
}

/** Null while something that playing needs is missing. */
export function toTarget(props: TargetProps): PlayTarget | null {
  const { targetId, xp2pInfo, productId, deviceName } = props;
  if (targetId === '' || xp2pInfo === '') return null;
  const url = props.flvUrl === '' ? DEFAULT_LIVE_URL : props.flvUrl;
  return {
    id: targetId,
    streamInfo: { url, productId, deviceName, xp2pInfo },
    flv: parseFlvUrl(url),
    hasStreamCheck: streamCheckOf(props.checkFunctions) !== null,
  };
}

/** Observers run for equal values too; equal targets must not restart the picture. */
export function isSameTarget(a: PlayTarget | null, b: PlayTarget | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.id === b.id &&
    a.hasStreamCheck === b.hasStreamCheck &&
    a.streamInfo.url === b.streamInfo.url &&
    a.streamInfo.xp2pInfo === b.streamInfo.xp2pInfo &&
    a.streamInfo.productId === b.streamInfo.productId &&
    a.streamInfo.deviceName === b.streamInfo.deviceName
  );
}

export function streamCheckOf(functions: unknown): StreamCheck | null {
  const check = (functions as { checkCanStartStream?: unknown } | null | undefined)?.checkCanStartStream;
  return typeof check === 'function' ? (check as StreamCheck) : null;
}
