// Makes devkit/fixtures/*.flv, the loops that the simulated camera plays: its three qualities, and the lenses of a recorder
// with several. They are committed: run this only to change them. Needs ffmpeg with libx264 and drawtext:
// `apt-get install ffmpeg fonts-dejavu-core`.
// usage: node tools/make-fixtures.mjs [NAME...]
//
// A loop lasts 10.24 s because that is the shortest time that is whole in both clocks: 441 AAC frames of 1024 samples
// at 44.1 kHz and 256 pictures at 25 fps (128 at 12.5 fps). So sound and picture keep together over any number of loops.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const LOOP_SECONDS = 10.24;
const AUDIO_FRAMES = 441;
const SAMPLES_PER_AUDIO_FRAME = 1024;
const SAMPLE_RATE_HZ = 44100;
const GOP_SECONDS = 1.28;
const FONT = '/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Bold.ttf';

const LOOPS = [
  {
    name: 'standard',
    width: 320,
    height: 180,
    fps: 12.5,
    profile: 'baseline',
    videoKbps: 120,
    audioKbps: 32,
    color: '0x1d3557',
  },
  {
    name: 'high',
    width: 640,
    height: 360,
    fps: 25,
    profile: 'baseline',
    videoKbps: 300,
    audioKbps: 40,
    color: '0x2d3a2e',
  },
  {
    name: 'super',
    width: 960,
    height: 540,
    fps: 25,
    profile: 'main',
    videoKbps: 520,
    audioKbps: 48,
    color: '0x3b2a3f',
  },
  ...['0x14505c', '0x5a3d1e', '0x42306b'].map((color, index) => ({
    name: `camera-${index + 2}`,
    title: `camera ${index + 2}`,
    width: 320,
    height: 180,
    fps: 12.5,
    profile: 'baseline',
    videoKbps: 90,
    audioKbps: 32,
    color,
  })),
];

const outDir = path.resolve(import.meta.dirname, '../devkit/fixtures');
const tempDir = fs.mkdtempSync(path.join(os.tmpdir(), 'iot-p2p-fixtures-'));
try {
  fs.mkdirSync(outDir, { recursive: true });
  const wanted = process.argv.slice(2);
  for (const loop of LOOPS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    const flv = buildLoop(loop, encodeVideo(loop), encodeAudio(loop));
    fs.writeFileSync(path.join(outDir, `${loop.name}.flv`), flv);
    console.log(
      `${loop.name}.flv: ${flv.length} bytes, ${Math.round((flv.length * 8) / LOOP_SECONDS / 1000)} kbit/s`,
    );
  }
  const pictures = makePictures();
  fs.writeFileSync(path.join(outDir, 'pictures.mjpg'), pictures);
  console.log(`pictures.mjpg: ${pictures.length} bytes`);
} finally {
  fs.rmSync(tempDir, { recursive: true, force: true });
}

/**
 * Clock, picture number, the loop's title, a ball on a closed curve, and a white lamp that lights with each beep. The noise
 * stands for a sensor's: without it the pictures would be too small to be like a camera's.
 */
