/** 'zh' or 'en', by the language of WeChat. */
module.exports = function language() {
  // Base libraries below 2.20.1 lack getAppBaseInfo.
  const { language: name } = wx.getAppBaseInfo ? wx.getAppBaseInfo() : wx.getSystemInfoSync();
  return /^zh/i.test(name) ? 'zh' : 'en';
};
