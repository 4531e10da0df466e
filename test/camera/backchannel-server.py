# A camera with a loudspeaker, made of GStreamer's ONVIF RTSP server (Debian: python3-gi, gir1.2-gst-rtsp-server-1.0).
# usage: backchannel-server.py PORT LAW FILE       LAW: PCMU or PCMA
# What is said to rtsp://user:pass@127.0.0.1:PORT/cam is written to FILE, as 16-bit PCM of 8 kHz.
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer

port, law, file = sys.argv[1], sys.argv[2], sys.argv[3]
Gst.init(None)
payload = {"PCMU": 0, "PCMA": 8}[law]
depay = {"PCMU": "rtppcmudepay ! mulawdec", "PCMA": "rtppcmadepay ! alawdec"}[law]

factory = GstRtspServer.RTSPOnvifMediaFactory()
# Its microphone has the same codec: only the direction tells the loudspeaker from it. Nobody listens to it here: without the tee
# that now and then ends the whole session, as an error, before a word is said.
factory.set_launch(
    "( audiotestsrc is-live=true ! audio/x-raw,rate=8000,channels=1 ! mulawenc ! tee allow-not-linked=true "
    "! rtppcmupay name=pay0 pt=96 )"
)
factory.set_backchannel_launch(
    f'( capsfilter caps="application/x-rtp,media=audio,payload={payload},clock-rate=8000,encoding-name={law}" '
    f"name=depay_backchannel ! {depay} ! filesink location={file} buffer-mode=unbuffered async=false )"
)
factory.set_shared(False)
factory.set_media_gtype(GstRtspServer.RTSPOnvifMedia.__gtype__)

auth = GstRtspServer.RTSPAuth()
token = GstRtspServer.RTSPToken()
token.set_string("media.factory.role", "viewer")
auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
auth.add_digest("user", "pass", token)
permissions = GstRtspServer.RTSPPermissions()
permissions.add_permission_for_role("viewer", "media.factory.access", True)
permissions.add_permission_for_role("viewer", "media.factory.construct", True)
factory.set_permissions(permissions)

server = GstRtspServer.RTSPOnvifServer()
server.set_address("127.0.0.1")
server.set_service(port)
server.set_auth(auth)
server.get_mount_points().add_factory("/cam", factory)
server.attach(None)
print("listening", flush=True)
GLib.MainLoop().run()
