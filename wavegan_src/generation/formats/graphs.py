"""Networks as ONNX graphs, layer by layer, from a generator's weights.

They are built by hand, not by PyTorch's exporter: that takes ten seconds to trace a few layers and needs another
package, and its graphs have names and shapes of its own. Tests compare them with PyTorch by ONNX Runtime.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from onnx import GraphProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper
from torch import Tensor, nn

from wavegan_src.architectures.wavegan import STRIDE, conv_padding, crop_start, output_padding
from wavegan_src.dsp.arrays import F32
from wavegan_src.generation.formats.facts import DriveFacts, drive_facts
from wavegan_src.generator import Generator
from wavegan_src.models.drive.course import Course
from wavegan_src.models.drive.generator import DriveGenerator

BATCH = "batch"
_SLOPE = 0.2  # of LeakyReLU below 0
_LAST = np.iinfo(np.int64).max


@dataclass
class GraphBuilder:
    """A graph in the making; every method adds a node and gives the name of its output."""

    nodes: list[NodeProto] = field(default_factory=list)
    weights: list[TensorProto] = field(default_factory=list)

    def add(self, kind: str, *inputs: str, name: str | None = None, **attributes: int | float | Sequence[int]) -> str:
        """A node of a kind of operation."""
        name = name or f"{kind.lower()}_{len(self.nodes)}"
        node = helper.make_node(kind, list(inputs), [name], name=name)
        node.attribute.extend(helper.make_attribute(key, value) for key, value in sorted(attributes.items()))
        self.nodes.append(node)
        return name

    def constant(self, name: str, values: Tensor | F32 | Sequence[float] | float) -> str:
        """Weights, as float32."""
        array = values.detach().cpu().numpy() if isinstance(values, Tensor) else values
        self.weights.append(numpy_helper.from_array(np.asarray(array, np.float32), name))
        return name

    def integers(self, name: str, values: Sequence[int]) -> str:
        """A shape or places, as int64."""
        self.weights.append(numpy_helper.from_array(np.asarray(values, np.int64), name))
        return name

    def linear(self, name: str, layer: nn.Linear, x: str) -> str:
        """A layer."""
        weight, bias = self.constant(f"{name}.weight", layer.weight), self.constant(f"{name}.bias", layer.bias)
        return self.add("Gemm", x, weight, bias, transB=1)

    def leaky(self, name: str, layers: nn.Sequential, x: str) -> str:
        """Layers in turn, with LeakyReLU where PyTorch has it."""
        for number, layer in enumerate(layers):
            if isinstance(layer, nn.Linear):
                x = self.linear(f"{name}.{number}", layer, x)
            else:
                x = self.add("LeakyRelu", x, alpha=_SLOPE)
        return x

    def column(self, name: str, x: str) -> str:
        """`(batch,)` as `(batch, 1)`."""
        return self.add("Unsqueeze", x, self.integers(f"{name}_axis", [1]))

    def sliced(self, name: str, x: str, first: int, last: int | None, axis: int = 1) -> str:
        """From `first` up to before `last` along an axis."""
        ends = [_LAST if last is None else last]
        places = [
            self.integers(f"{name}_{what}", where)
            for what, where in zip(("start", "end", "axis"), ([first], ends, [axis]), strict=True)
        ]
        return self.add("Slice", x, *places)

    def shaped(self, name: str, x: str, shape: Sequence[int], output: str | None = None) -> str:
        """In another shape; 0 keeps a size, -1 is what remains."""
        return self.add("Reshape", x, self.integers(f"{name}_shape", shape), name=output)

    def finished(self, name: str, inputs: list[ValueInfoProto], outputs: list[ValueInfoProto]) -> GraphProto:
        """The graph."""
        return helper.make_graph(self.nodes, name, inputs, outputs, self.weights)


def floats(name: str, *shape: int, about: str) -> ValueInfoProto:
    """An input or output: float32, its first axis the batch."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [BATCH, *shape], about)


