# An RTSP camera made of GStreamer's own RTSP server (Debian: python3-gi, gir1.2-gst-rtsp-server-1.0).
# usage: rtsp-server.py PORT UDP_PORT SOUND PICTURE      SOUND: aac, alaw or none; PICTURE: h264 or h265
# Serves rtsp://user:pass@127.0.0.1:PORT/cam with the pictures (and AAC) of the MPEG-TS that comes to UDP_PORT.
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer

port, udp_port, sound, picture = sys.argv[1:5]
Gst.init(None)

pipeline = (
    f"udpsrc port={udp_port} address=127.0.0.1 buffer-size=4000000 "
    'caps="video/mpegts,systemstream=(boolean)true,packetsize=(int)188" ! tsdemux name=ts '
    f"ts. ! video/x-{picture} ! queue ! {picture}parse config-interval=-1 ! rtp{picture}pay name=pay0 pt=96 "
)
if sound == "aac":
    pipeline += "ts. ! audio/mpeg ! queue ! aacparse ! rtpmp4gpay name=pay1 pt=97"
elif sound == "alaw":
    pipeline += (
        "ts. ! audio/mpeg ! queue ! aacparse ! faad ! audioconvert ! audioresample "
        "! audio/x-raw,rate=8000,channels=1 ! alawenc ! rtppcmapay name=pay1 pt=8"
    )

factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(f"( {pipeline} )")
factory.set_shared(True)

auth = GstRtspServer.RTSPAuth()
token = GstRtspServer.RTSPToken()
token.set_string("media.factory.role", "viewer")
auth.add_basic(GstRtspServer.RTSPAuth.make_basic("user", "pass"), token)
permissions = GstRtspServer.RTSPPermissions()
permissions.add_permission_for_role("viewer", "media.factory.access", True)
permissions.add_permission_for_role("viewer", "media.factory.construct", True)
factory.set_permissions(permissions)

server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(port)
server.set_auth(auth)
server.get_mount_points().add_factory("/cam", factory)
# To a client that stumbles it would rather send nothing than late, and a picture that is missing here is missing in no camera.
server.connect("client-connected", lambda _server, client: client.set_property("drop-backlog", False))
server.attach(None)
print("listening", flush=True)
GLib.MainLoop().run()
