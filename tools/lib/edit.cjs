/** `source` with what `edits` name replaced: `{ start, end, text }` each, in the order of the source. */
function edit(source, edits) {
  let from = 0;
  const parts = edits.map(({ start, end, text }) => {
    const kept = source.slice(from, start);
    from = end;
    return kept + text;
  });
  return parts.join('') + source.slice(from);
}

module.exports = { edit };
