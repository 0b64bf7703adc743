"""Properties on drawn input, and readers fed with damaged files: only the errors that are documented may come out."""

import functools
import io
import itertools
import random
import sys
import tarfile
import warnings
import zipfile

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from colorlib import cli, color, diffusion, losses, methods, models, weights
from colorlib.data import opening
from colorlib.data.download import DownloadError, unpack
from colorlib.data.pictures import PictureError, read_picture, read_square
from colorlib.prior import color_prior
from colorlib.training import checkpoints, schedule
from test_colorize import save_tiny

few = settings(deadline=None, max_examples=20, derandomize=True)
# How many damaged files or odd command lines: a few each time, many in the full run.
cases = pytest.mark.parametrize("cases", [120, pytest.param(1000, marks=pytest.mark.slow)])


# ------------------------------------------------------------------------------------------------------- properties


@st.composite
def tensors(draw, channels, low, high, batch=3, side=7):
    """(B, channels, H, W) with values in [low, high], the ends themselves among them."""
    shape = (draw(st.integers(1, batch)), channels, draw(st.integers(1, side)), draw(st.integers(1, side)))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**32)))
    x = low + (high - low) * torch.rand(shape, generator=generator)
    ends = torch.rand(shape, generator=generator)
    share = draw(st.sampled_from([0.0, 0.1, 0.5]))
    return torch.where(ends < share, torch.where(ends < share / 2, low, high), x)


def same_for_each(function, *batches):
    """function of the batch is function of each of its pictures."""
    whole = function(*batches)
    for i in range(len(batches[0])):
        torch.testing.assert_close(function(*(x[i : i + 1] for x in batches))[0], whole[i], rtol=1e-4, atol=1e-5)


def same_under_autocast(function, *batches):
    """Colours and losses are computed in float32, whoever calls them."""
    plain = function(*batches)
    with torch.autocast("cpu", torch.bfloat16):
        cast = function(*batches)
    torch.testing.assert_close(cast, plain, rtol=1e-4, atol=1e-4)


CONVERSIONS = {"rgb_to_lab": (color.rgb_to_lab, -0.5, 1.5), "lab_to_rgb": (color.lab_to_rgb, -120.0, 120.0)}


@pytest.mark.parametrize("name", CONVERSIONS)
@given(data=st.data())
@few
def test_conversion_keeps_shapes_and_treats_every_pixel_alike(name, data):
    convert, low, high = CONVERSIONS[name]
    x = data.draw(tensors(3, low, high))
    out = convert(x)
    assert (out.shape, out.dtype) == (x.shape, x.dtype)
    assert torch.isfinite(out).all()
    same_for_each(convert, x)
    same_under_autocast(convert, x)
    for turn in (lambda t: t.flip(-1), lambda t: t.flip(-2), lambda t: t.transpose(-1, -2)):
        torch.testing.assert_close(convert(turn(x)), turn(out), rtol=1e-4, atol=1e-3)


@given(tensors(3, -10.0, 10.0), tensors(3, -1e4, 1e4))
@few
def test_conversion_of_extreme_values_is_finite_with_its_gradient(rgb, lab):
    for convert, x in ((color.rgb_to_lab, rgb), (color.lab_to_rgb, lab)):
        x = x.clone().requires_grad_()
        out = convert(x)
        out.sum().backward()
        assert torch.isfinite(out).all()
        assert torch.isfinite(x.grad).all()


@given(tensors(1, 0.0, 1.0))
@few
def test_grey_has_no_colour_and_lightness_follows_it(grey):
    lab = color.rgb_to_lab(grey.expand(-1, 3, -1, -1))
    assert lab[:, 1:].abs().max() < 0.02
    order = grey.flatten().argsort()
    assert (lab[:, 0].flatten()[order].diff() >= -1e-4).all()
    assert -1e-4 <= lab[:, 0].min() <= lab[:, 0].max() <= 100 + 1e-4


