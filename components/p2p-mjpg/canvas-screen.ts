import type { MjpgScreen, PictureSize } from '../../store/mjpg/index';

/** What the screen uses of a canvas node (type 2d). */
export interface ScreenCanvas {
  width: number;
  height: number;
  getContext(type: '2d'): ScreenContext | null;
  createImage(): ScreenImage;
}

export interface ScreenContext {
  setTransform(a: number, b: number, c: number, d: number, e: number, f: number): void;
  clearRect(x: number, y: number, width: number, height: number): void;
  drawImage(image: ScreenImage, x: number, y: number, width: number, height: number): void;
}

export interface ScreenImage {
  width: number;
  height: number;
  src: string;
  onload: (() => void) | null;
  onerror: (() => void) | null;
}

export interface ScreenLayout {
  /** Of the canvas on the page. */
  widthPx: number;
  heightPx: number;
  /** The picture lies on its side. */
  isTurned: boolean;
  /** It fills the box, and what does not fit is cut off. */
  isFilled: boolean;
}

/** More than two canvas pixels for one of the page cost time that no eye sees. */
const MAX_PIXEL_RATIO = 2;

/**
 * Draws JPEG pictures on a canvas. The bytes go to the platform's decoder as a data URI: no file, no setData, and, since
 * each has another address, no cache of images that shows an old one.
 */
export class CanvasScreen implements MjpgScreen {
  private layout: ScreenLayout = { widthPx: 0, heightPx: 0, isTurned: false, isFilled: false };

  /** Only one picture is drawn at a time, so one image does for all. */
  private readonly image: ScreenImage;
  private readonly ratio: number;

  constructor(
    private readonly canvas: ScreenCanvas,
    private readonly context: ScreenContext,
    pixelRatio: number,
    private readonly toBase64: (bytes: ArrayBuffer) => string,
  ) {
    this.image = canvas.createImage();
    this.ratio = Math.min(MAX_PIXEL_RATIO, pixelRatio);
  }

  /** Draws what is shown again, if the size changed. */
  setLayout(layout: ScreenLayout): void {
    const { canvas, ratio } = this;
    this.layout = layout;
    const width = Math.round(layout.widthPx * ratio);
    const height = Math.round(layout.heightPx * ratio);
    if (width === 0 || height === 0) return;
    // Setting either clears the canvas.
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    this.draw();
  }

  show(jpeg: Uint8Array, done: (size: PictureSize | null) => void): void {
    const { image } = this;
    image.onload = () => {
      this.draw();
      done({ widthPx: image.width, heightPx: image.height });
    };
    image.onerror = () => done(null);
    image.src = `data:image/jpeg;base64,${this.toBase64(jpeg.buffer as ArrayBuffer)}`;
  }

  dispose(): void {
    this.image.onload = this.image.onerror = null;
  }

  private draw(): void {
    const { canvas, context, image, layout } = this;
    const { width, height } = image;
    if (!(width > 0 && height > 0)) return;
    const boxWidth = layout.isTurned ? canvas.height : canvas.width;
    const boxHeight = layout.isTurned ? canvas.width : canvas.height;
    const scales = [boxWidth / width, boxHeight / height];
    const scale = layout.isFilled ? Math.max(...scales) : Math.min(...scales);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    // About the middle; turned as live-player's `horizontal`: the top of the picture to the left.
    const [x, y] = [canvas.width / 2, canvas.height / 2];
    if (layout.isTurned) context.setTransform(0, -1, 1, 0, x, y);
    else context.setTransform(1, 0, 0, 1, x, y);
    context.drawImage(image, (-width * scale) / 2, (-height * scale) / 2, width * scale, height * scale);
  }
}