function encodeVideo({ name, title = name, width, height, fps, profile, videoKbps, color }) {
  const ball = Math.round(height / 6);
  // In the middle, since players put their badges and controls at the edges.
  const text = (expression, size, y) =>
    `drawtext=fontfile=${FONT}:fontcolor=white:fontsize=${Math.round(height * size)}` +
    `:x=(w-text_w)/2:y=${y}:text='${expression}'`;
  const graph = [
    `color=c=${color}:s=${width}x${height}:r=${fps}:d=${LOOP_SECONDS},format=yuv420p,noise=alls=14:allf=t:all_seed=1[back]`,
    `color=c=0xf4a261:s=${ball}x${ball}:r=${fps}:d=${LOOP_SECONDS},format=yuva420p,` +
      `geq=lum='p(X,Y)':cb='p(X,Y)':cr='p(X,Y)':a='if(lt(hypot(X-W/2,Y-H/2),W/2),255,0)'[ball]`,
    `[back][ball]overlay=format=yuv420` +
      `:x='(W-w)/2*(1+0.9*sin(2*PI*t/${LOOP_SECONDS}*2))':y='(H-h)/2*(1+0.8*sin(2*PI*t/${LOOP_SECONDS}*3))',` +
      [
        text(title, 0.08, 'h*0.27'),
        text('%{pts\\:hms}', 0.13, 'h*0.4'),
        text('%{frame_num}', 0.08, 'h*0.6'),
      ].join(',') +
      `,drawbox=x=iw*0.47:y=ih*0.12:w=iw*0.06:h=iw*0.06:color=white:t=fill:enable='lt(mod(t,1.024),0.12)'[out]`,
  ].join(';');
  const gopPictures = Math.round(GOP_SECONDS * fps);
  return encode(`${name}-video`, [
    ...['-filter_complex', graph, '-map', '[out]', '-frames:v', String(Math.round(LOOP_SECONDS * fps))],
    ...['-c:v', 'libx264', '-preset', 'slow', '-refs', '2', '-profile:v', profile, '-bf', '0'],
    ...['-b:v', `${videoKbps}k`, '-maxrate', `${videoKbps * 1.2}k`, '-bufsize', `${videoKbps}k`],
    ...['-g', String(gopPictures), '-keyint_min', String(gopPictures), '-sc_threshold', '0', '-threads', '1'],
    // Without the encoder's settings in an SEI message (type 6), which some hardware decoders stumble over.
    ...['-bsf:v', 'filter_units=remove_types=6'],
  ]);
}

/** JPEG pictures for 5.12 s at 12.5 a second, as a camera sends them over HTTP. Without noise, which JPEG is bad at. */
function makePictures() {
  const [width, height, seconds] = [480, 270, LOOP_SECONDS / 2];
  const text = (expression, size, y) =>
    `drawtext=fontfile=${FONT}:fontcolor=white:fontsize=${size}:x=(w-text_w)/2:y=${y}:text='${expression}'`;
  const graph = [
    `color=c=0x27364a:s=${width}x${height}:r=12.5:d=${seconds}[back]`,
    `color=c=0x7fd1ae:s=45x45:r=12.5:d=${seconds},format=yuva420p,` +
      `geq=lum='p(X,Y)':cb='p(X,Y)':cr='p(X,Y)':a='if(lt(hypot(X-W/2,Y-H/2),W/2),255,0)'[ball]`,
    `[back][ball]overlay=format=yuv420` +
      `:x='(W-w)/2*(1+0.9*sin(2*PI*t/${seconds}))':y='(H-h)/2*(1+0.8*sin(2*PI*t/${seconds}*2))',` +
      `${text('mjpg', 26, 75)},${text('%{frame_num}', 38, 126)}[out]`,
  ].join(';');
  const file = path.join(tempDir, 'pictures.mjpg');
  const args = ['-v', 'error', '-y', '-filter_complex', graph, '-map', '[out]', '-pix_fmt', 'yuvj420p'];
  const codec = ['-c:v', 'mjpeg', '-q:v', '6', '-huffman', 'optimal', '-threads', '1'];
  const exact = ['-fflags', '+bitexact', '-flags', '+bitexact'];
  execFileSync('ffmpeg', [...args, ...codec, ...exact, '-f', 'mpjpeg', '-boundary_tag', 'picture', file]);
  return fs.readFileSync(file);
}

/**
 * A quiet hum and ten beeps, each higher than the one before. Three loops are encoded and the middle one is kept: its
 * first frame overlaps a frame equal to its last, so the sound has no click where the loop closes.
 */
function encodeAudio({ name, audioKbps }) {
  const beep = `lt(mod(t,1.024),0.12)*sin(2*PI*t*(400+50*floor(mod(t,${LOOP_SECONDS})/1.024)))*0.5`;
  const hum = 'sin(2*PI*225*t)*0.03';
  return encode(`${name}-audio`, [
    ...['-f', 'lavfi', '-i', `aevalsrc='${hum}+${beep}':s=${SAMPLE_RATE_HZ}:d=${LOOP_SECONDS * 3}`],
    ...['-c:a', 'aac', '-ac', '1', '-b:a', `${audioKbps}k`],
  ]);
}

