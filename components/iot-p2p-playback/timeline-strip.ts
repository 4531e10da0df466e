import {
  clampWindow,
  dragBy,
  fling,
  formatTime,
  hitTest,
  periodAt,
  pxToTime,
  tickStepMs,
  timeToPx,
  zoomAbout,
} from '../../store/playback/index';
import type { RecordedPeriod, TimelineRange, TimelineWindow } from '../../store/index';

/** What the strip uses of a canvas node (type 2d). */
export interface StripCanvas {
  width: number;
  height: number;
  getContext(type: '2d'): StripContext | null;
  requestAnimationFrame(draw: () => void): number;
  cancelAnimationFrame(frame: number): void;
}

export interface StripContext {
  fillStyle: string;
  font: string;
  textAlign: string;
  scale(x: number, y: number): void;
  clearRect(x: number, y: number, width: number, height: number): void;
  fillRect(x: number, y: number, width: number, height: number): void;
  fillText(text: string, x: number, y: number): void;
}

export interface StripOptions {
  canvas: StripCanvas;
  widthPx: number;
  heightPx: number;
  pixelRatio: number;
  nowMs: () => number;
  /** The user chose a moment, in unix ms. */
  onPick: (timeMs: number) => void;
  /** The moment under the marker while a finger moves the strip; null when the picture's own counts again. */
  onLook: (timeMs: number | null) => void;
}

/** By type of a recording; the page's own colours go before these. */
const TYPE_COLORS = ['#3d8bff', '#f0a640', '#ff6b61', '#a07bff'];
/** Readable on light and on dark. */
const LINE = 'rgba(128,134,146,.55)';
const LABEL = '#737a86';
const TRACK = 'rgba(128,134,146,.14)';

const LABEL_PX = 18;
/** A finger that moves less than this taps. */
const TAP_PX = 8;
/** A tap this near to a recording means it. */
const REACH_PX = 12;
const GLIDE_MS = 200;
/** The speed of a finger is that of its last moments. */
const SPEED_MS = 80;
const START_MS_PER_PX = 20_000;
const WHEEL_STEP = 600;

type Glide =
  | { kind: 'fling'; startMs: number; speedPxPerMs: number; donePx: number }
  | { kind: 'to'; startMs: number; fromMs: number; toMs: number };

/**
 * The timeline on a canvas. It keeps and draws its own state at the screen's rate and touches neither store nor `setData`
 * for that: only a chosen moment goes out, and the position of the picture comes in.
 */
export class TimelineStrip {
  private window: TimelineWindow;
  private range: TimelineRange = { startMs: 0, endMs: 1 };
  private periods: readonly RecordedPeriod[] = [];
  private broken: readonly number[] = [];
  private colors: Readonly<Record<string, string>> = {};
  private positionMs = 0;
  private frame: number | null = null;
  private glide: Glide | null = null;
  /** Fingers of the gesture, in px from the left; none: the strip follows the picture. */
  private fingers: number[] = [];
  private movedPx = 0;
  private trail: { timeMs: number; px: number }[] = [];
  private readonly context: StripContext | null;

  constructor(private readonly options: StripOptions) {
    const { canvas, widthPx, heightPx, pixelRatio } = options;
    canvas.width = Math.round(widthPx * pixelRatio);
    canvas.height = Math.round(heightPx * pixelRatio);
    this.context = canvas.getContext('2d');
    if (this.context) this.context.scale(pixelRatio, pixelRatio);
    this.window = { centerMs: 0, msPerPx: START_MS_PER_PX, widthPx };
  }

  setDay(range: TimelineRange, periods: readonly RecordedPeriod[], broken: readonly number[]): void {
    const isOther = range.startMs !== this.range.startMs;
    this.range = range;
    this.periods = periods;
    this.broken = broken;
    this.window = clampWindow(this.window, range);
    if (isOther) this.look(this.positionMs);
    this.invalidate();
  }

  setColors(colors: Readonly<Record<string, string>>): void {
    this.colors = colors;
    this.invalidate();
  }

