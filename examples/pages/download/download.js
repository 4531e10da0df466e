const language = require('../../language.js');
const title = require('../../title.js');

const TEXT = {
  zh: { saved: '已存到相册', settings: '未允许访问相册，去设置？' },
  en: { saved: 'Saved', settings: 'The album is not allowed. Open the settings?' },
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

  /** After a refusal only the settings help, and they open only in answer to a tap: ask for one. */
  onAlbumError({ detail }) {
    if (!detail.isRefused) return;
    wx.showModal({
      title: TEXT.settings,
      success: ({ confirm }) => confirm && wx.openSetting({}),
    });
  },
});