def paper_graph(generator: Generator) -> GraphProto:
    """The paper's generator: from latent vectors to waveforms."""
    build, time = GraphBuilder(), generator.audio_length
    x = build.add("Relu", build.linear("dense", generator.dense, "latent"))
    x = build.shaped("innermost", x, [-1, generator.base_channels, generator.base_length])
    for number, layer in enumerate(generator.upsample):
        assert isinstance(layer, nn.ConvTranspose1d)
        assert layer.bias is not None
        kernel, padding = layer.kernel_size[0], conv_padding(layer.kernel_size[0])
        weight = build.constant(f"upsample.{number}.weight", layer.weight)
        bias = build.constant(f"upsample.{number}.bias", layer.bias)
        x = build.add(
            "ConvTranspose",
            x,
            weight,
            bias,
            strides=[STRIDE],
            pads=[padding, padding],
            output_padding=[output_padding(kernel)],
        )
        if number < len(generator.upsample) - 1:
            x = build.add("Relu", x)
    start = crop_start(time)
    x = build.add("Tanh", build.sliced("crop", x, start, start + time, axis=2))
    build.shaped("waveform", x, [-1, time], output="waveform")
    return build.finished(
        "generator",
        [floats("latent", generator.latent_dim, about="a clip each, standard normal numbers")],
        [floats("waveform", time, about="samples in [-1, 1]")],
    )


def control_graph(generator: DriveGenerator) -> GraphProto:
    """A drive model's networks: from a latent vector, speed and load to all that the synthesis needs of them."""
    build, facts = GraphBuilder(), drive_facts(generator)
    code = _add_code(build, generator, facts)
    style = build.leaky("mapping", generator.mapping, code)
    _add_engine(build, generator, facts, code, style)
    speed = build.add("Div", build.add("Log", build.column("speed", "speed")), build.constant("log_2", [math.log(2)]))
    mean, spread = generator.scale.tolist()
    scaled = build.add(
        "Div", build.add("Sub", speed, build.constant("mean", [mean])), build.constant("spread", [spread])
    )
    load = build.column("load", "load")
    now = build.add(
        "Add", style, build.leaky("response", generator.response, _inputs(build, style, scaled, load, facts.farthest))
    )
    hertz = build.column("hertz", "speed")
    _add_pulses(build, generator, facts, now, hertz)
    _add_envelopes(build, generator, facts, now, hertz)
    noise = build.linear("noise_level", generator.noise_level, now)
    build.add("Identity", noise, name="noise")
    _add_level(build, generator, now, scaled, load)
    return build.finished(
        "control",
        [
            floats("latent", facts.latent_dim, about="an engine each, standard normal numbers"),
            floats(
                "speed",
                about="working cycles per second: rpm / 120 of four strokes, rpm / 60 of two",
            ),
            floats("load", about="0 (no throttle) to 1 (full throttle)"),
        ],
        [
            floats("pulses", facts.pulse_points, about="wave table of one working cycle"),
            floats("envelopes", facts.bands, facts.envelope_orders, 2, about="Fourier series of the noise's gain"),
            floats("noise", facts.bands, about="its mean gain, natural log"),
            floats("level", about="of the whole, natural log"),
            floats("spectrum", facts.bins, about="magnitudes of the body, natural log"),
            floats("flutter", facts.bands, about="how far each band's gain wanders, natural log"),
            floats("swell", facts.bands, about="how far it follows the swell of all bands, natural log"),
            floats("unevenness", about="how far the pulses' level wanders"),
        ],
    )


def _inputs(build: GraphBuilder, style: str, scaled: str, load: str, farthest: float) -> str:
    """What the second network hears: style, speed, its square, load."""
    one, two = build.constant("one", [1.0]), build.constant("two", [2.0])
    near = build.add("Clip", scaled, build.constant("slowest", -farthest), build.constant("fastest", farthest))
    square = build.add("Sub", build.add("Mul", near, near), one)
    pressed = build.add("Sub", build.add("Mul", load, two), one)
    return build.add("Concat", style, near, square, pressed, axis=1)


def _add_code(build: GraphBuilder, generator: DriveGenerator, facts: DriveFacts) -> str:
    """The latent vector with an engine's factors in the place of the numbers that choose it: `DriveGenerator.code`."""
    first, last, known = facts.first_component, facts.first_component + facts.components, generator.memory.factors
    directions = generator.memory.directions()
    own = build.sliced("choosing", "latent", first, last)
    agreement = build.add("MatMul", own, build.constant("directions_across", directions.T))
    chosen = build.add("Softmax", build.add("Mul", agreement, build.constant("sharpness", facts.sharpness)), axis=1)
    along = build.add("MatMul", build.add("Mul", chosen, agreement), build.constant("directions", directions))
    rest = build.add("Mul", build.add("Sub", own, along), build.constant("scatter", facts.scatter))
    near = build.add("Add", build.add("MatMul", chosen, build.constant("remembered", known)), rest)
    return build.add(
        "Concat", build.sliced("before", "latent", 0, first), near, build.sliced("after", "latent", last, None), axis=1
    )


