"""Downloads against a small server on this machine: resuming, mirrors, wrong files, and what to do instead."""

import hashlib
import http.server
import io
import re
import tarfile
import threading
import zipfile

import numpy as np
import pytest

from colorlib.data import files
from colorlib.data.download import DownloadError, fetch, unpack
from colorlib.data.files import home

DATA = np.random.default_rng(0).integers(0, 256, 300_000, dtype=np.uint8).tobytes()
GOOD = {"sha256": hashlib.sha256(DATA).hexdigest(), "size": len(DATA)}


class Handler(http.server.BaseHTTPRequestHandler):
    """/ok /forbidden /wrong /short /html /busy /norange /truncated /stuck /redirect /tofile, as the tests need them."""

    def do_GET(self):
        ask = self.headers.get("Range")
        self.server.log.append((self.path, ask))
        start = int(re.match(r"bytes=(\d+)-", ask)[1]) if ask else 0
        path, body, status = self.path, DATA, 200
        if path == "/forbidden":
            return self.send_error(403)
        if path == "/busy":
            status, body = 202, b""
        if path == "/wrong":
            body = DATA[:-1] + b"?"
        if path == "/short":
            body = DATA[:-1]
        if path == "/html":
            body = b"<html>Quota exceeded</html>"
        if path in ("/redirect", "/tofile"):
            self.send_response(302)
            self.send_header("Location", "/ok" if path == "/redirect" else "ftp://127.0.0.1/etc/passwd")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if start >= len(body) and start:
            return self.send_error(416)
        if start and path not in ("/norange", "/truncated-norange"):
            status = 206
        else:
            start = 0
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if path == "/html" else "application/octet-stream")
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if path != "/nolength":
            self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        rest = body[start:]
        if path in ("/truncated", "/truncated-norange"):
            rest = rest[:100_000]  # promises all, sends a part, hangs up
        if path == "/stuck" and start:
            rest = b""
        if path == "/stuck":
            rest = rest[:1000]
        self.wfile.write(rest)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.log = []
    httpd.url = f"http://127.0.0.1:{httpd.server_port}"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield httpd
    httpd.shutdown()
    httpd.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def get(server, *paths, target, **options):
    options = GOOD | {"progress": False, "timeout": 10} | options
    return fetch("thing", [server.url + path for path in paths], target, **options)


def test_fetch_and_an_intact_file_asks_nobody(server, tmp_path):
    target = tmp_path / "new" / "file.bin"
    assert get(server, "/ok", target=target) == target
    assert target.read_bytes() == DATA
    assert not target.with_name("file.bin.part").exists()
    asked = len(server.log)
    assert get(server, "/ok", target=target) == target
    assert len(server.log) == asked == 1


def test_a_damaged_target_is_fetched_anew(server, tmp_path):
    target = tmp_path / "file.bin"
    target.write_bytes(DATA[:-1] + b"!")
    get(server, "/ok", target=target)
    assert target.read_bytes() == DATA


def test_addresses_are_tried_in_order(server, tmp_path):
    target = tmp_path / "file.bin"
    get(server, "/forbidden", "/busy", "/html", "/wrong", "/ok", target=target)
    assert target.read_bytes() == DATA
    assert [path for path, _ in server.log] == ["/forbidden", "/busy", "/html", "/wrong", "/ok"]
    assert [ask for _, ask in server.log] == [None] * 5  # nothing of a wrong file is continued


def test_a_broken_off_answer_is_continued(server, tmp_path):
    target = tmp_path / "file.bin"
    get(server, "/truncated", target=target)
    assert target.read_bytes() == DATA
    assert [ask for _, ask in server.log] == [None, "bytes=100000-", "bytes=200000-"]


def test_what_one_address_began_another_ends(server, tmp_path):
    target = tmp_path / "file.bin"
    get(server, "/truncated-norange", "/ok", target=target)
    assert target.read_bytes() == DATA
    assert server.log[-1] == ("/ok", "bytes=100000-")


