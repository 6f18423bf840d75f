"""``relugeom convert``: a network of any known format to .npz."""

from __future__ import annotations

import argparse

from .arguments import Commands, add_command, add_network, read_network
from .output import show


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    convert = add_command(commands, "convert", run, "a network of any known format to .npz")
    add_network(convert)
    convert.add_argument("out", metavar="OUT", help="file to write (.npz)")


def run(options: argparse.Namespace) -> int:
    """Read a network and write it as .npz."""
    from ..networks.files import digest, network_arrays, save_network

    net = read_network(options)
    save_network(net, options.out)
    if not options.json:
        print(net.summary())
        return 0
    result = {
        "inputs": net.input_dim,
        "outputs": net.output_dim,
        "widths": list(net.widths),
        "neurons": net.n_neurons,
        "parameters": net.n_parameters,
        "sha256": digest(network_arrays(net)),
        "out": options.out,
    }
    show(result, options)
    return 0
