"""The files of deploy/: they start every process there is, set only settings there are, and watch only metrics there are."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local.plan import KINDS
from gateway.app import all_routes, find_pages
from gateway.settings import GatewaySettings
from services.keys import SECRET, SIGNING

DEPLOY = Path(__file__).parents[3] / "deploy"
SETTINGS = set(
    re.findall(r"^\| `([A-Z0-9_]+)` \|", (DEPLOY.parent / "docs/settings.md").read_text(), re.MULTILINE)
)
METRICS = set(
    re.findall(
        r"^\| `([a-z0-9_]+)` \| (?:gauge|counter|histogram)",
        (DEPLOY.parent / "docs/metrics.md").read_text(),
        re.MULTILINE,
    )
)
OF_PROMETHEUS = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total"}
OF_OTHERS = {
    "POSTGRES_PASSWORD",
    "RABBITMQ_DEFAULT_USER",
    "RABBITMQ_DEFAULT_PASS",
    "GF_SECURITY_ADMIN_PASSWORD",
}
COMMANDS = {name: ["python", "-m", "services.run", name] for name in KINDS} | {
    "gateway": ["python", "-m", "gateway"]
}
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
INSIDE = {"livez", "readyz", "metrics", "dev"}
"""What gateways serve and the ingress does not."""


def manifests() -> Iterator[dict[str, Any]]:
    for name in yaml.safe_load((DEPLOY / "kubernetes/kustomization.yaml").read_text())["resources"]:
        yield from yaml.safe_load_all((DEPLOY / "kubernetes" / name).read_text())


def of_kind(kind: str) -> dict[str, Any]:
    return {each["metadata"]["name"]: each for each in manifests() if each["kind"] == kind}


def pod(each: dict[str, Any]) -> dict[str, Any]:
    return each["spec"]["template"]["spec"]


def container(each: dict[str, Any]) -> dict[str, Any]:
    [one] = pod(each)["containers"]
    return one


def test_every_process_is_a_deployment_with_its_own_command() -> None:
    assert {name: container(each)["command"] for name, each in of_kind("Deployment").items()} == COMMANDS


def test_every_process_is_a_service_of_the_composition() -> None:
    assert {name: COMPOSE[name]["command"] for name in COMMANDS} == COMMANDS


def test_only_settings_that_there_are_are_set() -> None:
    told = set(of_kind("ConfigMap")["mvoting"]["data"])
    told |= {env["name"] for each in of_kind("Deployment").values() for env in container(each)["env"]}
    told |= {name for each in COMPOSE.values() for name in each.get("environment", {})}
    assert told - SETTINGS <= OF_OTHERS


def test_each_process_gets_the_keys_and_the_database_of_its_own_service_only() -> None:
    for name, each in of_kind("Deployment").items():
        service = name.partition("-")[0]
        shared = {"access"} if service in ("identity", "gateway") else set()
        assert mounted(each, "keys-") == (({service} & (SIGNING.keys() | SECRET.keys())) | shared), name
        databases = {env["name"] for env in container(each)["env"] if env["name"].endswith("_DATABASE_URL")}
        assert databases == (set() if name == "gateway" else {f"{service.upper()}_DATABASE_URL"}), name


def mounted(each: dict[str, Any], prefix: str) -> set[str]:
    names = {volume["name"] for volume in container(each)["volumeMounts"]}
    assert names == {volume["name"] for volume in pod(each)["volumes"]}
    return {name.removeprefix(prefix) for name in names if name.startswith(prefix)}


def test_a_stopping_worker_has_longer_than_its_own_limit() -> None:
    limit = 15  # MVOTING_STOP_SECONDS
    assert all(pod(each)["terminationGracePeriodSeconds"] > limit for each in of_kind("Deployment").values())
    assert all(COMPOSE[name]["stop_grace_period"] == "30s" for name in COMMANDS)


def test_only_ballot_workers_scale_with_the_queue() -> None:
    [scaled] = of_kind("ScaledObject").values()
    [trigger] = scaled["spec"]["triggers"]
    assert scaled["spec"]["scaleTargetRef"]["name"] == "ballots-worker"
    assert scaled["spec"]["minReplicaCount"] >= 1
    assert (trigger["metadata"]["protocol"], trigger["metadata"]["queueName"]) == ("http", "ballots.cast")
    assert "replicas" not in of_kind("Deployment")["ballots-worker"]["spec"], "two would set it"


def test_the_ingress_serves_what_people_use_and_nothing_else() -> None:
    [rule] = of_kind("Ingress")["mvoting"]["spec"]["rules"]
    served = {path["path"].strip("/") for path in rule["http"]["paths"]}
    settings = GatewaySettings.load({"MVOTING_ENV": "dev"})
    routes = [route.path for route in all_routes(settings, find_pages())]
    assert served == {path.split("/")[1] for path in routes} - INSIDE


def test_selectors_find_their_pods() -> None:
    components = {
        name: each["spec"]["template"]["metadata"]["labels"] for name, each in of_kind("Deployment").items()
    }
    for each in [*of_kind("PodDisruptionBudget").values(), *of_kind("Deployment").values()]:
        wanted = each["spec"]["selector"]["matchLabels"]
        assert components[each["metadata"]["name"]] == wanted
    assert of_kind("Service")["gateway"]["spec"]["selector"] == components["gateway"]


def expressions() -> Iterator[str]:
    for group in yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    for panel in json.loads((DEPLOY / "grafana/dashboards/mvoting.json").read_text())["panels"]:
        yield from (target["expr"] for target in panel.get("targets", []))


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_only_metrics_that_there_are_are_watched(expression: str) -> None:
    bare = re.sub(r'\{[^}]*\}|"[^"]*"|by \([^)]*\)|\[[^]]*\]', "", expression)
    names = set(re.findall(r"[a-z][a-z0-9_]*_[a-z0-9_]+|\bup\b|\bdead_letters\b", bare))
    names -= {"histogram_quantile", "max_over_time"}
    assert names, expression
    assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in names} <= METRICS | OF_PROMETHEUS


def test_prometheus_reads_every_process() -> None:
    jobs = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())["scrape_configs"]
    assert {job["job_name"] for job in jobs} == {*COMMANDS, "rabbitmq"}


def test_alerts_say_what_is_the_matter_and_name_runbooks_that_there_are() -> None:
    for group in yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in ("page", "ticket")
            assert rule["annotations"]["summary"]
            runbook = rule["annotations"].get("runbook")
            assert runbook is None or (DEPLOY.parent / runbook).exists()