def test_a_part_of_an_earlier_call_is_continued(server, tmp_path):
    target = tmp_path / "file.bin"
    with pytest.raises(DownloadError, match="are kept: calling this again continues there") as caught:
        get(server, "/stuck", target=target)
    assert not target.exists()
    part = tmp_path / "file.bin.part"
    kept = part.stat().st_size
    assert 0 < kept < len(DATA)
    assert part.read_bytes() == DATA[:kept]
    assert f"{kept:,} bytes" in str(caught.value)
    get(server, "/ok", target=target)
    assert server.log[-1] == ("/ok", f"bytes={kept}-")
    assert target.read_bytes() == DATA


def test_a_server_that_ignores_range_sends_all_again(server, tmp_path):
    target = tmp_path / "file.bin"
    (tmp_path / "file.bin.part").write_bytes(DATA[:5000])
    get(server, "/norange", target=target)
    assert server.log == [("/norange", "bytes=5000-")]
    assert target.read_bytes() == DATA


def test_a_wrong_part_is_thrown_away_and_fetched_anew(server, tmp_path):
    target = tmp_path / "file.bin"
    (tmp_path / "file.bin.part").write_bytes(b"rubbish")
    get(server, "/ok", target=target)
    assert target.read_bytes() == DATA
    assert [ask for _, ask in server.log] == ["bytes=7-", None]


def test_a_complete_or_overlong_part_does_no_harm(server, tmp_path):
    for part in (DATA, DATA + b"more"):
        target = tmp_path / f"file{len(part)}.bin"
        target.with_name(target.name + ".part").write_bytes(part)
        get(server, "/ok", target=target)
        assert target.read_bytes() == DATA