@given(tensors(3, 0.0, 1.0))
@few
def test_model_units_come_back_and_stay_in_range(rgb):
    L, ab = color.rgb_to_model(rgb)
    assert L.abs().max() <= 0.5 + 1e-5
    assert ab.abs().max() <= 1
    torch.testing.assert_close(color.model_to_rgb(L, ab), rgb, atol=2e-5, rtol=0)
    assert (color.to_uint8(color.model_to_rgb(L, ab)) == color.to_uint8(rgb)).mean() > 0.99


@pytest.mark.parametrize("magnitude", ["mean", "paper"])
@given(ab=tensors(2, -1.0, 1.0), factor=st.floats(0, 3))
@few
def test_prior_properties(magnitude, ab, factor):
    prior = functools.partial(color_prior, magnitude=magnitude)
    P = prior(ab)
    assert P.shape == (len(ab), 4)
    assert torch.isfinite(P).all()
    same_for_each(prior, ab)
    same_under_autocast(prior, ab)
    for turn in (lambda t: t.flip(-1), lambda t: t.flip(-2), lambda t: t.transpose(-1, -2)):
        torch.testing.assert_close(prior(turn(ab)), P)
    torch.testing.assert_close(prior(-ab), P * torch.tensor([-1.0, -1, 1, 1]))
    torch.testing.assert_close(prior(ab.flip(1)), P[:, [1, 0, 2, 3]])
    torch.testing.assert_close(prior(factor * ab), factor * P, rtol=1e-4, atol=1e-5)
    if magnitude == "mean":
        assert (P[:, :2].norm(dim=1) <= P[:, 3] + 1e-5).all()  # the mean colour is no stronger than the mean strength


def test_prior_of_one_colour():
    for value in (0.0, 1.0, -1.0, 1e-30, 1e15):
        P, strength = color_prior(torch.full((2, 2, 5, 3), value)), abs(value) * 2**0.5
        torch.testing.assert_close(P, torch.tensor([[value, value, 0.0, strength]] * 2), rtol=1e-4, atol=1e-6)


@given(st.sampled_from(["linear", "cosine"]), st.integers(1, 3000))
@few
def test_noise_schedules_of_any_length(name, steps):
    alpha_bar = diffusion.noise_schedule(name, steps)
    assert (alpha_bar.shape, alpha_bar.dtype, alpha_bar[0]) == ((steps + 1,), torch.float32, 1)
    assert (alpha_bar.diff() <= 0).all()
    assert 0 <= alpha_bar[-1] < 1


@given(tensors(2, -1.0, 1.0), st.data())
@few
def test_noising_is_linear_and_treats_each_picture_alone(ab, data):
    alpha_bar = diffusion.noise_schedule(data.draw(st.sampled_from(["linear", "cosine"])))
    t = torch.tensor([data.draw(st.sampled_from([0, 1, 50, 999, 1000])) for _ in ab])
    noise = torch.randn(ab.shape, generator=torch.Generator().manual_seed(0))

    def sample(ab, t, noise):
        return diffusion.q_sample(ab, t, noise, alpha_bar)

    x = sample(ab, t, noise)
    same_for_each(sample, ab, t, noise)
    same_under_autocast(sample, ab, t, noise)
    parts = sample(ab, t, torch.zeros_like(ab)) + sample(torch.zeros_like(ab), t, noise)
    torch.testing.assert_close(x, parts)
    assert torch.equal(x[t == 0], ab[t == 0])


