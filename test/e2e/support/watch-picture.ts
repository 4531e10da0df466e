import type { Frame } from 'playwright-core';

/** What the box of a player showed since `watchPicture`. */
export interface PictureWatch {
  /** Frames of the browser that were looked at. */
  frames: number;
  /** Those in which there was nothing to see: no picture of the video, and no still over it. */
  emptyFrames: number;
  /** A still lay over the video at some moment. */
  hadStill: boolean;
}

interface WatchingWindow {
  pictureWatch: PictureWatch & { stop(): void };
}

/**
 * Watches the box of the first player in the page itself: the still that bridges two streams may be there for a few frames
 * only, which no question from outside is sure to meet.
 */
export async function watchPicture(frame: Frame): Promise<() => Promise<PictureWatch>> {
  await frame.evaluate(() => {
    const still = (): HTMLImageElement | null => document.querySelector('[class*="--poster"] img');
    const observer = new MutationObserver(() => {
      if (still() !== null) watch.hadStill = true;
    });
    let request = 0;
    const watch = {
      frames: 0,
      emptyFrames: 0,
      hadStill: false,
      stop() {
        observer.disconnect();
        cancelAnimationFrame(request);
      },
    };
    const look = (): void => {
      const video = document.querySelector('video');
      const hasPicture = video !== null && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
      watch.frames += 1;
      if (!hasPicture && !(still()?.naturalWidth ?? 0)) watch.emptyFrames += 1;
      request = requestAnimationFrame(look);
    };
    observer.observe(document.body, { childList: true, subtree: true });
    look();
    (window as unknown as WatchingWindow).pictureWatch = watch;
  });
  return () =>
    frame.evaluate(() => {
      const { pictureWatch } = window as unknown as WatchingWindow;
      pictureWatch.stop();
      const { frames, emptyFrames, hadStill } = pictureWatch;
      return { frames, emptyFrames, hadStill };
    });
}