  /** The strip glides there, unless a finger has it. */
  setPosition(positionMs: number): void {
    this.positionMs = positionMs;
    if (this.fingers.length > 0 || (this.glide !== null && this.glide.kind === 'fling')) return;
    this.follow();
  }

  touchStart(fingers: number[]): void {
    const isHeld = this.glide !== null && this.glide.kind === 'fling';
    if (this.fingers.length === 0) this.movedPx = isHeld ? TAP_PX : 0;
    this.glide = null;
    this.fingers = fingers;
    this.trail = [];
  }

  touchMove(fingers: number[]): void {
    const before = this.fingers;
    if (before.length === 0 || fingers.length === 0) return;
    const dxPx = middle(fingers) - middle(before);
    this.fingers = fingers;
    // A finger more or less is no movement.
    if (fingers.length !== before.length) return;
    this.movedPx += Math.abs(dxPx);
    if (this.movedPx < TAP_PX && fingers.length === 1) return;
    let { window } = this;
    if (fingers.length > 1) {
      this.movedPx = TAP_PX;
      window = zoomAbout(window, middle(before), spread(fingers) / spread(before), this.range);
    }
    this.window = dragBy(window, dxPx, this.range);
    this.trail.push({ timeMs: this.options.nowMs(), px: middle(fingers) });
    if (this.trail.length > 8) this.trail.shift();
    this.options.onLook(this.window.centerMs);
    this.invalidate();
  }

  /** `fingers`: those that are still down. */
  touchEnd(fingers: number[]): void {
    const before = this.fingers;
    this.fingers = fingers;
    if (fingers.length > 0 || before.length === 0) return;
    if (this.movedPx < TAP_PX) return this.pick(hitTest(this.window, this.periods, before[0]!, REACH_PX));
    const nowMs = this.options.nowMs();
    const recent = this.trail.filter(({ timeMs }) => nowMs - timeMs < SPEED_MS);
    const first = recent[0];
    const last = recent[recent.length - 1];
    const speed =
      first && last && last.timeMs > first.timeMs ? (last.px - first.px) / (last.timeMs - first.timeMs) : 0;
    this.glide = { kind: 'fling', startMs: nowMs, speedPxPerMs: speed, donePx: 0 };
    this.invalidate();
  }

  /** The system took the fingers away: nothing was chosen. */
  touchCancel(): void {
    this.fingers = [];
    this.options.onLook(null);
    this.follow();
  }

  wheel(px: number, deltaY: number): void {
    this.zoom(px, Math.exp(-deltaY / WHEEL_STEP));
  }

  zoom(px: number, factor: number): void {
    this.window = zoomAbout(this.window, px, factor, this.range);
    // What plays stays under the marker.
    if (this.fingers.length === 0)
      this.window = clampWindow({ ...this.window, centerMs: this.positionMs }, this.range);
    this.invalidate();
  }

  dispose(): void {
    if (this.frame !== null) this.options.canvas.cancelAnimationFrame(this.frame);
    this.frame = null;
    this.fingers = [];
    this.glide = null;
  }

  private pick(timeMs: number): void {
    this.options.onLook(null);
    this.options.onPick(timeMs);
    // Where the choice led to nothing, back to where it was.
    this.follow();
  }

  private follow(): void {
    const { centerMs, msPerPx } = this.window;
    if (this.positionMs === centerMs && this.glide === null) return;
    // Steps of a picture that plays are no movement to animate.
    if (Math.abs(this.positionMs - centerMs) < 2 * msPerPx || this.context === null)
      return this.look(this.positionMs);
    this.glide = { kind: 'to', startMs: this.options.nowMs(), fromMs: centerMs, toMs: this.positionMs };
    this.invalidate();
  }

  private look(centerMs: number): void {
    this.glide = null;
    this.options.onLook(null);
    this.window = clampWindow({ ...this.window, centerMs }, this.range);
    this.invalidate();
  }