@given(st.sampled_from(list(schedule.PRESETS)), st.lists(st.sampled_from(methods.rivals()), max_size=5))
@few
def test_schedules_of_any_rivals(preset, rivals):
    stages, built = schedule.stages(preset, rivals), schedule.architecture(preset)
    rivals = [methods.find(name).part for name in rivals]
    names = [stage.name for stage in stages]
    assert len(set(names)) == len(names)
    assert {stage.part for stage in stages if not stage.fold} == {"base", "refiner", *rivals}
    order = list(dict.fromkeys(stage.part for stage in stages))
    assert order[0] == "base"
    assert order[order.index("refiner") + 1 :] == list(dict.fromkeys(rivals))
    for stage in stages:
        assert stage.part in built
        assert stage.epochs >= 1
        assert 0 <= stage.warmup <= stage.epochs
        assert 0 < stage.share <= 1
        assert stage.lr > 0


SIDE = 16
pair = tensors(2, -1.0, 1.0, batch=1, side=1)  # of these only the seed counts


@st.composite
def steps(draw):
    """What total_loss takes: L, ab_final, residual, ab_base, ab_true, received."""
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**32)))
    B, size = draw(st.integers(1, 3)), draw(st.sampled_from([0.0, 0.1, 1.0]))
    L = torch.rand(B, 1, SIDE, SIDE, generator=generator) - 0.5
    base, residual, true = (size * (2 * torch.rand(B, 2, SIDE, SIDE, generator=generator) - 1) for _ in range(3))
    received = torch.rand(B, 4, 4, generator=generator) + 1e-3
    return L, (base + residual).clamp(-1, 1), residual, base, true, received


@pytest.fixture(scope="module")
def vgg():
    return losses.VGGFeatures(size=SIDE)


@given(step=steps(), diversity=st.sampled_from(["vibrant", "paper"]))
@settings(deadline=None, max_examples=10, derandomize=True)
def test_losses_of_any_step(vgg, step, diversity):
    L, final, residual, base, true, received = step
    residual.requires_grad_()
    final = (base + residual).clamp(-1, 1)

    def total(L, final, residual, base, true, received):
        out = losses.total_loss(L, final, residual, base, true, received, vgg, diversity=diversity)
        return out[0], torch.stack(list(out[1].values()))

    loss, terms = total(L, final, residual, base, true, received)
    assert loss.shape == ()
    assert torch.isfinite(terms).all()
    assert (terms >= 0).all()
    loss.backward()
    assert torch.isfinite(residual.grad).all()
    with torch.no_grad():
        given = [L, final, residual, base, true, received]
        # The mean over a batch is the mean of its pictures, in any order.
        each = [total(*(x[i : i + 1] for x in given))[1] for i in range(len(L))]
        torch.testing.assert_close(torch.stack(each).mean(0), terms, rtol=1e-3, atol=1e-6)
        torch.testing.assert_close(total(*(x.flip(0) for x in given))[1], terms, rtol=1e-3, atol=1e-6)
        mirrored = total(*(x.flip(-1) for x in given))[1]
        for i in (0, 1, 2, 5):  # all but VGG's, whose filters know left from right
            torch.testing.assert_close(mirrored[i], terms[i], rtol=1e-3, atol=1e-6)


@given(tensors(4, -3.0, 3.0), st.data())
@few
def test_grams_and_plain_terms_under_autocast(features, data):
    gram = losses.gram(features)
    assert gram.shape == (len(features), 4, 4)
    torch.testing.assert_close(gram, gram.transpose(1, 2))
    assert (torch.linalg.eigvalsh(gram) > -1e-4).all()
    same_for_each(losses.gram, features)
    same_under_autocast(losses.gram, features)
    a, b = features[:, :2], features[:, 2:]
    for term in (losses.output_loss, losses.chroma, functools.partial(losses.diversity_loss, ab_true=b)):
        same_under_autocast(*((term, a) if term is losses.chroma else (term, a, b)))
    assert losses.output_loss(a, b) == losses.output_loss(b, a)
    assert losses.style_loss([features], [features]) == losses.perceptual_loss([features], [features]) == 0


# ------------------------------------------------------------------------------------------------------------- fuzz


