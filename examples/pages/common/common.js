const language = require('../../language.js');
const title = require('../../title.js');

const TEXT = {
  zh: { play: '播放', stop: '停止', phase: '阶段' },
  en: { play: 'Play', stop: 'Stop', phase: 'Phase' },
};

Page({
  data: { xp2pInfo: '', view: {}, text: TEXT[language()] },

  onLoad({ xp2pInfo = '' }) {
    title('common');
    this.setData({ xp2pInfo: decodeURIComponent(xp2pInfo) });
  },

  /** What a view shows changed: the page's own button follows. */
  onView({ detail }) {
    this.setData({ view: detail });
  },

  onToggle() {
    const player = this.selectComponent('#player');
    if (this.data.view.canStop) player.stop();
    else player.play();
  },
});
