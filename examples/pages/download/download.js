const language = require('../../language.js');

Page({
  data: { xp2pInfo: '' },

  onLoad({ xp2pInfo = '' }) {
    this.setData({ xp2pInfo: decodeURIComponent(xp2pInfo) });
  },

  onSaved() {
    wx.showToast({ title: language() === 'zh' ? '已存到相册' : 'Saved', icon: 'success' });
  },

  /** After a refusal only the settings help, and they open only in answer to a tap: ask for one. */
  onAlbumError({ detail }) {
    if (!detail.isRefused) return;
    wx.showModal({
      title:
        language() === 'zh' ? '未允许访问相册，去设置？' : 'The album is not allowed. Open the settings?',
      success: ({ confirm }) => confirm && wx.openSetting({}),
    });
  },
});
