"""Hints for the exercises, from a nudge to nearly the code."""

HINTS = {
    "to_model_units": (
        "Two parts, each with its own rule: where lies the middle of L, and where that of ab?",
        "lab[:, :1] is L with its axis kept, lab[:, 1:] is ab.",
        "L' = (L - 50) / 100, with the brackets; ab' = ab / 110. Return both, L first.",
    ),
    "is_grey": (
        "Noise differs from pixel to pixel; colour is shared by neighbours. What is the mean of "
        "x · y for neighbours x and y in each of the two cases?",
        "Work on rest = grey.off_tone(lab). Neighbours side by side: rest[:, :, 1:] and "
        "rest[:, :, :-1]; above each other: rest[:, 1:] and rest[:, :-1].",
        "Add the products of a and b, take the mean of each direction and the mean of the two, and "
        "compare it with (0.45 + 0.025 · min(tint, 20))²; tint is the length of lab[1:]'s mean.",
    ),
    "split_place": (
        "All photos of a person are to fall into one part: what of the name may decide?",
        'name.split("/")[0] is the person. Hash f"{seed}:{person}", encoded to bytes.',
        'int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64.',
    ),
    "annealed_mean": (
        "First shares, then a weighted mean. Over which axis do the shares of a pixel sum to 1?",
        "softmax(logits / T, dim=1) gives the shares (B, Q, H, W).",
        'torch.einsum("bqhw,qc->bchw", shares, centres).',
    ),
    "soft_cross_entropy": (
        "Four axes: over which one do probabilities sum to 1, and over which ones goes the mean?",
        "logits.log_softmax(dim=1) takes softmax and logarithm at once, and never becomes -inf.",
        "-(shares * log_p).sum(dim=1).mean().",
    ),
    "block_parameters": (
        "What does one convolution learn: how many weights has one output, how many outputs are "
        "there, and what is added?",
        "c_out · (9 · c_in + 1) for the first; for each of the others c_in is c_out.",
        "Add 2 · c_out for the one BatchNorm.",
    ),
    "color_prior": (
        "Four numbers for each picture. Which axes have to vanish, and which one stays?",
        "The spread: variance over H and W divided by N, its root, then a's plus b's. The "
        "magnitude: first the length of each pixel's (a, b), then the mean.",
        "ab.mean((2, 3)), ab.std((2, 3), correction=0).sum(1), ab.norm(dim=1).mean((1, 2)): bring "
        "all to (B, ...) and join them along axis 1.",
    ),
    "scale_and_shift": (
        "First one list of C numbers a picture: time plus the MLP's. Then 2 C of them: which half "
        "scales?",
        "fuse(time + mlp(10 * prior)) is (B, 2 C). Two axes of length 1 behind it, and it fits x.",
        "scale, shift = (...)[:, :, None, None].chunk(2, dim=1); a scale of 0 changes nothing: "
        "x * (1 + scale) + shift.",
    ),
    "printed_factor": (
        "How does a sum of squares grow with the number of pixels, how its root?",
        "The root grows like one side, the divisor H · W like its square: what is left?",
    ),
    "alpha_bar": (
        "How much of the picture is left after one step, after two? Multiply.",
        "torch.cumprod of 1 - beta. What belongs in front, for no step at all?",
        "torch.cat([torch.ones(1), torch.cumprod(1 - beta, 0)]).",
    ),
    "q_sample": (
        "Each picture has its own t, so alpha_bar[t] holds B numbers. What shape do they need?",
        "k = alpha_bar[t].view(-1, 1, 1, 1). The variances add up to 1: k and 1 - k.",
        "k.sqrt() * ab + (1 - k).sqrt() * noise.",
    ),
    "correct_once": (
        "The refiner looks at something noisy, but what it corrects is something else.",
        "Noise the base as in q_sample, call refiner(L, noisy, t, prior) once.",
        "Return ab_base + what the refiner said.",
    ),
    "hidden_noise": (
        "x_t has two parts. One of them you can work out from x0: take it away.",
        "k = alpha_bar[t].view(-1, 1, 1, 1). What is left is sqrt(1 - k) times the noise.",
        "(x_t - k.sqrt() * x0) / (1 - k).sqrt().",
    ),
    "effective_weight": (
        "Write AB_final = AB_base + R into both terms. What does R - (AB_true - AB_base) become?",
        "Two of the terms are then the same number: their weights add up.",
    ),
    "attention": (
        "Every query with every key: which shape does that table have?",
        "scores = q @ k.transpose(1, 2) / sqrt(d), where d is the length of one query.",
        "softmax(scores, dim=-1) @ v.",
    ),
    "attention_cost": (
        "How many points does the layer have? At how many does each of them look?",
        "(height · width) times itself.",
    ),
    "mse": (
        "What is 3 - 5 in 8-bit numbers without a sign?",
        "Convert to float before you subtract. Over which axes goes the mean, if one number for "
        "each picture is to stay?",
        "((truth.astype(float) - pred) ** 2).mean(axis=(1, 2, 3)).",
    ),
    "psnr_mean": (
        "Which comes first, the logarithm or the mean?",
        "Each picture's own 10 · log10(255² / mse), then the mean.",
    ),
    "psnr_pooled": (
        "Which comes first, the logarithm or the mean?",
        "The mean of all MSEs, then 10 · log10(255² / that).",
    ),
    "paired_bootstrap": (
        "Draw pictures, not numbers: what makes a picture hard is hard for both methods.",
        "i = rng.integers(0, n, n); 1 - b[i].mean() / a[i].mean(), 1000 times.",
        "np.percentile of those, at 2.5 and 97.5.",
    ),
    "yardsticks": (
        "Three guesses that need no network. Which of them may look at the training pictures, "
        "which at the picture itself?",
        "train_ab.mean((0, 2, 3)) is one colour; ab.mean((2, 3), keepdim=True) is one a picture.",
        "(110 * (guess - ab)).square().sum(1).mean((1, 2)) for each guess, grey first.",
    ),
    "leaks": (
        "What may change when the truth is another one, and what may not?",
        "Two calls with the same L and another truth. Random numbers: torch.manual_seed(0) before "
        "each of them.",
        "not torch.equal(guess, other_guess). Try a truth that differs in every respect: -ab, and "
        "random numbers.",
    ),
    "resshift_mean": (
        "The two factors add up to 1: how much of the way from x_t to x0 does this step go?",
        "eta[t - 1] / eta[t] is what stays of x_t; alpha_t = eta[t] - eta[t - 1].",
        "eta[t-1] / eta[t] * x_t + (eta[t] - eta[t-1]) / eta[t] * x0.",
    ),
    "rectified_flow": (
        "A straight line from base to truth. Where are you at s = 0, at s = 1? How fast do you go?",
        "s needs the shape (B, 1, 1, 1); the velocity is the same everywhere on the line.",
        "(1 - s) · base + s · truth, and truth - base.",
    ),
    "heun_step": (
        "The velocity changes on the way. What would you know if you had walked the step already?",
        "v = velocity(x, s); ahead = x + (below - s) * v; look again there, at the time below.",
        "x + (below - s) * (v + velocity(ahead, below)) / 2, and x + (below - s) * v at below = 0.",
    ),
    "to_lab": (
        "Undo the way there in reverse order: what was divided by last?",
        "100 · L + 50 and 110 · ab, joined along axis 1 with torch.cat.",
    ),
    "hue_and_chroma": (
        "An angle and a length. Which function tells a colour from its opposite?",
        "torch.atan2(b, a) gives radians from -π to π: make degrees, then % 360.",
        "chroma = 110 · sqrt(a² + b²), at each pixel.",
    ),
    "network_input": (
        "Four channels: in which order? What has to stand where nothing is hinted?",
        "torch.cat along axis 1; hints * mask is 0 where the mask is.",
    ),
    "weighted_error": (
        "A weighted mean: a sum divided by another sum. Which two?",
        "d² is summed over axis 1, with keepdim=True, so that the weight fits.",
        "(weight * d2).sum() / weight.sum().",
    ),
    "rebalancing": (
        "Shares first: p = counts / counts.sum(). Then mix, then turn round, then scale.",
        "w = 1 / ((1 - mix) · p + mix / Q), with Q all bins.",
        "Divide by (p * w).sum(), so that a pixel weighs 1 on average.",
    ),
    "soft_encode": (
        "Which centres get a share, and which get 0? Where in the row do the shares stand?",
        "torch.cdist(ab, centres), then topk(k, largest=False).indices.",
        "exp(-d² / (2 sigma²)) at those places (scatter into zeros), divided by each row's sum.",
    ),
    "region_prior": (
        "A mean inside is a sum inside divided by the number of pixels inside.",
        "n = mask.sum((2, 3)); mean = (ab * mask).sum((2, 3)) / n. Take the mean away before you "
        "mask and square.",
        "Standard deviations: the root of each channel's variance, then their sum; magnitude: "
        "(ab.norm(dim=1, keepdim=True) * mask).sum((1, 2, 3)) / n.",
    ),
    "set_tint": (
        "Every pixel is moved by the same amount. By which?",
        "By the tint minus the picture's own mean over axes 2 and 3.",
    ),
    "split_error": (
        "The mean difference is one colour for each picture; its squared length is the first part.",
        "The whole is the mean over pixels of da² + db²; the second part is what is left of it.",
    ),
    "cosine_schedule": (
        "Three steps: f, then beta from two neighbours of f, then the running product.",
        "t = torch.arange(steps + 1) / steps in float64; "
        "beta = (1 - f[1:] / f[:-1]).clamp(max=0.999).",
        "torch.cat([torch.ones(1), (1 - beta).cumprod(0)]).",
    ),
    "clean_from_noisy": (
        "Solve x_t = sqrt(k) · x + sqrt(1 - k) · noise for x.",
        "k = alpha_bar[t].view(-1, 1, 1, 1). First take the noise away, then divide all of it.",
    ),
    "next_step": (
        "alpha_bar_t is alpha_bar_(t-1) times what one step leaves. What is that factor?",
        "beta = 1 - alpha_bar[t] / alpha_bar[t - 1], of shape (B, 1, 1, 1).",
        "(1 - beta).sqrt() * x + beta.sqrt() * noise.",
    ),
    "noise_dominates": (
        "Compare two sizes at every step: that of the noise, and what is left of the colours.",
        "(1 - alpha_bar).sqrt() >= alpha_bar.sqrt() * size; where is the first True?",
    ),
    "near_attention": (
        "Who is near whom? Make a table (T, T) of truths first; position i lies in row "
        "i // columns, column i % columns.",
        "near = ((rows[:, None] - rows).abs() <= reach) & ((cols[:, None] - cols).abs() <= reach). "
        "Which score gives exp(score) = 0?",
        "scores.masked_fill(~near, -torch.inf), then softmax over the last axis, @ v.",
    ),
    "split_heads": (
        "First cut the channels apart, then exchange two axes: a reshape alone cuts positions.",
        "x.view(B, T, heads, C // heads).transpose(1, 2).",
    ),
    "received": (
        "Who looks, who is looked at? Rows sum to 1; what do columns tell?",
        "The mean over heads (axis 1) and over those who look (axis 2), then reshape to rows.",
    ),
    "map_bytes": (
        "How many points has the smaller layer? How many pairs are that, for how many heads?",
        "4 · heads · ((height // down) · (width // down))².",
    ),
    "average_draws": (
        "What is averaged: noises, or results? Which axis are the draws, once they are stacked?",
        "For each noise: ab_base + refiner(L, diffusion.q_sample(ab_base, t, noise, alpha_bar), t, "
        "prior). torch.stack puts the results into (K, B, 2, H, W).",
        "x.mean(0) and 110 * x.std(0, correction=0).mean((1, 2, 3)).",
    ),
    "seen_before": (
        "What is 3 - 5 in 8-bit numbers? Which axis runs from left to right?",
        "test[:, None] - train[None] compares every test picture with every training picture: "
        "(N, M, H, W, 3). The same with train[:, :, ::-1].",
        "np.abs(...).mean((2, 3, 4)) <= limit, in floats; any(1) over the training pictures.",
    ),
    "worst_block": (
        "Convert to float first. Then each picture is a table of blocks: how do you get two axes "
        "out of each side?",
        "error.reshape(N, H // size, size, W // size, size, 3): which axes lie within a block?",
        "The mean over axes 2, 4 and 5, then the largest over axes 1 and 2.",
    ),
}
