"""A RabbitMQ cluster of three nodes on machines of a network of its own, each of which can be cut off from the others."""

import subprocess
from pathlib import Path

from deploy.local.passwords import keep_password
from deploy.local.rabbitmq import Node, installed_script
from deploy.local.supervisor import Supervisor
from services.common.bus.nodes import SEPARATOR
from tests.chaos.namespaces import Network

SIZE = 3
PORT, DISTRIBUTION_PORT, PORT_MAPPER_PORT = 5672, 25672, 4369
CONTROL_SECONDS = 60
SILENT_SECONDS = 8
"""After which nodes take one for gone that says nothing (net_ticktime); 60 unless told otherwise."""
SETTINGS = """\
cluster_formation.peer_discovery_backend = classic_config
cluster_partition_handling = pause_minority
"""


class Cluster:
    """`start`, cut nodes off and join them again, `stop`. Nodes are numbered from 1."""

    def __init__(self, folder: Path) -> None:
        """Raises Impossible."""
        self._network = Network(SIZE)
        self._supervisor = Supervisor(folder / "logs")
        self._nodes = {number: self._node(folder, number) for number in self._network.numbers}

    def start(self) -> "Cluster":
        """One after another: the first makes the cluster and the others join it. Raises ProcessError."""
        script = installed_script()
        self._control = str(script).replace("rabbitmq-server", "rabbitmqctl")
        for node in self._nodes.values():
            for command in node.commands(script):
                self._supervisor.start([command])
        return self

    def stop(self) -> None:
        self._supervisor.stop()
        self._network.remove()

    def cut(self, number: int) -> None:
        """From the other nodes; clients of each side reach theirs as before."""
        self._network.cut(number)

    def heal(self, number: int) -> None:
        self._network.heal(number)

    def uri(self, *numbers: int) -> str:
        """The address of these nodes, or of all."""
        return SEPARATOR.join(self._nodes[number].uri for number in numbers or self._nodes)

    def others(self, number: int) -> list[int]:
        return [other for other in self._nodes if other != number]

    def leader(self, queue: str, ask: int = 1) -> int:
        """The node that leads the queue, as this one knows."""
        return self._number(self._of_queue(queue, "leader", ask))

    def members(self, queue: str, ask: int = 1) -> int:
        """On how many nodes the queue is kept."""
        return self._of_queue(queue, "members", ask).count("@")

    def _of_queue(self, queue: str, column: str, ask: int) -> str:
        for line in self.control(ask, "-q", "list_queues", "--no-table-headers", "name", column).splitlines():
            name, _, value = line.partition("\t")
            if name == queue:
                return value
        raise LookupError(queue)

    def control(self, number: int, *arguments: str) -> str:
        """What rabbitmqctl says on this node."""
        node = self._nodes[number]
        command = [*node.inside, self._control, *arguments]
        return subprocess.run(
            command, env=node.environ(), check=True, capture_output=True, text=True, timeout=CONTROL_SECONDS
        ).stdout

    def _number(self, node: str) -> int:
        return next(number for number, one in self._nodes.items() if one.name in node)

    def _node(self, folder: Path, number: int) -> Node:
        own = folder / f"node-{number}"
        own.mkdir(parents=True)
        cookie = own / ".erlang.cookie"
        cookie.write_text(keep_password(folder / "cookie"))
        cookie.chmod(0o400)
        peers = "".join(
            f"cluster_formation.classic_config.nodes.{n} = {self._name(n)}\n" for n in self._network.numbers
        )
        return Node(
            folder=own,
            password=keep_password(folder / "password"),
            port=PORT,
            distribution_port=DISTRIBUTION_PORT,
            port_mapper_port=PORT_MAPPER_PORT,
            host=self._network.outside_address(number),
            name=self._name(number),
            label=f"rabbitmq-{number}",
            inside=self._network.inside(number),
            settings=SETTINGS + peers,
            erlang_options=f"-start_epmd false -kernel net_ticktime {SILENT_SECONDS}",
            alone=False,
        )

    def _name(self, number: int) -> str:
        return f"mvoting@{self._network.address(number)}"
