import { parseFlvUrl, streamInfoOf } from '../../store/index';
import type { PlayTarget, StreamCheck } from '../../store/index';

/** The properties that say what is played. */
export interface TargetProps {
  mode: string;
  targetId: string;
  xp2pInfo: string;
  productId: string;
  deviceName: string;
  flvUrl: string;
  networkChange: string;
  checkFunctions: object;
}

/** Null while something that playing needs is missing. */
export function toTarget(props: TargetProps): PlayTarget | null {
  const { mode, targetId, xp2pInfo, flvUrl, networkChange } = props;
  const isShared = mode === 'server';
  if (targetId === '' || (isShared ? flvUrl : xp2pInfo) === '') return null;
  const streamInfo = streamInfoOf(props);
  return {
    id: targetId,
    streamInfo,
    flv: parseFlvUrl(streamInfo.url),
    hasStreamCheck: streamCheckOf(props.checkFunctions) !== null,
    survivesNetworkChange: networkChange === '' ? isShared : networkChange === 'continue',
  };
}

/** Observers run for equal values too; equal targets must not restart the picture. */
export function isSameTarget(a: PlayTarget | null, b: PlayTarget | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.id === b.id &&
    a.hasStreamCheck === b.hasStreamCheck &&
    a.survivesNetworkChange === b.survivesNetworkChange &&
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
