const language = require('../../language.js');
const title = require('../../title.js');

const TEXT = {
  zh: { name: '通道', hint: '点一下切换声音，双击放大。' },
  en: { name: 'Channel', hint: 'Tap a picture to hear it, tap it twice to enlarge it.' },
};

Page({
  data: { tiles: [], count: 4, counts: [1, 2, 3, 4], text: TEXT[language()] },

  onLoad({ xp2pInfo = '' }) {
    title('multi');
    this.xp2pInfo = decodeURIComponent(xp2pInfo);
    this.show(this.data.count);
  },

  onCount({ currentTarget }) {
    this.show(currentTarget.dataset.count);
  },

  /** Channels of one recorder: the same `targetId`, so that all pictures come over one link. */
  show(count) {
    const { text, counts } = this.data;
    const tiles = counts.slice(0, count).map((number) => ({
      targetId: 'recorder',
      xp2pInfo: this.xp2pInfo,
      channel: number - 1,
      name: `${text.name} ${number}`,
    }));
    this.setData({ count, tiles });
  },
});
