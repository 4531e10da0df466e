import { ErrCode } from '../../p2p-core/index';
import type { SwarmOptions } from '../../p2p-core/index';
import { parseFlvUrl, streamInfoOf } from '../../store/index';
import type { FlvRequest, PlayTarget, StreamCheck } from '../../store/index';

/** The properties that say what is played. */
export interface TargetProps {
  mode: string;
  targetId: string;
  xp2pInfo: string;
  productId: string;
  deviceName: string;
  flvUrl: string;
  networkChange: string;
  /** Of mode 'server' only. */
  swarm?: object;
  checkFunctions: object;
}

interface CheckFunctions {
  checkIsFlvValid?: (flv: FlvRequest) => boolean;
  checkCanStartStream?: StreamCheck;
}

/** Null while something that playing needs is missing. `defaultUrl` is played where `flvUrl` is empty. */
export function toTarget(props: TargetProps, defaultUrl = ''): PlayTarget | null {
  const { mode, targetId, xp2pInfo, flvUrl, networkChange } = props;
  const isShared = mode === 'server';
  if (targetId === '' || (isShared ? flvUrl : xp2pInfo) === '') return null;
  const streamInfo = streamInfoOf(Object.assign({}, props, { flvUrl: flvUrl || defaultUrl }));
  const swarm = props.swarm as SwarmOptions | undefined;
  if (isShared && swarm && swarm.token) streamInfo.swarm = Object.assign({}, swarm);
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
  return a.streamInfo.url === b.streamInfo.url && isSameCamera(a, b);
}

/** Another stream over the link that is there already. */
export function isOtherStream(a: PlayTarget, b: PlayTarget): boolean {
  return isSameCamera(a, b) && !!a.streamInfo.xp2pInfo;
}

function isSameCamera(a: PlayTarget, b: PlayTarget): boolean {
  return (
    a.id === b.id &&
    a.hasStreamCheck === b.hasStreamCheck &&
    a.survivesNetworkChange === b.survivesNetworkChange &&
    a.streamInfo.xp2pInfo === b.streamInfo.xp2pInfo &&
    tokenOf(a) === tokenOf(b) &&
    a.streamInfo.productId === b.streamInfo.productId &&
    a.streamInfo.deviceName === b.streamInfo.deviceName
  );
}

const tokenOf = ({ streamInfo: { swarm } }: PlayTarget): string => (swarm ? swarm.token : '');

/** The host's questions before a pull, as one; null when it has none. */
export function streamCheckOf(functions: unknown): StreamCheck | null {
  const { checkIsFlvValid: isValid, checkCanStartStream: canStart } = (functions || {}) as CheckFunctions;
  if (typeof isValid !== 'function') return typeof canStart === 'function' ? canStart : null;
  return async (flv) => {
    if (isValid(flv)) return typeof canStart === 'function' ? canStart(flv) : undefined;
    const errmsg = `checkIsFlvValid refused ${flv.filename}?${flv.params}`;
    return Promise.reject({ errcode: ErrCode.BadArgument, errmsg });
  };
}
