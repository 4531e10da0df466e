/** How long each thing that waits may wait, in ms. Given at `init`; what is left out keeps its default. */
export interface Timeouts {
  /** `init` and `resetP2P`: -2202. Default 10 000. */
  initMs?: number;
  /** From `startP2PService` to a path to the camera: `disconnect` with -2801, -2802 or -2805. Default 10 000. */
  connectMs?: number;
  /** From `startStream` to the camera's answer, connecting included: -2402, cause -2809. Default 12 000. */
  streamMs?: number;
  /** From `sendCommand` to the complete answer: type 'timeout', -2809. Default 10 000. */
  commandMs?: number;
  /** From `startVoice` or `startVoiceData` to the camera's answer, connecting included: -2601. Default 12 000. */
  voiceMs?: number;
  /** From the camera's yes to the first sound: the platform may ask the user for the microphone. -2601. Default 30 000. */
  recorderMs?: number;
  /** From `startLocalDownload` to the camera's answer, connecting included: `onError` with -2809, -2701. Default 12 000. */
  downloadMs?: number;
  /** A download that gets no byte for this long, on a link that lives: `onError` with -2809, -2701. Default 30 000. */
  downloadStallMs?: number;
  /**
   * Of a shared stream: after this long the platform ends a request, whatever it does (`networkTimeout.request` of app.json).
   * Another one takes over before, without a seam. The platform's default, and ours, is the same. Default 60 000.
   */
  requestLimitMs?: number;
}

export const DEFAULT_TIMEOUTS: Required<Timeouts> = {
  initMs: 10_000,
  connectMs: 10_000,
  streamMs: 12_000,
  commandMs: 10_000,
  voiceMs: 12_000,
  recorderMs: 30_000,
  downloadMs: 12_000,
  downloadStallMs: 30_000,
  requestLimitMs: 60_000,
};
