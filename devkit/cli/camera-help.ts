import { PATH_HELP, TURN_HELP } from './turn-options';

export const CAMERA_HELP = `usage: iot-p2p camera --signaling URL --stun HOST:PORT [options]
       iot-p2p camera --config FILE [--health-port PORT] [--log-format FORMAT] [--qr] [-v]

Runs a camera, or several of a file, until stopped with Ctrl-C. The first line it prints is its xp2pInfo, which is all that a
viewer needs and a secret: whoever has it can view.

  --config FILE      YAML or JSON, with a list of cameras; see docs/camera.md and devkit/cameras.schema.json;
                     read again when it changes, and on SIGHUP
  --signaling URL    the rendezvous, such as ws://127.0.0.1:1883/mqtt (see: iot-p2p servers)
  --stun HOST:PORT   a STUN server; may be given several times
  --turn HOST:PORT   a relay (TURN) for viewers that no direct path reaches
${PATH_HELP}

what it shows:
  --source SOURCE    rtsp://…, rtsps://…: a camera, read by ffmpeg, which must be installed; nothing is decoded;
                     http(s)://…: a camera or server that gives FLV; /dev/videoN: a camera of this host, by ffmpeg;
                     http(s)://…mjpg, or mjpg:http(s)://…: one that gives JPEG pictures, passed on as they are;
                     given several times: several channels;
                     test: (default) shows a moving test picture with sound;
                     file:PATH loops an FLV file, or a folder with standard.flv, high.flv and super.flv
  --sub-source SOURCE  the same camera's small stream, for viewers who ask for the quality standard; once a channel
  --ladder QUALITY=HEIGHTp:RATE
                     make a quality of the main stream while it is watched: standard=360p:300k, high=720p:1M
  --audio MODE       auto (default): AAC as it is, G.711 and others made AAC; copy, aac, none
  --video MODE       copy (default), or h264: decode and encode anew, for cameras that send H.265
  --hevc FORM        how H.265 that is copied is named: fourcc (default, Enhanced RTMP), or 12, as players of before know it
  --rtsp-transport T tcp (default) or udp
  --linger SECONDS   how long a source goes on after its last viewer; default 10
  --channels N       default 1; how many cameras a simulated one stands for, as a recorder does
  --recordings DIR   FLV and MP4 files with an index.json: [{"file": "a.flv", "start": 1700000000, "channel": 0}, …],
                     start in unix seconds, "end" as well for MP4; default: the source, today and two days ago
  --record DIR       keep the main stream of real cameras there, in segments of a minute, to be played and downloaded
  --record-size GB   of all channels together, the oldest go; default 10 a channel
  --record-days N    default 7

what it does:
  --onvif URL        http://user:password@host[:port]: turns the camera by ONVIF, and tells its source where none is given;
                     once a channel
  --ptz-url URL      or by GET of a URL, with {command} (left, right, up, down, up_left …, zoom_in, zoom_out, stop,
                     preset_goto, preset_set), {last}, {pan}, {tilt}, {zoom} (-1, 0, 1) and {preset} in it
  --talk-rtsp URL    say what viewers say by the camera's loudspeaker, over the back channel of its RTSP (ONVIF)
  --talk-exec ARG    give it to a program: --talk-exec aplay --talk-exec=-q …, one for each argument; {format}, {rate} and
                     {channels} in them are what it gets on its standard input
  --talk-out DIR     keep it, as WAV or FLV

who may:
  --state FILE       keep the camera's identity in FILE, so that its xp2pInfo stays the same; default: a fresh one
  --grant NAME=ACTIONS
                     one more xp2pInfo, for guests, say, which allows some of view, talk, ptz, playback, download, command
  --max-viewers N    default 4

how it tells:
  --qr               show the xp2pInfo as a QR code as well
  --health-port PORT tell this host how the camera is: GET /healthz, /healthz/NAME, and /metrics for Prometheus
  --log-format FORMAT  text (default) or json, an object a line
  --name NAME        what this program calls the camera in its messages
  -v, --verbose      tell more

environment:
  IOT_P2P_LOGIN      user:password for the rendezvous
${TURN_HELP}`;