  private invalidate(): void {
    if (this.frame !== null || this.context === null) return;
    this.frame = this.options.canvas.requestAnimationFrame(() => {
      this.frame = null;
      this.move();
      this.draw();
    });
  }

  private move(): void {
    const { glide } = this;
    if (glide === null) return;
    const elapsedMs = this.options.nowMs() - glide.startMs;
    if (glide.kind === 'to') {
      const part = Math.min(1, elapsedMs / GLIDE_MS);
      const eased = 1 - (1 - part) * (1 - part);
      const centerMs = glide.fromMs + (glide.toMs - glide.fromMs) * eased;
      this.window = clampWindow({ ...this.window, centerMs }, this.range);
      if (part >= 1) this.glide = null;
      else this.invalidate();
      return;
    }
    const { distancePx, speedPxPerMs } = fling(glide.speedPxPerMs, elapsedMs);
    this.window = dragBy(this.window, distancePx - glide.donePx, this.range);
    glide.donePx = distancePx;
    if (speedPxPerMs === 0) {
      this.glide = null;
      this.pick(this.window.centerMs);
    } else {
      this.options.onLook(this.window.centerMs);
      this.invalidate();
    }
  }

  private draw(): void {
    const { context, window, periods } = this;
    const { heightPx } = this.options;
    if (context === null) return;
    const { widthPx } = window;
    context.clearRect(0, 0, widthPx, heightPx);
    const top = LABEL_PX;
    const trackPx = heightPx - LABEL_PX;
    const startPx = Math.max(0, timeToPx(window, this.range.startMs));
    const endPx = Math.min(widthPx, timeToPx(window, this.range.endMs));
    context.fillStyle = TRACK;
    context.fillRect(startPx, top, endPx - startPx, trackPx);
    const lastMs = pxToTime(window, widthPx);
    let drawnPx = -1;
    for (let i = Math.max(0, periodAt(periods, pxToTime(window, 0))); i < periods.length; i++) {
      const period = periods[i]!;
      const fromMs = period.startS * 1000;
      if (fromMs > lastMs) break;
      const fromPx = Math.max(timeToPx(window, fromMs), 0);
      // At least a pixel, so that a short one is seen; no pixel twice.
      const toPx = Math.max(Math.min(timeToPx(window, period.endS * 1000), widthPx), fromPx + 1);
      if (toPx <= drawnPx + 0.5) continue;
      drawnPx = toPx;
      const isBroken = this.broken.indexOf(period.startS) >= 0;
      context.fillStyle = isBroken
        ? LINE
        : this.colors[period.type] || TYPE_COLORS[period.type] || TYPE_COLORS[0]!;
      context.fillRect(fromPx, top, toPx - fromPx, trackPx);
    }
    this.drawTicks(context, heightPx);
  }

  private drawTicks(context: StripContext, heightPx: number): void {
    const { window, range } = this;
    const stepMs = tickStepMs(window.msPerPx);
    const firstMs = Math.max(range.startMs, pxToTime(window, -40));
    const lastMs = Math.min(range.endMs, pxToTime(window, window.widthPx + 40));
    context.font = '11px sans-serif';
    context.textAlign = 'center';
    // Steps count from midnight, so that labels are round in every time zone.
    for (
      let at = range.startMs + Math.ceil((firstMs - range.startMs) / stepMs) * stepMs;
      at <= lastMs;
      at += stepMs
    ) {
      const px = Math.round(timeToPx(window, at));
      context.fillStyle = LINE;
      context.fillRect(px, LABEL_PX, 1, heightPx > 40 ? 8 : 4);
      context.fillStyle = LABEL;
      context.fillText(formatTime(at, stepMs < 60_000), px, LABEL_PX - 6);
    }
  }
}

function middle(fingers: readonly number[]): number {
  return fingers.length > 1 ? (fingers[0]! + fingers[1]!) / 2 : fingers[0]!;
}

function spread(fingers: readonly number[]): number {
  return Math.max(16, Math.abs(fingers[0]! - fingers[1]!));
}
