const title = require('../../title.js');

Page({
  data: { xp2pInfo: '', film: null },

  onLoad({ xp2pInfo = '' }) {
    title('camera');
    this.setData({ xp2pInfo: decodeURIComponent(xp2pInfo) });
  },

  onRecordSaved({ detail }) {
    const { fileBytes, durationMs } = detail;
    this.setData({
      film: { kb: Math.round(fileBytes / 1024), seconds: (durationMs / 1000).toFixed(1) },
    });
  },
});