def test_without_any_length_the_hash_decides(server, tmp_path):
    get(server, "/nolength", target=tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == DATA


def test_failure_lists_every_address_and_the_way_on(server, tmp_path):
    target = tmp_path / "file.bin"
    closed = "http://127.0.0.1:9/never"
    with pytest.raises(DownloadError) as caught:
        fetch(
            "thing",
            [server.url + "/forbidden", server.url + "/wrong", server.url + "/short", server.url + "/html", closed],
            target,
            progress=False,
            **GOOD,
        )
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("thing could not be downloaded")
    assert "/forbidden: HTTP 403" in lines[1]
    assert f"wanted {GOOD['sha256']}" in lines[2]
    assert "offers 299,999 bytes" in lines[3]
    assert "text/html" in lines[4]
    assert closed in lines[5]
    for words in (f"put the file at {target}", "--from FILE", "embedded portraits"):
        assert words in lines[-1]
    assert not target.exists()
    assert not (tmp_path / "file.bin.part").exists()


def test_a_wrong_file_never_reaches_the_target(server, tmp_path):
    for path in ("/wrong", "/short"):
        with pytest.raises(DownloadError):
            get(server, path, target=tmp_path / "file.bin")
    assert not (tmp_path / "file.bin").exists()


def test_only_http_also_after_a_redirection(server, tmp_path):
    for url in ("file:///etc/passwd", "ftp://host/x", "/etc/passwd"):
        with pytest.raises(ValueError, match="urls must start with https:// or http://, got"):
            fetch("thing", [url], tmp_path / "file.bin", **GOOD)
    get(server, "/redirect", target=tmp_path / "file.bin")
    with pytest.raises(DownloadError, match="ftp"):
        get(server, "/tofile", target=tmp_path / "other.bin")


def test_a_local_file_is_copied_and_verified(server, tmp_path):
    mine, bad, target = tmp_path / "mine.bin", tmp_path / "bad.bin", tmp_path / "home" / "file.bin"
    mine.write_bytes(DATA)
    bad.write_bytes(DATA[::-1])
    for source in (bad, tmp_path / "nowhere.bin"):
        with pytest.raises(DownloadError, match="from_file"):
            get(server, "/ok", target=target, from_file=source)
        assert not target.exists()
    assert get(server, "/ok", target=target, from_file=mine) == target
    assert target.read_bytes() == DATA
    assert mine.exists()
    assert server.log == []


def test_two_at_once_share_one_download(server, tmp_path):
    target, errors = tmp_path / "file.bin", []

    def one():
        try:
            get(server, "/ok", target=target)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert target.read_bytes() == DATA
    assert len(server.log) == 1


def test_home(monkeypatch, tmp_path):
    monkeypatch.setenv("COLORLIB_HOME", str(tmp_path))
    assert home() == tmp_path
    monkeypatch.delenv("COLORLIB_HOME")
    checkout = tmp_path / "checkout"
    (checkout / "colorlib").mkdir(parents=True)
    monkeypatch.setattr(files, "__file__", str(checkout / "colorlib" / "data" / "files.py"))
    assert home().parts[-2:] == (".cache", "colorlib")
    (checkout / "pyproject.toml").touch()
    assert home() == checkout / "data"


def zipped(path, **entries):
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in entries.items():
            archive.writestr(name, body)
    return path


def test_unpack_zip_and_tar(tmp_path):
    inside = zipped(tmp_path / "a.zip", **{"top/faces/1.txt": "one", "top/other.txt": "two"})
    assert (unpack(inside, tmp_path / "x" / "faces") / "1.txt").read_text() == "one"
    flat = zipped(tmp_path / "b.zip", **{"1.txt": "one"})
    assert (unpack(flat, tmp_path / "y" / "faces") / "1.txt").read_text() == "one"
    with tarfile.open(tmp_path / "c.tgz", "w:gz") as tar:
        entry = tarfile.TarInfo("faces/Ann/1.txt")
        entry.size = 3
        tar.addfile(entry, io.BytesIO(b"one"))
    assert (unpack(tmp_path / "c.tgz", tmp_path / "z" / "faces") / "Ann/1.txt").read_text() == "one"
    for parent in "xyz":
        assert sorted(p.name for p in (tmp_path / parent).iterdir()) == ["faces", "faces.lock"]


def test_the_shadows_of_macos_are_left_out(tmp_path):
    pictures = {"faces/1.jpg": "one", "__MACOSX/faces/._1.jpg": "shadow"}
    for name in ("faces", "other"):
        target = unpack(zipped(tmp_path / "mac.zip", **pictures), tmp_path / name / name)
        assert [path.name for path in target.rglob("*") if path.is_file()] == ["1.jpg"]


def test_archives_cannot_write_elsewhere(tmp_path):
    target = tmp_path / "in" / "faces"
    for number, name in enumerate(("../evil.txt", "/evil.txt", "faces/../../evil.txt", "..\\evil.txt", "C:evil.txt")):
        with pytest.raises(DownloadError, match="refused"):
            unpack(zipped(tmp_path / f"{number}.zip", **{"faces/1.txt": "one", name: "evil"}), target)
    for name, link in (("../evil.txt", None), ("faces/link", "/etc/passwd")):
        with tarfile.open(tmp_path / "evil.tar", "w") as tar:
            entry = tarfile.TarInfo(name)
            if link:
                entry.type, entry.linkname = tarfile.SYMTYPE, link
            tar.addfile(entry, io.BytesIO(b""))
        with pytest.raises(DownloadError, match="refused"):
            unpack(tmp_path / "evil.tar", target)
    assert not list(tmp_path.rglob("evil.txt"))
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["faces.lock"]


def test_damaged_archives(tmp_path):
    (tmp_path / "text.zip").write_text("no archive")
    broken = zipped(tmp_path / "broken.zip", **{"faces/1.bin": DATA})
    body = bytearray(broken.read_bytes())
    body[1000] ^= 255
    broken.write_bytes(body)
    for source in (tmp_path / "nowhere.zip", tmp_path / "text.zip", broken):
        with pytest.raises(DownloadError, match=source.name):
            unpack(source, tmp_path / "in" / "faces")
    assert not (tmp_path / "in" / "faces").exists()
