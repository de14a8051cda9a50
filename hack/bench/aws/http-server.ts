/**
 * How the emulators in Python are served: `listen()` binds a free port of 127.0.0.1, and `serve(listener, app)` tells it and
 * serves an ASGI application there for ever. With httptools and uvloop, since a parser in Python takes longer than the emulators' answers.
 */
export const HTTP_SERVER = `
import socket
import uvicorn, uvicorn.loops.uvloop, uvicorn.protocols.http.httptools_impl

def listen():
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)
    return listener

def serve(listener, app):
    tell(listener.getsockname()[1])
    config = uvicorn.Config(
        app,
        http="httptools",
        loop="uvloop",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
    )
    uvicorn.Server(config).run(sockets=[listener])
`;

/** `asgi(application)`: a WSGI application as an ASGI one, on the same thread, for one that waits for nothing (PEP 3333). */
export const WSGI_AS_ASGI = `
import io, sys

def environ_of(scope, body):
    host, port = scope["server"]
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8").decode("latin-1"),
        "RAW_URI": scope["raw_path"].decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        key = name.decode("latin-1").upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = "HTTP_" + key
        environ[key] = value.decode("latin-1")
    environ.setdefault("CONTENT_LENGTH", str(len(body)))
    return environ

def asgi(application):
    async def serve_one(scope, receive, send):
        parts, is_whole = [], False
        while not is_whole:
            message = await receive()
            parts.append(message.get("body", b""))
            is_whole = not message.get("more_body", False)
        started = []
        answer = application(
            environ_of(scope, b"".join(parts)),
            lambda status, headers, failure=None: started.append((status, headers)),
        )
        body = b"".join(answer)
        status, headers = started[-1]
        sent = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await send({"type": "http.response.start", "status": int(status.split(" ", 1)[0]), "headers": sent})
        await send({"type": "http.response.body", "body": body})
    return serve_one
`;
