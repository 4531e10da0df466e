const language = require('../../language.js');
const title = require('../../title.js');

const TEXT = {
  zh: { playback: '录像回放', download: '文件下载' },
  en: { playback: 'Recordings', download: 'Downloads' },
};

Page({
  data: { xp2pInfo: '', channel: 0, text: TEXT[language()] },

  onLoad({ xp2pInfo = '' }) {
    title('nvr');
    this.setData({ xp2pInfo: decodeURIComponent(xp2pInfo) });
  },

  onChannel({ detail }) {
    this.setData({ channel: detail.channel });
  },

  /** What else the app does with the camera follows the channel too. */
  onOpen({ currentTarget }) {
    const { xp2pInfo, channel } = this.data;
    const { page } = currentTarget.dataset;
    const query = `xp2pInfo=${encodeURIComponent(xp2pInfo)}&channel=${channel}`;
    wx.navigateTo({ url: `/pages/${page}/${page}?${query}` });
  },
});
