import type { ByteFile } from './byte-file';
import type { FlvIndex } from './flv-index';

/** One recorded file of one channel. */
export interface RecordedClip {
  /** What a download asks for; unique within the channel. */
  fileName: string;
  /** Unix seconds. */
  startS: number;
  /** Unix seconds, above `startS`. */
  endS: number;
  /** The kind of recording, whose meaning is the maker's own (Tencent's list of signaling commands); 0 here: continuous. */
  type: number;
  file: ByteFile;
  /** Where the tags of an FLV file are; null for a file that can be downloaded but not played, such as MP4. */
  flvIndex: (() => FlvIndex) | null;
}

export type PlayableClip = RecordedClip & { flvIndex: () => FlvIndex };

/** What one channel has recorded. */
export class Recordings {
  private clips: readonly RecordedClip[];

  constructor(clips: readonly RecordedClip[] = []) {
    this.clips = [...clips].sort((a, b) => a.startS - b.startS);
  }

  get hasPlayable(): boolean {
    return this.clips.some(isPlayable);
  }

  /** Forgets all of them, as when the card is formatted. Files stay. */
  clear(): void {
    this.clips = [];
  }

  /** A clip that has just been recorded. */
  add(clip: RecordedClip): void {
    this.clips = [...this.clips, clip].sort((a, b) => a.startS - b.startS);
  }

  /** A clip that is not kept any longer; who is watching it has it open. */
  remove(fileName: string): void {
    this.clips = this.clips.filter((clip) => clip.fileName !== fileName);
  }

  /** The clips that share a moment with [startS, endS), the oldest first. */
  within(startS: number, endS: number): RecordedClip[] {
    return this.clips.filter((clip) => clip.startS < endS && clip.endS > startS);
  }

  playableWithin(startS: number, endS: number): PlayableClip[] {
    return this.within(startS, endS).filter(isPlayable);
  }

  find(fileName: string): RecordedClip | null {
    return this.clips.find((clip) => clip.fileName === fileName) ?? null;
  }

  /** Bit n tells of a recording on day n + 1 of the month (1 to 12), by this host's time zone, as is usual for cameras. */
  monthBits(year: number, month: number): number {
    let bits = 0;
    for (let day = 1; day <= new Date(year, month, 0).getDate(); day++) {
      const startS = new Date(year, month - 1, day).getTime() / 1000;
      const endS = new Date(year, month - 1, day + 1).getTime() / 1000;
      if (this.playableWithin(startS, endS).length > 0) bits += 2 ** (day - 1);
    }
    return bits;
  }
}

function isPlayable(clip: RecordedClip): clip is PlayableClip {
  return clip.flvIndex !== null;
}