def mutations(generator, seeds):
    """Damaged copies of the files in seeds, without end."""
    while True:
        data = bytearray(generator.choice(seeds))
        for _ in range(generator.choice((1, 1, 2, 4, 16))):
            kind, at = generator.randrange(7), generator.randrange(len(data) + 1)
            early = generator.randrange(min(len(data), 300) + 1)
            if kind == 0:
                del data[at:]
            elif kind == 1:
                data[early : early + 1] = bytes([generator.randrange(256)])
            elif kind == 2:
                data[at : at + 1] = bytes([generator.choice((0, 1, 127, 128, 255))])
            elif kind == 3:
                data[early : early + 4] = generator.choice((b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\0\0\0\x80"))
            elif kind == 4:
                data[at:at] = generator.randbytes(generator.randrange(1, 40))
            elif kind == 5:
                del data[at : at + generator.randrange(1, 40)]
            else:
                other = generator.choice(seeds)
                cut = generator.randrange(len(other) + 1)
                data[at:] = other[cut : cut + 5000]
        yield bytes(data)


def fuzz(seed, seeds, attempt, allowed, cases):
    """attempt(data) for so many damaged copies of the files in seeds; how many were refused."""
    refused = 0
    for number, data in enumerate(itertools.islice(mutations(random.Random(seed), seeds), cases)):
        try:
            attempt(data)
        except allowed:
            refused += 1
        except Exception as error:
            raise AssertionError(f"case {number} of seed {seed}: {error!r} from {data[:200]!r}...") from error
    return refused


def picture_files():
    rgb = np.random.default_rng(0).integers(0, 256, (20, 24, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a description"
    for file_format, mode, options in itertools.chain(
        [(f, "RGB", {}) for f in ("PNG", "WEBP", "BMP", "GIF", "TIFF", "JPEG2000", "PPM", "TGA")],
        [("JPEG", "RGB", {"exif": exif, "icc_profile": bytes(200)}), ("JPEG", "L", {"progressive": True})],
        [("JPEG", "CMYK", {}), ("PNG", "RGBA", {"exif": exif, "icc_profile": bytes(200)}), ("PNG", "P", {})],
        [("PNG", "I;16", {}), ("PNG", "1", {}), ("TIFF", "CMYK", {}), ("TIFF", "RGB", {"compression": "jpeg"})],
        [("TIFF", "RGB", {"compression": "tiff_lzw"}), ("TIFF", "1", {"compression": "group4"}), ("TIFF", "F", {})],
        [("TIFF", "RGB", {"compression": "tiff_adobe_deflate"}), ("TGA", "RGBA", {"compression": "tga_rle"})],
        [(f, "RGB", {"save_all": True, "append_images": [Image.new("RGB", (24, 20))]}) for f in ("GIF", "PNG", "WEBP")],
    ):
        grey = Image.fromarray(rgb).convert("L")
        if mode == "I;16":
            image = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
        else:
            image = (grey if mode == "F" else Image.fromarray(rgb)).convert(mode)
        buffer = io.BytesIO()
        image.save(buffer, format=file_format, **options)
        yield buffer.getvalue()


@cases
@pytest.mark.filterwarnings("ignore:::PIL")
def test_fuzz_of_the_picture_reader(cases, monkeypatch, tmp_path, say):
    monkeypatch.setattr(opening, "MEGAPIXELS", 2**18 / 1e6)  # time goes into cases, not into large pictures
    path = tmp_path / "a.jpg"

    def attempt(data):
        try:
            seen = read_picture(data)
        except PictureError:
            path.write_bytes(data)
            with pytest.raises(PictureError):  # from disk the same
                read_picture(path)
            raise
        assert seen.dtype == np.uint8
        assert seen.ndim == 3
        assert seen.shape[2] == 3
        assert read_square(data, 8).shape == (8, 8, 3)

    seeds = list(picture_files())
    for data in seeds:
        attempt(data)
    refused = fuzz(0, seeds, attempt, PictureError, cases)
    assert 0 < refused < cases
    say(f"fuzz of the picture reader: {cases} files, {cases - refused} read, {refused} PictureError")


def weight_files(folder):
    """(name, content) of small whole files of weights."""
    net = models.build("cnn", channels=[8, 8])
    models.save(folder / "a.safetensors", {"cnn": net}, {"cnn": {"name": "cnn", "channels": [8, 8]}}, {"size": 32})
    yield ".safetensors", (folder / "a.safetensors").read_bytes()
    state = {"a": torch.arange(6.0).reshape(2, 3), "n": torch.tensor(3), "h": torch.ones(2).half()}
    for old in (False, True):
        buffer = io.BytesIO()
        torch.save(state, buffer, _use_new_zipfile_serialization=not old)
        yield ".pth", buffer.getvalue()
    buffer = io.BytesIO()
    optimiser = torch.optim.AdamW(net.parameters()).state_dict()
    torch.save({"net": net.state_dict(), "optimiser": optimiser, "rng": torch.get_rng_state(), "step": 3}, buffer)
    yield ".pt", buffer.getvalue()


@pytest.mark.filterwarnings("ignore")
@cases
@pytest.mark.parametrize("suffix", [".safetensors", ".pth", ".pt"])
def test_fuzz_of_the_weights_readers(suffix, cases, tmp_path, say):
    path = tmp_path / f"fuzz{suffix}"

    def attempt(data):
        path.write_bytes(data)
        if suffix == ".safetensors":
            parts, info = models.load(path)
            assert isinstance(info, dict)
            assert all(isinstance(part, torch.nn.Module) for part in parts.values())
            weights.load_state(path)
        elif suffix == ".pth":
            assert all(isinstance(value, torch.Tensor) for value in weights.load_state(path).values())
        else:
            checkpoints.load(path)

    seeds = [content for name, content in weight_files(tmp_path) if name == suffix]
    for data in seeds:
        attempt(data)
    refused = fuzz(1, seeds, attempt, ValueError, cases)  # WeightsError is one
    assert refused > 0
    say(f"fuzz of the readers of weights, *{suffix}: {cases} files, {cases - refused} read, {refused} ValueError")


@cases
def test_fuzz_of_archives(cases, tmp_path, say):
    seeds = []
    for mode in ("w", "w:gz", "w:bz2", "w:xz"):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode=mode) as tar:
            for name in ("faces/a.png", "faces/é" + "n" * 120):
                entry = tarfile.TarInfo(name)
                entry.size = 400
                tar.addfile(entry, io.BytesIO(bytes(range(200)) * 2))
        seeds.append(buffer.getvalue())
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive:
            for name in ("faces/a.png", "faces/b/é.png"):
                archive.writestr(name, bytes(range(200)) * 2)
        seeds.append(buffer.getvalue())
    path, count = tmp_path / "in" / "archive", itertools.count()
    path.parent.mkdir()

    def attempt(data):
        path.write_bytes(data)
        unpack(path, tmp_path / "out" / str(next(count)))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile's on names that stand there twice
        refused = fuzz(2, seeds, attempt, DownloadError, cases)
    assert 0 < refused < cases
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["in", "out"]
    assert [entry.name for entry in path.parent.iterdir()] == ["archive"]
    say(f"fuzz of archives: {cases} tried, {cases - refused} unpacked, {refused} DownloadError")


WORDS = [
    "", "-", "--", "-o", "--out", "--weights", "--stage", "--t", "--seed", "--count", "--json", "--methods", "--split",
    "--data", "--suite", "table2", "--labels", "--preset", "--resume", "--rivals", "--vibrant", "--from", "--traceback",
    "--help", "--version", "--batch", "--diversity", "--run", "-j", "IN", "OUT", "TINY", "ALBUM", "TEXT", "PICTURE",
    "0", "-1", "1", "3", "1000", "1001", "99999999999999999999999", "1e9", "nan", "inf", "0x10", "١", "½", "two-stage",
    "base", "control", "cnn", "grey", "constant", "all", "none", "train", "val", "test", "portraits", "lfw", "ffhq",
    "celeba", "siggraph17", "faces/", "nowhere", "/", ".", "..", "~", "~nobody/x", "a\nb", "\udcff", "🎨", "n" * 300,
    "/dev/null", "/dev/null/x", "/proc/self/mem", "%s", "{}", "*", "$HOME", "smoke", "paper", "vibrant",
]  # fmt: skip
FIRST = ["colorize", "colorize", "colorize", "evaluate", "evaluate", "fetch", "train", "study", "bake", "--t", ""]


@cases
def test_fuzz_of_the_command_line(cases, tmp_path, monkeypatch, capsys, say):
    """Random words, and half of the time words that make sense so far; what trains or downloads is left out."""
    from colorlib.data import download, gathering
    from colorlib.evaluation import study
    from colorlib.training import run

    def offline(*_, **__):
        raise OSError("no network in this test")

    monkeypatch.setattr(download.urllib.request.OpenerDirector, "open", offline)
    monkeypatch.setattr(run, "train", lambda *_, **__: [])
    monkeypatch.setattr(study, "study", lambda *_, **__: [])
    monkeypatch.setattr(gathering, "PORTRAITS", dict.fromkeys(gathering.PORTRAITS, 2))
    monkeypatch.setenv("COLORLIB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    work = tmp_path / "work"
    (work / "album").mkdir(parents=True)
    monkeypatch.chdir(work)
    for i, rgb in enumerate(np.random.default_rng(0).integers(0, 256, (6, 16, 16, 3), dtype=np.uint8)):
        Image.fromarray(rgb).save(work / "album" / f"{i}.png")
    (work / "text.txt").write_text("no picture")
    names = {"IN": "album/1.png", "OUT": "results", "TINY": str(save_tiny(tmp_path / "tiny.safetensors")),
             "ALBUM": "album", "TEXT": "text.txt", "PICTURE": "album/2.png"}  # fmt: skip
    before = {path: path.read_bytes() for path in (work / "album").iterdir()}
    sane = {
        "colorize": ["colorize", "IN", "-o", "OUT", "--weights", "TINY"],
        "evaluate": ["evaluate", "--data", "ALBUM", "--weights", "TINY", "--split", "all", "--methods", "grey"],
    }
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # as __main__ does
    for first in sane:  # imports what the commands need
        assert cli.main([names.get(word, word) for word in sane[first]]) == 0
    generator, codes = random.Random(3), {}
    for _ in range(cases):
        first = generator.choice(FIRST)
        line = list(sane.get(first, [first])) if generator.random() < 0.6 else [first]
        line += generator.choices(WORDS, k=generator.randrange(5))
        line = [names.get(word, word) for word in line]
        if generator.random() < 0.2:
            generator.shuffle(line)
        if first == "colorize" and {"/", "..", "~", "~nobody/x"} & set(line):
            continue  # would walk the whole disk
        try:
            code = cli.main(line)
        except SystemExit as stop:
            code = stop.code
        except Exception as error:
            if "--traceback" in line and cli.mendable(error):
                code = 2
            else:
                raise AssertionError(f"{line}: {error!r}") from error
        said = capsys.readouterr()
        assert code in (0, 1, 2), line
        assert "Traceback" not in said.err
        assert code != 2 or said.err or "--traceback" in line, f"{line}: no word on what is wrong"
        codes[code] = codes.get(code, 0) + 1
    assert {path: path.read_bytes() for path in before} == before
    assert min(codes.get(0, 0), codes.get(2, 0)) > 3
    say(f"fuzz of the command line: {sum(codes.values())} lines, exit codes {dict(sorted(codes.items()))}")