function encode(name, args) {
  const file = path.join(tempDir, `${name}.flv`);
  const common = ['-v', 'error', '-y', '-fflags', '+bitexact', '-flags', '+bitexact'];
  execFileSync('ffmpeg', [...common.slice(0, 3), ...args, ...common.slice(3), file], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return readTags(fs.readFileSync(file));
}

function readTags(flv) {
  const tags = [];
  for (let at = 13; at + 11 <= flv.length;) {
    const size = flv.readUIntBE(at + 1, 3);
    tags.push({ type: flv[at] & 0x1f, data: flv.subarray(at + 11, at + 11 + size) });
    at += 11 + size + 4;
  }
  return tags;
}

/** Interleaves the coded pictures and sound frames with exact timestamps; our own metadata, without a duration. */
function buildLoop({ width, height, fps }, videoTags, audioTags) {
  const video = videoTags.filter((tag) => tag.type === 9);
  const audio = audioTags.filter((tag) => tag.type === 8);
  const pictures = video.filter((tag) => tag.data[1] === 1);
  // The encoder's first frame is its start-up delay, one frame before time 0; then the first loop follows.
  const frames = audio.filter((tag) => tag.data[1] === 1).slice(1 + AUDIO_FRAMES, 1 + 2 * AUDIO_FRAMES);
  if (pictures.length !== Math.round(LOOP_SECONDS * fps)) throw new Error(`got ${pictures.length} pictures`);
  if (frames.length !== AUDIO_FRAMES) throw new Error(`got ${frames.length} audio frames`);

  const media = [
    ...pictures.map(({ data }, index) => ({ type: 9, timestampMs: Math.round((index * 1000) / fps), data })),
    ...frames.map(({ data }, index) => ({
      type: 8,
      timestampMs: Math.round((index * SAMPLES_PER_AUDIO_FRAME * 1000) / SAMPLE_RATE_HZ),
      data,
    })),
  ].sort((a, b) => a.timestampMs - b.timestampMs || b.type - a.type);
  const init = [
    {
      type: 18,
      timestampMs: 0,
      data: metadata({ width, height, framerate: fps, videocodecid: 7, audiocodecid: 10 }),
    },
    { type: 9, timestampMs: 0, data: video.find((tag) => tag.data[1] === 0).data },
    { type: 8, timestampMs: 0, data: audio.find((tag) => tag.data[1] === 0).data },
  ];
  const header = Buffer.from([0x46, 0x4c, 0x56, 1, 5, 0, 0, 0, 9, 0, 0, 0, 0]);
  return Buffer.concat([header, ...[...init, ...media].map(tagBytes)]);
}

function tagBytes({ type, timestampMs, data }) {
  const bytes = Buffer.alloc(11 + data.length + 4);
  bytes[0] = type;
  bytes.writeUIntBE(data.length, 1, 3);
  bytes.writeUIntBE(timestampMs & 0xffffff, 4, 3);
  bytes[7] = timestampMs >>> 24;
  data.copy(bytes, 11);
  bytes.writeUInt32BE(11 + data.length, 11 + data.length);
  return bytes;
}

/** AMF0: the string `onMetaData`, then an ECMA array of numbers. */
function metadata(values) {
  const key = (text) => Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text, 'latin1')]);
  const number = (value) => {
    const bytes = Buffer.alloc(9);
    bytes.writeDoubleBE(value, 1);
    return bytes;
  };
  const entries = Object.entries(values);
  return Buffer.concat([
    Buffer.from([2]),
    key('onMetaData'),
    Buffer.from([8, 0, 0, 0, entries.length]),
    ...entries.flatMap(([name, value]) => [key(name), number(value)]),
    Buffer.from([0, 0, 9]),
  ]);
}
