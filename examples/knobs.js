/** Values of a page's query for those members of its data that are true, false or text. */
module.exports = function knobs(data, query) {
  const values = {};
  for (const name of Object.keys(data)) {
    const text = query[name];
    if (text === undefined) continue;
    values[name] = typeof data[name] === 'boolean' ? text === 'true' : decodeURIComponent(text);
  }
  return values;
};
