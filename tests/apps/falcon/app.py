import hashlib

import falcon

import sample


def digest(stream):
    hashed, size = hashlib.sha256(), 0
    while chunk := stream.read(65536):
        hashed.update(chunk)
        size += len(chunk)
    return {"size": size, "sha256": hashed.hexdigest()}


class Index:
    def on_get(self, req, resp):
        resp.content_type = falcon.MEDIA_HTML
        resp.text = "<h1>Hello from Falcon</h1>"


class Hello:
    def on_get(self, req, resp, name):
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = f"Hello, {name}!"


class Query:
    def on_get(self, req, resp):
        resp.media = {"word": req.get_param("word")}


class Where:
    def on_get(self, req, resp):
        resp.media = {
            "url": req.uri,
            "address": req.remote_addr,
            "scheme": req.scheme,
            "secure": req.scheme == "https",
        }


class Form:
    def on_post(self, req, resp):
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = f"Hello, {req.get_media()['name']}!"


class Json:
    def on_post(self, req, resp):
        resp.media = {"sum": sum(req.get_media()["numbers"])}


class Upload:
    def on_post(self, req, resp):
        for part in req.get_media():
            if part.name == "file":
                resp.media = {"name": part.filename, **digest(part.stream)}


class Raw:
    def on_post(self, req, resp):
        resp.media = digest(req.bounded_stream)


class Stream:
    def on_get(self, req, resp):
        resp.content_type = falcon.MEDIA_TEXT
        resp.stream = (b"%d\n" % n for n in range(1, 6))


class File:
    def on_get(self, req, resp):
        resp.content_type = "application/octet-stream"
        resp.set_stream(open(sample.path(), "rb"), len(sample.BYTES))


class Cookies:
    def on_get(self, req, resp):
        resp.set_cookie("one", "1", secure=False)
        resp.set_cookie("two", "2", secure=False)
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = "two cookies"


class Away:
    def on_get(self, req, resp):
        raise falcon.HTTPFound("/")


class Empty:
    def on_get(self, req, resp):
        resp.status = falcon.HTTP_204


class Fail:
    def on_get(self, req, resp):
        raise RuntimeError("raised on purpose")


app = falcon.App()
for address, resource in {
    "/": Index(),
    "/hello/{name}": Hello(),
    "/query": Query(),
    "/where": Where(),
    "/form": Form(),
    "/json": Json(),
    "/upload": Upload(),
    "/raw": Raw(),
    "/stream": Stream(),
    "/file": File(),
    "/cookies": Cookies(),
    "/redirect": Away(),
    "/empty": Empty(),
    "/raise": Fail(),
}.items():
    app.add_route(address, resource)