def _add_engine(build: GraphBuilder, generator: DriveGenerator, facts: DriveFacts, code: str, style: str) -> None:
    """What depends on the latent vector alone."""
    first, bands = facts.first_component, facts.bands
    factors = build.sliced("factors", code, first, first + facts.components)
    tone = build.add("MatMul", factors, build.constant("spectrum_components", generator.spectrum_components))
    knots = build.linear("tone", generator.tone, style)
    correction = build.add("MatMul", knots, build.constant("tone_gains", 0.5 * generator.tone_gains))
    spectrum = build.add(
        "Add", build.add("Add", tone, correction), build.constant("mean_spectrum", generator.mean_spectrum)
    )
    limits = (build.constant("faintest", -16.0), build.constant("strongest", 4.0))
    build.add("Clip", spectrum, *limits, name="spectrum")
    wander = build.add("Sigmoid", build.linear("wander", generator.wander, style))
    wander = build.add("Mul", wander, build.constant("most_wander", [facts.wander]))
    for name, start in {"flutter": 0, "swell": bands}.items():
        build.add("Identity", build.sliced(name, wander, start, start + bands), name=name)
    build.shaped("unevenness", build.sliced("unevenness", wander, 2 * bands, None), [-1], output="unevenness")


def _fading(build: GraphBuilder, name: str, highest: float, orders: int, hertz: str) -> str:
    """Gains `(batch, orders)` that fade out orders above `highest` Hz."""
    order = build.constant(f"{name}_orders", np.arange(1, orders + 1, dtype=np.float32)[None])
    distance = build.add("Sub", build.constant(f"{name}_highest", [highest]), build.add("Mul", hertz, order))
    share = build.add("Div", distance, build.constant(f"{name}_width", [0.2 * highest]))
    return build.add("Clip", share, build.constant(f"{name}_none", 0.0), build.constant(f"{name}_all", 1.0))


def _add_pulses(build: GraphBuilder, generator: DriveGenerator, facts: DriveFacts, now: str, hertz: str) -> None:
    """The wave table, as a product with cosines and sines: what an inverse Fourier transform would compute."""
    orders, points = facts.pulse_orders, facts.pulse_points
    gains = _fading(build, "pulses", 0.45 * facts.rate, orders, hertz)
    series = build.shaped("series", build.linear("pulse_table", generator.pulse_table, now), [-1, orders, 2])
    faded = build.add("Mul", series, build.shaped("pulse_gains", gains, [-1, orders, 1]))
    angles = 2 * np.pi * (np.outer(np.arange(1, orders + 1), np.arange(points)) % points) / points
    waves = facts.pulse_level * np.stack([np.cos(angles), -np.sin(angles)], 1).reshape(2 * orders, points)
    flat = build.shaped("faded", faded, [-1, 2 * orders])
    build.add("MatMul", flat, build.constant("waves", waves.astype(np.float32)), name="pulses")


def _add_envelopes(build: GraphBuilder, generator: DriveGenerator, facts: DriveFacts, now: str, hertz: str) -> None:
    bands, orders = facts.bands, facts.envelope_orders
    gains = _fading(build, "envelopes", facts.fastest_envelope * facts.rate / facts.hop, orders, hertz)
    table = build.shaped("table", build.linear("envelope_table", generator.envelope_table, now), [-1, bands, orders, 2])
    build.add("Mul", table, build.shaped("envelope_gains", gains, [-1, 1, orders, 1]), name="envelopes")


def _add_level(build: GraphBuilder, generator: DriveGenerator, now: str, scaled: str, load: str) -> None:
    """The learnt level, and what speed and load alone make of it: 1 at full load and the recordings' highest speed."""
    speed_slope, load_slope = generator.level_slopes.tolist()
    highest = generator.speed_range[1:]
    loudest = float(generator.level_law(Course(highest, highest.new_ones(1))))
    own = build.add("Mul", build.linear("level", generator.level, now), build.constant("level_share", [0.2]))
    by_speed = build.add("Mul", scaled, build.constant("speed_slope", [speed_slope]))
    by_load = build.add("Mul", load, build.constant("load_slope", [load_slope]))
    law = build.add("Sub", build.add("Add", by_speed, by_load), build.constant("loudest", [loudest]))
    build.shaped("level", build.add("Add", own, law), [-1], output="level")
