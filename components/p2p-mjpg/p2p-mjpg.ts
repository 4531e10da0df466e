import { getModuleOwner } from '../../store/index';
import { MjpgPlayer } from '../../store/mjpg/index';
import { pixelRatio } from '../common/phone';
import { newFilePath, writeFile } from '../common/wx-files';
import { CanvasScreen } from './canvas-screen';
import type { ScreenCanvas } from './canvas-screen';
import { P2P_MJPG_PROPS } from './props';

/** While pictures come, the size of the box is looked up so often: a page may change it without a word. */
const MEASURE_MS = 400;

/** Fields of the instance that are never rendered. Null before `ready` and after `detached`. */
interface Instance {
  mjpg: { player: MjpgPlayer; screen: CanvasScreen; measuredMs: number } | null;
  isDetached: boolean;
}

interface CanvasField {
  node?: ScreenCanvas;
  width: number;
  height: number;
}

const instanceOf = (component: object): Instance => component as unknown as Instance;

/**
 * A player of motion JPEG behind the contract of `p2p-player`: a canvas instead of live-player, which needs no permission, no
 * plugin and no local server.
 */
Component({
  properties: P2P_MJPG_PROPS,

  observers: {
    autoplay() {
      this.applyProps();
    },
    maxFps(maxFps: number) {
      const { mjpg } = instanceOf(this);
      if (mjpg) mjpg.player.setMaxFps(maxFps);
    },
    'orientation, objectFit'() {
      this.measure();
    },
  },

  lifetimes: {
    ready() {
      this.findCanvas((field) => this.begin(field));
    },

    detached() {
      const instance = instanceOf(this);
      const { mjpg } = instance;
      instance.isDetached = true;
      instance.mjpg = null;
      if (!mjpg) return;
      mjpg.player.destroy();
      mjpg.screen.dispose();
    },
  },

  methods: {
    findCanvas(done: (field: CanvasField) => void) {
      wx.createSelectorQuery()
        .in(this)
        .select('.canvas')
        .fields({ node: true, size: true } as object, (field: unknown) => {
          // The answer may be on its way while the component goes.
          if (field && !instanceOf(this).isDetached) done(field as CanvasField);
        })
        .exec();
    },

    begin({ node, width, height }: CanvasField) {
      const context = node && node.getContext('2d');
      if (!node || !context) return this.triggerEvent('playerError', { code: 'NO_CANVAS' });
      const { environment } = getModuleOwner();
      const screen = new CanvasScreen(node, context, pixelRatio(), (bytes) => wx.arrayBufferToBase64(bytes));
      screen.setLayout(this.layoutOf(width, height));
      const player = new MjpgPlayer({
        environment,
        screen: {
          show: (jpeg, done) => {
            if (environment.nowMs() - mjpg.measuredMs > MEASURE_MS) this.measure();
            screen.show(jpeg, done);
          },
        },
        save: (jpeg, done) => writeFile(newFilePath('jpg'), jpeg, done),
        emit: (name, detail) => this.triggerEvent(name, detail),
      });
      const mjpg = { player, screen, measuredMs: environment.nowMs() };
      instanceOf(this).mjpg = mjpg;
      this.triggerEvent('playerReady', {
        playerExport: { addChunk: (chunk: ArrayBuffer) => player.addChunk(chunk) },
        livePlayerContext: player.context,
      });
      this.applyProps();
    },

    applyProps() {
      const { mjpg } = instanceOf(this);
      if (!mjpg) return;
      mjpg.player.setMaxFps(this.data.maxFps);
      if (this.data.autoplay) mjpg.player.play();
    },

    layoutOf(widthPx: number, heightPx: number) {
      const { orientation, objectFit } = this.data;
      return {
        widthPx,
        heightPx,
        isTurned: orientation === 'horizontal',
        isFilled: objectFit === 'fillCrop',
      };
    },

    measure() {
      const { mjpg } = instanceOf(this);
      if (!mjpg) return;
      mjpg.measuredMs = getModuleOwner().environment.nowMs();
      this.findCanvas(({ width, height }) => mjpg.screen.setLayout(this.layoutOf(width, height)));
    },
  },
});
