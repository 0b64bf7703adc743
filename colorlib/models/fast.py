"""The same networks, faster: what this machine is good at, and a network laid out for it.

Nothing here changes a weight. Convolutions are fastest where the channels of a pixel lie side by
side ("channels last"), and in bfloat16 on processors that multiply it in hardware. What that gains
on this machine, `tests/benchmarks/bench.py` measures.
"""

import torch

# What torch before `torch.cpu.get_capabilities` calls the instructions that multiply bfloat16.
BF16 = {"avx512_bf16": "_is_avx512_bf16_supported", "amx_bf16": "_is_amx_tile_supported"}


def bf16_is_fast(device="cpu") -> bool:
    """Whether the device multiplies bfloat16 matrices in hardware, so that autocast saves time.

    device: name or torch.device. On a CPU that means AMX or AVX512-BF16: elsewhere bfloat16 is
    emulated, which costs time. On an NVIDIA GPU it means compute capability 8.0 or later. False
    for anything else.
    """
    device = torch.device(device)
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type != "cpu" or not torch.backends.mkldnn.is_available():
        return False
    if hasattr(torch.cpu, "get_capabilities"):
        return any(torch.cpu.get_capabilities().get(feature) for feature in BF16)
    return any(getattr(torch.cpu, name, bool)() for name in BF16.values())


def fast(model, dtype=torch.float32):
    """A function that calls the network for inference only, in a layout that suits the machine.

    model: a network in eval mode. It shares its weights with the function, which keep their values
        and their names; only their order in memory becomes channels-last.
    dtype: torch.float32 changes results by rounding alone (1e-4 of an ab unit); torch.bfloat16
        keeps three digits (half an ab unit) and pays where `bf16_is_fast`.

    The function takes what the network takes and returns its tensor, or its tuple of tensors, in
    float32 and without gradients.
    Raises ValueError for a network in training mode or another dtype.
    """
    if dtype not in (torch.float32, torch.bfloat16):
        raise ValueError(f"dtype must be torch.float32 or torch.bfloat16, got {dtype}")
    if model.training:
        raise ValueError("model must be in eval mode: call model.eval() first")
    model.to(memory_format=torch.channels_last)

    @torch.no_grad()
    def run(x, *others, **options):
        with torch.autocast(x.device.type, torch.bfloat16, enabled=dtype is torch.bfloat16):
            out = model(x, *others, **options)
        return tuple(y.float() for y in out) if isinstance(out, tuple) else out.float()

    return run
