/* global Component */
// What players of mini programs did for long: the media passes through the component, which shows what came.
Component({
  data: { chunkCount: 0, totalBytes: 0 },
  methods: {
    onData(chunk, playerExport) {
      this.setData({
        chunkCount: this.data.chunkCount + 1,
        totalBytes: this.data.totalBytes + chunk.byteLength,
      });
      playerExport.addChunk(chunk);
    },
  },
});
