"""A chat client from PROTOCOL.md alone, with nothing but Python's standard library."""
import base64, json, os, socket, struct, sys, uuid
from urllib.parse import urlparse


class Chat:
    """One connection: WebSocket text frames (RFC 6455), each one JSON object."""

    def __init__(self, url, **hello):
        address = urlparse(url)
        self.socket = socket.create_connection((address.hostname, address.port), timeout=20)
        self.stream = self.socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET / HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: hubbub.v1\r\n\r\n".encode()
        )
        status = self.stream.readline()
        assert b" 101 " in status, status
        while self.stream.readline() not in (b"\r\n", b""):
            pass
        self.welcome = self.ask("welcome", type="hello", **hello)

    def write(self, opcode, data):
        size, mask = len(data), os.urandom(4)
        length = struct.pack("!B", 0x80 | size) if size < 126 else struct.pack("!BH", 0x80 | 126, size)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
        self.socket.sendall(bytes([0x80 | opcode]) + length + mask + masked)

    def frames(self):
        while True:
            opcode, size = self.stream.read(2)
            if size == 126:
                (size,) = struct.unpack("!H", self.stream.read(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", self.stream.read(8))
            data = self.stream.read(size)
            if opcode & 15 == 9:
                self.write(10, data)  # a ping of the transport wants its pong
            elif opcode & 15 == 1:
                yield json.loads(data)

    def ask(self, answer, **message):
        """Sends a request and waits for the frame that answers it."""
        message.setdefault("id", str(uuid.uuid4()))
        self.write(1, json.dumps(message).encode())
        for frame in self.frames():
            if frame.get("id") == message["id"] and frame["type"] in (answer, "error"):
                assert frame["type"] == answer, frame
                return frame


url, room = sys.argv[1], "general"
chat = Chat(url, name="python")
joined = chat.ask("joined", type="join", room=room)
ack = chat.ask("ack", type="publish", room=room, text="hello from Python")
print("published", ack["seq"], flush=True)
chat.socket.close()  # no goodbye: the session stays
sys.stdin.readline()
chat = Chat(url, name="python", session=chat.welcome["session"])
after = {"epoch": joined["epoch"], "seq": ack["seq"]}
joined = chat.ask("joined", type="join", room=room, after=after)
print("resumed", chat.welcome["resumed"], joined["recovered"], [m["text"] for m in joined["messages"]], flush=True)
ack = chat.ask("ack", type="publish", room=room, text="/stock=AAPL.US")
reply = next(f for f in chat.frames() if f["type"] == "message" and f.get("replyTo") == ack["id"])
print("quoted", ack["command"], reply["author"]["kind"], reply["text"], flush=True)
