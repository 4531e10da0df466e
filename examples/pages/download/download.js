const language = require('../../language.js');
const title = require('../../title.js');

const TEXT = {
  zh: { saved: '已存到相册' },
  en: { saved: 'Saved' },
}[language()];

Page({
  data: { xp2pInfo: '', channel: 0 },

  onLoad({ xp2pInfo = '', channel = 0 }) {
    title('download');
    this.setData({ xp2pInfo: decodeURIComponent(xp2pInfo), channel: Number(channel) });
  },

  onSaved() {
    wx.showToast({ title: TEXT.saved, icon: 'success' });
  },
});
