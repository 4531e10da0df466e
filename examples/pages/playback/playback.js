const knobs = require('../../knobs.js');
const language = require('../../language.js');
const title = require('../../title.js');

const TEXT = {
  zh: { hint: '拖动时间轴或点按录像开始回放；双指或滚轮缩放。', broken: '已跳过损坏的录像' },
  en: {
    hint: 'Drag the timeline, or tap a recording, to play it; pinch or turn the wheel to zoom.',
    broken: 'A broken clip was skipped',
  },
}[language()];

Page({
  data: {
    xp2pInfo: '',
    channel: '0',
    speeds: [1, 2, 4, 0.5],
    muted: false,
    theme: '',
    hint: TEXT.hint,
  },

  onLoad(query) {
    title('playback');
    this.setData(
      Object.assign({}, knobs(this.data, query), { xp2pInfo: decodeURIComponent(query.xp2pInfo || '') }),
    );
  },

  onBroken() {
    wx.showToast({ title: TEXT.broken, icon: 'none' });
  },
});
